import { toSeconds } from '../../base/time.ts';
import type {
  NotifyScripts,
  Tracking,
  VirtualAddress,
  VrrpInstanceModel,
} from '../../config/model/vrrp.ts';
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import { type DumpFacts, pendingScripts, stateWord, wantedWord } from './facts.ts';
import { ownerText } from './global-text.ts';
import { addressText, commandText, instantText } from './words.ts';

export function instanceLines(facts: DumpFacts, instance: VrrpInstanceModel): readonly string[] {
  const snapshot = facts.snapshot(instance.name);
  return [
    ` VRRP Instance = ${instance.name}`,
    ...[
      `VRRP Version = ${instance.version}`,
      ...(instance.family === 6 ? ['Using Native IPv6'] : []),
      ...groupLines(facts, instance),
      ...stateLines(facts, instance, snapshot),
      ...interfaceLines(instance, snapshot),
      ...announcementLines(instance),
      ...electionLines(instance, snapshot),
      ...authenticationLines(instance),
      ...virtualLines(facts, instance),
      ...unicastLines(instance),
      ...trackingLines('Tracked interfaces', instance.trackedInterfaces),
      ...trackingLines('Tracked scripts', instance.trackedScripts),
      `Using smtp notification = ${instance.isMailed === true ? 'yes' : 'no'}`,
      `Notify deleted = ${instance.deletionIsTold === 'deleted' ? 'Deleted' : 'Fault'}`,
      ...notifyLines(instance.notify),
      `Notify priority changes = ${instance.tellsPriorityChanges ?? false}`,
    ].map((line) => `   ${line}`),
  ];
}

function groupLines({ model }: DumpFacts, { name }: VrrpInstanceModel): readonly string[] {
  const group = model.syncGroups?.find(({ members }) => members.includes(name));
  return group === undefined ? [] : [`Sync group = ${group.name}`];
}

function stateLines(
  facts: DumpFacts,
  instance: VrrpInstanceModel,
  snapshot: VrrpSnapshot | undefined,
): readonly string[] {
  const state = stateWord(snapshot);
  const wallMs = (at: VrrpSnapshot['due']): number | undefined =>
    at === undefined ? undefined : facts.wallMs(at);
  const due = wallMs(snapshot?.due);
  const flags = instance.transport.kind === 'unicast' ? ['  Using unicast'] : [];
  return [
    `State = ${state}`,
    ...(state === 'BACKUP' && snapshot !== undefined ? masterLines(snapshot) : []),
    flags.length === 0 && instance.version === 2 ? 'Flags: none' : 'Flags:',
    ...flags,
    `Wantstate = ${wantedWord(instance, snapshot)}`,
    'Number of config faults = 0',
    `Number of interface and track script faults = ${snapshot?.faults.length ?? 0}`,
    `Number of track scripts init = ${
      snapshot === undefined ? instance.trackedScripts.length : pendingScripts(snapshot)
    }`,
    `Last transition = ${instantText(wallMs(snapshot?.lastTransition))}`,
    `Read timeout = ${due === undefined && snapshot !== undefined ? 'DISABLED' : instantText(due)}`,
    `Master down timer = ${snapshot?.masterDownInterval ?? 0} usecs`,
  ];
}

function masterLines({ master, masterPriority, masterAdvertInterval }: VrrpSnapshot): string[] {
  return [
    ...(master === undefined ? [] : [`Master router = ${master}`]),
    `Master priority = ${masterPriority}`,
    `Master advert int = ${toSeconds(masterAdvertInterval).toFixed(2)} sec`,
  ];
}

function interfaceLines(
  instance: VrrpInstanceModel,
  snapshot: VrrpSnapshot | undefined,
): readonly string[] {
  const { source, transport, trackInterface, skipCheckAdvertAddresses } = instance;
  const used = source ?? snapshot?.source ?? '(none)';
  return [
    `Interface = ${instance.interface}`,
    ...(trackInterface ? [] : ['VRRP interface tracking disabled']),
    ...(skipCheckAdvertAddresses ? ['Skip checking advert IP addresses'] : []),
    `Using src_ip = ${used}${source === undefined ? '' : ' (from configuration)'}`,
    ...(transport.kind === 'multicast' ? [`Multicast address ${transport.group}`] : []),
  ];
}

function announcementLines({ announcements }: VrrpInstanceModel): readonly string[] {
  return [
    `Gratuitous ARP delay = ${toSeconds(announcements.delay)}`,
    `Gratuitous ARP repeat = ${announcements.repeat}`,
    `Gratuitous ARP refresh = ${toSeconds(announcements.refresh)}`,
    `Gratuitous ARP refresh repeat = ${announcements.refreshRepeat}`,
    `Gratuitous ARP lower priority delay = ${toSeconds(announcements.lowerPriorityDelay)}`,
    `Gratuitous ARP lower priority repeat = ${announcements.lowerPriorityRepeat}`,
  ];
}

function electionLines(
  instance: VrrpInstanceModel,
  snapshot: VrrpSnapshot | undefined,
): readonly string[] {
  const effective = snapshot?.effectivePriority ?? instance.priority;
  const contributions = (snapshot?.trackers ?? []).reduce((sum, one) => sum + one.contribution, 0);
  const { version, advertInterval, preemptDelay } = instance;
  const isBackup = version === 3 && stateWord(snapshot) === 'BACKUP' && snapshot !== undefined;
  return [
    `Down timer adverts = ${instance.downTimerAdverts}`,
    `Send advert after receive lower priority advert = ${!instance.lowerPriorityNoAdvert}`,
    `Send advert after receive higher priority advert = ${instance.higherPrioritySendAdvert}`,
    `Virtual Router ID = ${instance.vrid}`,
    `Priority = ${instance.priority}`,
    `Effective priority = ${effective}`,
    `Total priority = ${instance.priority === 255 ? 255 : instance.priority + contributions}`,
    `Advert interval = ${intervalText(version, advertInterval)}`,
    ...(isBackup
      ? [`Master advert interval = ${intervalText(3, snapshot.masterAdvertInterval)}`]
      : []),
    'Accept = enabled',
    `Preempt = ${instance.preempt === 'preempt' ? 'enabled' : 'disabled'}`,
    ...(preemptDelay > 0 ? [`Preempt delay = ${toSeconds(preemptDelay)} secs`] : []),
    'Promote_secondaries = disabled',
  ];
}

function intervalText(version: 2 | 3, interval: number): string {
  return version === 2 ? `${interval / 1_000_000} sec` : `${interval / 1000} milli-sec`;
}

/** keepalived 2.2.7 shows the password; whoever reads the file needs none here. */
function authenticationLines({ authentication }: VrrpInstanceModel): readonly string[] {
  if (authentication.kind === 'none') return [];
  return ['Authentication type = SIMPLE_PASSWORD', 'Password = ********'];
}

function virtualLines(facts: DumpFacts, instance: VrrpInstanceModel): readonly string[] {
  const held = new Set(facts.held(instance));
  const text = (virtual: VirtualAddress): string =>
    `  ${addressText(virtual, instance, held.has(virtual) ? 'set' : 'away')}`;
  const { addresses, excludedAddresses } = instance;
  return [
    ...(addresses.length === 0 ? [] : [`Virtual IP (${addresses.length}):`]),
    ...addresses.map(text),
    ...(excludedAddresses.length === 0 ? [] : ['Virtual IP Excluded :']),
    ...excludedAddresses.map(text),
  ];
}

function unicastLines({ family, transport, checksum }: VrrpInstanceModel): readonly string[] {
  if (transport.kind === 'multicast') return [];
  const compatibility =
    checksum === 'old-unicast' ? 'yes' : checksum === 'pseudo-header' ? 'never' : 'no';
  return [
    ...(family === 4 ? [`Unicast TTL = ${transport.ttl}`] : []),
    `Check unicast src : ${transport.checkSource ? 'yes' : 'no'}`,
    'Unicast Peer :',
    ...transport.peers.map(
      ({ address, minTtl = 0, maxTtl = 255 }) => `  ${address} min_ttl ${minTtl} max_ttl ${maxTtl}`,
    ),
    `Unicast checksum compatibility = ${compatibility}`,
  ];
}

export function trackingText({ name, weight, sense }: Tracking): string {
  return `${name} weight ${weight}${sense === 'reverse' ? ' reverse' : ''}`;
}

function trackingLines(title: string, list: readonly Tracking[]): readonly string[] {
  return list.length === 0 ? [] : [`${title} :`, ...list.map((one) => `  ${trackingText(one)}`)];
}

const NOTIFY_TITLES: readonly (readonly [keyof NotifyScripts, string])[] = [
  ['backup', 'Backup state transition'],
  ['master', 'Master state transition'],
  ['fault', 'Fault state transition'],
  ['stop', 'Stop state transition'],
  ['deleted', 'Deleted state transition'],
  ['any', 'Generic state transition'],
  ['masterRxLowerPriority', 'Master rx lower pri state transition'],
];

export function notifyLines(notify: NotifyScripts): readonly string[] {
  return NOTIFY_TITLES.flatMap(([event, title]) => {
    const command = notify[event];
    if (command === undefined) return [];
    return [`${title} script = ${commandText(command)}, ${ownerText(command)}`];
  });
}
