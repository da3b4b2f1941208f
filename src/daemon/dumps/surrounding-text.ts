/** What stands around the instances in a text dump: groups, scripts, interfaces. */
import { toSeconds } from '../../base/time.ts';
import type { SyncGroupModel } from '../../config/model/sync-group.ts';
import type { VrrpScriptModel } from '../../config/model/vrrp.ts';
import type { LinkFacts } from '../../ports/network.ts';
import { type DumpFacts, ownAddress } from './facts.ts';
import { ownerText } from './global-text.ts';
import { notifyLines } from './instance-text.ts';
import { commandText } from './words.ts';

/** A group has no state of its own as long as it is not acted upon. */
export function groupLines({ name, members, notify }: SyncGroupModel): readonly string[] {
  return [
    ` VRRP Sync Group = ${name}, not in force`,
    '   VRRP member instances :',
    ...members.map((member) => `     ${member}`),
    '   Using smtp notification = no',
    ...notifyLines(notify).map((line) => `   ${line}`),
  ];
}

export function scriptLines(facts: DumpFacts, script: VrrpScriptModel): readonly string[] {
  const { name, command, interval, timeout, rise, fall, initialResult } = script;
  const trackers = facts.model.instances.flatMap((instance) =>
    instance.trackedScripts
      .filter((tracking) => tracking.name === name)
      .map((tracking) => ({ instance, tracking })),
  );
  const verdicts = trackers.flatMap(({ instance }) =>
    (facts.snapshot(instance.name)?.trackers ?? []).filter(
      (part) => part.kind === 'script' && part.name === name,
    ),
  );
  const status = { up: 'GOOD', down: 'BAD', unknown: 'INIT' }[verdicts[0]?.verdict ?? 'unknown'];
  return [
    ` VRRP Script = ${name}`,
    `   Command = ${commandText(command)}`,
    `   Interval = ${toSeconds(interval)} sec`,
    `   Timeout = ${toSeconds(timeout)} sec`,
    `   Rise = ${rise}`,
    `   Fall = ${fall}`,
    '   Insecure = no',
    `   Init state = ${initialResult === 'failed' ? 'INIT' : 'unknown'}`,
    `   Status = ${status}`,
    `   Script ${ownerText(command).replace('uid:gid', 'uid:gid =')}`,
    '   VRRP instances :',
    '   Tracking instances :',
    ...trackers.map(
      ({ instance, tracking }) =>
        `     ${instance.name}, weight ${tracking.weight}${
          tracking.sense === 'reverse' ? ' reverse' : ''
        }`,
    ),
  ];
}

const HARDWARE: Readonly<Record<number, string>> = {
  1: 'ETHERNET',
  32: 'INFINIBAND',
  772: 'LOOPBACK',
};

export function interfaceLines(facts: DumpFacts, link: LinkFacts): readonly string[] {
  const { name, index, mac, mtu, hardwareType } = link;
  const state = [
    link.adminUp ? 'UP' : 'DOWN',
    link.running ? 'RUNNING' : 'not RUNNING',
    ...(link.loopback ? ['no broadcast', 'loopback'] : []),
    ...(link.multicast ? [] : ['no multicast']),
  ];
  const trackers = facts.model.instances.flatMap((instance) => {
    const tracking = instance.trackedInterfaces.find((one) => one.name === name);
    if (tracking !== undefined) return [`     ${instance.name}, weight ${tracking.weight}`];
    return instance.interface === name && instance.trackInterface
      ? [`     ${instance.name}, weight 0`]
      : [];
  });
  return [
    ` Name = ${name}`,
    `   index = ${index}`,
    `   IPv4 address = ${ownAddress(facts, link, 4) ?? '(none)'}`,
    `   IPv6 address = ${ownAddress(facts, link, 6) ?? '(none)'}`,
    ...(mac === undefined || link.loopback ? [] : [`   MAC = ${mac}`]),
    `   State = ${state.join(', ')}`,
    `   MTU = ${mtu}`,
    `   HW Type = ${HARDWARE[hardwareType] ?? 'UNKNOWN'}`,
    ...(trackers.length === 0 ? [] : ['   Tracking VRRP instances :', ...trackers]),
  ];
}
