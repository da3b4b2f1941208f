import { toSeconds } from '../../base/time.ts';
import type { NotificationPipe } from '../../config/model/notification-pipes.ts';
import { findIdentity } from '../../linux/accounts.ts';
import type { DumpFacts } from './facts.ts';
import { commandText } from './words.ts';

/** Defaults for instances are not told: each instance says what holds for it. */
export function globalLines(facts: DumpFacts): readonly string[] {
  const { model, identity, hostName, umask } = facts;
  const { global } = model;
  const { dumps, pipes } = global;
  return [
    '------< Global definitions >------',
    ` Network namespace = ${identity.networkNamespace ?? '(default)'}`,
    ...(identity.instance === undefined ? [] : [` Instance name = ${identity.instance}`]),
    ...(dumps?.saveDirectory === undefined ? [] : [` Config save dir = ${dumps.saveDirectory}`]),
    ...(global.processName === undefined ? [] : [` Parent process name = ${global.processName}`]),
    ` Router ID = ${global.routerId ?? hostName}`,
    ` Dynamic interfaces = ${global.dynamicInterfaces}`,
    ...(dumps?.names === 'with-instance' ? [' Use instance name in data dumps'] : []),
    ...pipeLines('Global', pipes?.all),
    ...pipeLines('VRRP', pipes?.vrrp),
    ` FIFO write vrrp states on reload = ${pipes?.statesOnReload ?? false}`,
    ` VRRP process priority = ${global.nice ?? 0}`,
    ` VRRP realtime priority = ${global.realtimePriority ?? 0}`,
    ...(global.cpuAffinity === undefined
      ? []
      : [` VRRP CPU Affinity = ${global.cpuAffinity.join(' ')}`]),
    ` VRRP realtime limit = ${global.realtimeLimit ?? 10_000}`,
    ' SNMP vrrp disabled',
    ' SNMP checker disabled',
    ' SNMP RFCv2 disabled',
    ' SNMP RFCv3 disabled',
    ' SNMP traps disabled',
    ' DBus disabled',
    ` Script security ${global.scriptSecurity === 'enforced' ? 'enabled' : 'disabled'}`,
    ` vrrp_netlink_monitor_rcv_bufs = ${global.netlinkMonitorBuffer ?? 0}`,
    ` umask = 0${umask.toString(8)}`,
    ...(global.startupDelay > 0 ? [` vrrp_startup_delay = ${toSeconds(global.startupDelay)}`] : []),
    ...(global.logUnknownVrids ? [' log_unknown_vrids'] : []),
  ];
}

function pipeLines(kind: 'Global' | 'VRRP', pipe: NotificationPipe | undefined): string[] {
  if (pipe === undefined) return [];
  const { path, reader } = pipe;
  const lines = [` ${kind} notify fifo = ${path}, ${ownerText(pipe)}`];
  if (reader !== undefined) {
    const command = commandText({ argv: [...reader.argv, path] });
    lines.push(` ${kind} notify fifo script = ${command}, ${ownerText(reader)}`);
  }
  return lines;
}

/** `uid:gid 0:0`. */
export function ownerText(owner: { readonly user?: string; readonly group?: string }): string {
  const identity = findIdentity(owner.user, owner.group);
  const { uid = 0, gid = 0 } = identity.ok ? identity.value : {};
  return `uid:gid ${uid}:${gid}`;
}
