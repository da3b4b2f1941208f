/** What follows from a cluster: the same for every file, so that no two files disagree. */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { Secret } from '../base/secret.ts';
import type { Cluster, ClusterHost, Vip } from '../config/model/cluster.ts';

/** Drawn once for a cluster; a second run is given those of the first. */
export interface ClusterSecrets {
  /** Eight signs: keepalived sends no more. */
  readonly authPass: Secret;
  /** Of what holdfasts tell each other beside VRRP. */
  readonly peerKey: Secret;
}

export interface PlannedHolder {
  readonly host: ClusterHost;
  readonly interface: string;
  readonly priority: number;
  readonly state: 'MASTER' | 'BACKUP';
  /** The other holders, in order. */
  readonly peers: readonly IpAddress[];
}

export interface Site {
  readonly cluster: Cluster;
  readonly secrets: ClusterSecrets;
  readonly vrid: number;
  /** 3 where the interval needs it, or a VIP is of IPv6. */
  readonly vrrpVersion: 2 | 3;
  readonly vips: readonly Required<Vip>[];
  /** The address by which clients come. */
  readonly endpoint: string;
  readonly holders: readonly PlannedHolder[];
  readonly servers: readonly ClusterHost[];
  /** What a holder loses while its proxy does not answer: it falls below every other. */
  readonly checkWeight: number;
}

const PRIORITY_FIRST = 100;
const PRIORITY_STEP = 10;
/** Who fails falls to 1 at most, and must be below everybody else there too. */
const PRIORITY_LEAST = 2;
/** How far below the least priority a holder falls whose proxy does not answer. */
const MARGIN = 5;
/** keepalived's own limit; from 254 it leads to 1, below every other. */
const WEIGHT_MOST = 253;
/** What tutorials, sealos and the container images write: the neighbours' clusters have them. */
const COMMON_VRIDS = new Set([1, 10, 50, 51, 52, 100, 200]);

export function deriveSite(cluster: Cluster, secrets: ClusterSecrets): Site {
  const holding = cluster.hosts.filter(({ holder }) => holder !== undefined);
  const priorities = derivePriorities(holding);
  const holders = holding.map((host, index): PlannedHolder => {
    return {
      host,
      interface: host.interface ?? cluster.interface ?? '',
      priority: priorities[index] ?? 1,
      // Both begin as backups unless it was written otherwise: the election takes as long.
      state: host.holder?.state ?? 'BACKUP',
      peers: holding.filter((other) => other !== host).map(({ address }) => address),
    };
  });
  const vips = cluster.vips.map(({ address, prefixLength }) => {
    return { address, prefixLength: prefixLength ?? (ipFamily(address) === 6 ? 128 : 32) };
  });
  const first = vips[0]?.address ?? ('' as IpAddress);
  const isWholeSecond = Number.isInteger(cluster.advertIntervalS);
  const isIpv6 = vips.some(({ address }) => ipFamily(address) === 6);
  const spread = Math.max(...priorities) - Math.min(...priorities);
  return {
    cluster,
    secrets,
    vrid: cluster.vrid ?? deriveVrid(`${cluster.name} ${first}`),
    vrrpVersion: isWholeSecond && !isIpv6 ? 2 : 3,
    vips,
    endpoint: withPort(first, cluster.frontPort),
    holders,
    servers: cluster.hosts.filter(({ isServer }) => isServer),
    checkWeight: -Math.min(spread + MARGIN, WEIGHT_MOST),
  };
}

/**
 * Those given stay; the others get lower and lower ones in the order of the hosts, none twice. Where
 * there is no room below, any that is free.
 */
function derivePriorities(hosts: readonly ClusterHost[]): readonly number[] {
  const taken = new Set(hosts.flatMap(({ holder }) => holder?.priority ?? []));
  const step = Math.max(1, Math.min(PRIORITY_STEP, Math.floor(PRIORITY_FIRST / hosts.length)));
  let next = PRIORITY_FIRST;
  return hosts.map(({ holder }) => {
    const priority = holder?.priority ?? nextFree(taken, Math.max(next, PRIORITY_LEAST));
    taken.add(priority);
    next = Math.min(next, priority) - step;
    return priority;
  });
}

function nextFree(taken: ReadonlySet<number>, from: number): number {
  let priority = from;
  while (taken.has(priority) && priority > PRIORITY_LEAST) priority -= 1;
  while (taken.has(priority)) priority += 1;
  return priority;
}

/** FNV-1a of the text, on the VRIDs that are not in every tutorial. */
function deriveVrid(text: string): number {
  let hash = 0x811c9dc5;
  for (const sign of text) {
    hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  let vrid = (hash % 255) + 1;
  while (COMMON_VRIDS.has(vrid)) vrid = (vrid % 255) + 1;
  return vrid;
}

export function withPort(address: IpAddress, port: number): string {
  return ipFamily(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
