/** The effective configuration as text, for `-d`: keepalived's headings, one fact a line, no secrets. */
import { toSeconds } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VirtualAddress, VrrpInstanceModel, VrrpScriptModel } from '../config/model/vrrp.ts';

export function dumpModel(model: Model): readonly string[] {
  const { global, instances, scripts } = model;
  return [
    '------< Global definitions >------',
    ` Router ID = ${global.routerId ?? '(host name)'}`,
    ` Script security = ${global.scriptSecurity}`,
    '------< VRRP Topology >------',
    ...instances.flatMap(dumpInstance),
    ...(scripts.length > 0 ? ['------< VRRP Scripts >------', ...scripts.flatMap(dumpScript)] : []),
  ];
}

function dumpInstance(instance: VrrpInstanceModel): readonly string[] {
  const { transport, authentication, announcements } = instance;
  const where =
    transport.kind === 'multicast'
      ? [`   Multicast address = ${transport.group}`]
      : [
          `   Unicast TTL = ${transport.ttl}`,
          ...transport.peers.map(({ address }) => `   Unicast Peer = ${address}`),
        ];
  return [
    ` VRRP Instance = ${instance.name}`,
    `   VRRP Version = ${instance.version}`,
    `   Wantstate = ${instance.initialState.toUpperCase()}`,
    `   Interface = ${instance.interface}`,
    ...(instance.source === undefined ? [] : [`   Using src_ip = ${instance.source}`]),
    ...where,
    `   Virtual Router ID = ${instance.vrid}`,
    `   Priority = ${instance.priority}`,
    `   Advert interval = ${toSeconds(instance.advertInterval)} sec`,
    `   Preempt = ${instance.preempt === 'preempt' ? 'enabled' : 'disabled'}`,
    ...(instance.preemptDelay > 0
      ? [`   Preempt delay = ${toSeconds(instance.preemptDelay)} secs`]
      : []),
    `   Gratuitous ARP delay = ${toSeconds(announcements.delay)}`,
    `   Gratuitous ARP repeat = ${announcements.repeat}`,
    `   Gratuitous ARP refresh = ${toSeconds(announcements.refresh)}`,
    `   Authentication type = ${authentication.kind === 'simple' ? 'SIMPLE_PASSWORD' : 'none'}`,
    ...trackingLines('Tracked interfaces', instance.trackedInterfaces),
    ...trackingLines('Tracked scripts', instance.trackedScripts),
    ...addressLines('Virtual IP', instance.addresses),
    ...addressLines('Virtual IP Excluded', instance.excludedAddresses),
  ];
}

function dumpScript(script: VrrpScriptModel): readonly string[] {
  return [
    ` VRRP Script = ${script.name}`,
    `   Command = ${script.command.argv.join(' ')}`,
    `   Interval = ${toSeconds(script.interval)} sec`,
    `   Timeout = ${toSeconds(script.timeout)} sec`,
    `   Rise = ${script.rise}`,
    `   Fall = ${script.fall}`,
  ];
}

function trackingLines(title: string, list: VrrpInstanceModel['trackedScripts']): string[] {
  if (list.length === 0) return [];
  return [
    `   ${title} :`,
    ...list.map(({ name, weight, sense }) =>
      `     ${name} weight ${weight}${sense === 'reverse' ? ' reverse' : ''}`.trimEnd(),
    ),
  ];
}

function addressLines(title: string, addresses: readonly VirtualAddress[]): string[] {
  if (addresses.length === 0) return [];
  return [
    `   ${title} (${addresses.length}):`,
    ...addresses.map(({ address, prefixLength, interface: name, label }) => {
      const device = name === undefined ? '' : ` dev ${name}`;
      return `     ${address}/${prefixLength}${device}${label === undefined ? '' : ` label ${label}`}`;
    }),
  ];
}
