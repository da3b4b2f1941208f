/** What a seed decides before time begins: the hosts, their configurations, which faults there are. */
import { type IpAddress, type IpFamily, parseIp } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import { Secret } from '../base/secret.ts';
import { type Micros, micros, millis, seconds } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type {
  AnnouncementPolicy,
  Tracking,
  VirtualAddress,
  VrrpInstanceModel,
  VrrpScriptModel,
} from '../config/model/vrrp.ts';
import type { HostPlan } from './host-plan.ts';

export const FAULTS = [
  'loss',
  'delay',
  'duplication',
  'partition',
  'one-way',
  'pause',
  'power',
  'stop',
  'link',
  'source',
  'tracked-link',
  'script',
  'reload',
  'steal',
  'stale-loss',
  'late',
  'forge',
  'kill',
  'handover',
  'drain',
  'priority',
  'drop',
  'replay',
] as const;

export type FaultKind = (typeof FAULTS)[number];

export interface SimPlan {
  readonly hosts: readonly HostPlan[];
  /** Swarm testing: kinds that are not in here never happen in this run. */
  readonly faults: ReadonlySet<FaultKind>;
  readonly startupDelay: Micros;
  readonly operationTime: Micros;
  readonly rounds: number;
  /** Milliseconds within which the hosts start. */
  readonly spread: number;
}

export const INTERFACE = 'eth0';
export const TRACKED_INTERFACE = 'eth1';

interface Group {
  readonly name: string;
  readonly vrid: number;
  readonly family: IpFamily;
  readonly version: 2 | 3;
  readonly interval: Micros;
  readonly transport: 'multicast' | 'unicast';
  readonly checksum: VrrpInstanceModel['checksum'];
  readonly authentication: VrrpInstanceModel['authentication'];
  readonly addresses: readonly VirtualAddress[];
  readonly excluded: readonly VirtualAddress[];
  /**
   * v3 hosts send a last advert when they yield, and then all have one interval: a third host would
   * take the interval of that last advert for the new master's, and never come to rest.
   */
  readonly farewell: 'in-group' | 'none';
  readonly handover: VrrpInstanceModel['plannedHandover'];
  readonly fast: VrrpInstanceModel['fastTakeover'];
  readonly onLoss: VrrpInstanceModel['onAddressLoss'];
  /** Whether the hosts differ in the three above. */
  readonly manners: 'alike' | 'mixed';
}

/** What all hosts of a run have in common. */
interface Site {
  readonly deadMan: Model['global']['deadMan'];
  readonly otherPaths: 'told' | 'none';
  /** `one-differs`: the first host signs with another key than the rest. */
  readonly keys: 'alike' | 'one-differs';
  readonly hostCount: number;
}

export function drawPlan(rng: Rng): SimPlan {
  const hostCount = rng.pick([2, 2, 2, 3, 3, 3, 4]);
  const groups = [drawGroup(rng, 1)];
  if (rng.chance(0.25)) groups.push(drawGroup(rng, 2));
  const site: Site = {
    deadMan: rng.chance(0.6) ? 'on' : 'off',
    otherPaths: rng.chance(0.3) ? 'told' : 'none',
    keys: rng.chance(0.05) ? 'one-differs' : 'alike',
    hostCount,
  };
  const hosts = Array.from({ length: hostCount }, (_, index) =>
    drawHost(rng, groups, { site, index }),
  );
  return {
    hosts,
    faults: new Set(FAULTS.filter(() => rng.chance(0.5))),
    startupDelay: rng.chance(0.2) ? millis(rng.integer(1, 2000)) : micros(0),
    operationTime: rng.chance(0.2) ? millis(rng.integer(1, 20)) : micros(20),
    rounds: rng.chance(0.15) ? 2 : 1,
    spread: rng.pick([0, 500, 3000]),
  };
}

export function hostAddress(family: IpFamily, index: number): IpAddress {
  return ip(family === 4 ? `10.0.0.${10 + index}` : `fe80::${10 + index}`);
}

function drawGroup(rng: Rng, vrid: number): Group {
  const family = rng.chance(0.7) ? 4 : 6;
  const version = rng.chance(0.5) ? 2 : 3;
  const transport = rng.chance(0.6) ? 'multicast' : 'unicast';
  const v2Intervals = [seconds(1), seconds(1), seconds(2), seconds(3)];
  const v3Intervals = [seconds(1), millis(500), millis(370), millis(1500), rareInterval(rng)];
  const password = new Secret(rng.pick(['s3cret', 'x', '12345678']));
  return {
    name: `VI_${vrid}`,
    vrid: vrid * 51,
    family,
    version,
    interval: rng.pick(version === 2 ? v2Intervals : v3Intervals),
    transport,
    checksum: drawChecksum(rng, transport),
    authentication:
      version === 2 && family === 4 && rng.chance(0.5)
        ? { kind: 'simple', password }
        : { kind: 'none' },
    farewell: rng.chance(0.3) ? 'in-group' : 'none',
    handover: rng.chance(0.6) ? 'on' : 'off',
    fast: rng.chance(0.5) ? 'on' : 'off',
    onLoss: rng.pick(['restore', 'restore', 'reelect', 'reelect-at-once']),
    manners: rng.chance(0.2) ? 'mixed' : 'alike',
    addresses: drawAddresses(drawCount(rng), family, vrid * 40),
    excluded: drawAddresses(rng.integer(0, 2), rng.chance(0.5) ? 4 : 6, vrid * 40 + 36),
  };
}

/** Of more than 20 each is given up on its own. */
function drawCount(rng: Rng): number {
  return rng.chance(0.03) ? rng.integer(21, 26) : rng.integer(1, 3);
}

function rareInterval(rng: Rng): Micros {
  return rng.chance(0.1) ? millis(30) : millis(200);
}

function drawChecksum(rng: Rng, transport: Group['transport']): Group['checksum'] {
  return transport === 'multicast'
    ? rng.pick(['detect', 'pseudo-header', 'plain'])
    : rng.pick(['detect', 'pseudo-header', 'plain', 'old-unicast']);
}

function drawAddresses(count: number, family: IpFamily, from: number): readonly VirtualAddress[] {
  return Array.from({ length: count }, (_, index) => ({
    address: ip(family === 4 ? `10.0.0.${100 + from + index}` : `fd00::${from + index}`),
    prefixLength: family === 4 ? 24 : 64,
    scope: 0,
    ...(index === 2 ? { noTrack: true } : {}),
  }));
}

function drawHost(
  rng: Rng,
  groups: readonly Group[],
  { site, index }: { readonly site: Site; readonly index: number },
): HostPlan {
  const count = site.hostCount;
  const scripts = drawScripts(rng);
  const instances = groups.map((group) => drawInstance(rng, group, { index, count, scripts }));
  const used = new Set(instances.flatMap((one) => one.trackedScripts.map(({ name }) => name)));
  return {
    name: String.fromCharCode('a'.charCodeAt(0) + index),
    model: modelOf(
      instances,
      scripts.filter(({ name }) => used.has(name)),
      site.deadMan,
    ),
    addresses: {
      [INTERFACE]: [hostAddress(4, index), hostAddress(6, index)],
      [TRACKED_INTERFACE]: [ip(`10.1.0.${10 + index}`)],
    },
    key: index === 0 && site.keys === 'one-differs' ? 'another' : 'ours',
    otherPaths: site.otherPaths,
  };
}

function drawInstance(
  rng: Rng,
  group: Group,
  place: { index: number; count: number; scripts: readonly VrrpScriptModel[] },
): VrrpInstanceModel {
  const { index, count, scripts } = place;
  const priority = drawPriority(rng, index);
  const own = hostAddress(group.family, index);
  const interval =
    group.version === 3 && group.farewell === 'none' && rng.chance(0.15)
      ? rng.pick([millis(250), seconds(1)])
      : group.interval;
  return {
    name: group.name,
    family: group.family,
    interface: INTERFACE,
    version: group.version,
    vrid: group.vrid,
    priority,
    initialState: rng.chance(0.5) ? 'master' : 'backup',
    advertInterval: interval,
    downTimerAdverts: rng.chance(0.1) ? rng.integer(2, 5) : 3,
    preempt: rng.chance(0.3) ? 'nopreempt' : 'preempt',
    preemptDelay: rng.chance(0.3) ? millis(rng.integer(1, 3000)) : micros(0),
    strict: false,
    transport: transportOf(group, index, count),
    ...(rng.chance(0.2) ? { source: own } : {}),
    trackSource: false,
    trackInterface: !rng.chance(0.1),
    authentication: group.authentication,
    checksum: group.checksum,
    skipCheckAdvertAddresses: rng.chance(0.2),
    lowerPriorityNoAdvert: rng.chance(0.3),
    higherPrioritySendAdvert: group.version === 3 ? group.farewell === 'in-group' : rng.chance(0.3),
    ownerIgnoreAdverts: priority === 255 && index === 0 && rng.chance(0.4),
    addresses: group.addresses,
    excludedAddresses: group.excluded,
    announcements: drawAnnouncements(rng),
    trackedInterfaces: rng.chance(0.3) ? [drawTracking(rng, TRACKED_INTERFACE)] : [],
    trackedScripts: scripts
      .filter(() => rng.chance(0.7))
      .map(({ name }) => drawTracking(rng, name)),
    trackedChecks: [],
    notify: {},
    ...drawManners(rng, group),
  };
}

/** How it leaves, is followed, and holds on: as in the group, or as a keepalived among them. */
function drawManners(
  rng: Rng,
  { handover, fast, onLoss, manners }: Group,
): Pick<VrrpInstanceModel, 'plannedHandover' | 'fastTakeover' | 'onAddressLoss'> {
  if (manners === 'alike' || rng.chance(0.5)) {
    return { plannedHandover: handover, fastTakeover: fast, onAddressLoss: onLoss };
  }
  return { plannedHandover: 'off', fastTakeover: 'off', onAddressLoss: 'reelect-at-once' };
}

function transportOf(group: Group, index: number, count: number): VrrpInstanceModel['transport'] {
  const { family } = group;
  if (group.transport === 'multicast') {
    return { kind: 'multicast', group: ip(family === 4 ? '224.0.0.18' : 'ff02::12') };
  }
  const peers = Array.from({ length: count }, (_, peer) => ({
    address: hostAddress(family, peer),
  }));
  return {
    kind: 'unicast',
    peers: peers.filter((_, peer) => peer !== index),
    ttl: 255,
    checkSource: true,
  };
}

/** The first two hosts may both claim to be the owner; ties are common. */
function drawPriority(rng: Rng, index: number): number {
  if (index < 2 && rng.chance(0.12)) return 255;
  if (rng.chance(0.25)) return 100;
  return rng.pick([rng.integer(1, 254), rng.integer(90, 110), 254, 1]);
}

function drawAnnouncements(rng: Rng): AnnouncementPolicy {
  const lowerPriorityDelay = rng.pick([micros(0), seconds(5), millis(400)]);
  return {
    repeat: rng.integer(1, 5),
    delay: rng.pick([micros(0), seconds(5), millis(300)]),
    refresh: rng.pick([micros(0), micros(0), seconds(2)]),
    refreshRepeat: rng.integer(1, 2),
    lowerPriorityRepeat: rng.pick([0, 1, 5]),
    lowerPriorityDelay,
    arpInterval: micros(0),
    naInterval: micros(0),
  };
}

function drawScripts(rng: Rng): readonly VrrpScriptModel[] {
  if (rng.chance(0.5)) return [];
  return Array.from({ length: rng.integer(1, 2) }, (_, index) => {
    const interval = rng.pick([seconds(1), millis(700), millis(400)]);
    return {
      name: `check_${index}`,
      command: { argv: ['/usr/bin/check'] },
      interval,
      timeout: rng.chance(0.3) ? micros(Math.round(interval * 0.8)) : interval,
      rise: rng.integer(1, 3),
      fall: rng.integer(1, 3),
      initialResult: rng.chance(0.3) ? 'failed' : 'unknown',
    };
  });
}

export function drawTracking(rng: Rng, name: string): Tracking {
  const weight = rng.pick([0, 0, rng.integer(1, 60), -rng.integer(1, 60), 253, -253]);
  return { name, weight, sense: weight !== 0 && rng.chance(0.2) ? 'reverse' : 'normal' };
}

export function modelOf(
  instances: readonly VrrpInstanceModel[],
  scripts: readonly VrrpScriptModel[],
  deadMan: Model['global']['deadMan'] = 'off',
): Model {
  return {
    global: {
      dynamicInterfaces: false,
      startupDelay: micros(0),
      delayAfterBoot: micros(0),
      logUnknownVrids: true,
      scriptSecurity: 'off',
      deadMan,
    },
    scripts,
    instances,
  };
}

export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new RangeError(`not an address: ${text}`);
  return address;
}
