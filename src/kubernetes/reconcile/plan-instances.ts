/** Addresses in groups, each a VRRP instance for each family. */
import { type IpFamily, ipFamily } from '../../base/ip.ts';
import { nodesWithEndpoint } from './backends.ts';
import { joinGroupSettings } from './group-settings.ts';
import type { Membership } from './nodes.ts';
import {
  type Diagnosis,
  type NodeObject,
  nameOf,
  type ObjectName,
  type SliceObject,
} from './objects.ts';
import type { Instance, PlannedAddress } from './plan.ts';
import { assignPriorities } from './priorities.ts';
import type { VipEntry } from './vip-entry.ts';

export interface InstancesQuery {
  readonly entries: readonly VipEntry[];
  /** Which Service decides where an address may be; by key of the entry. */
  readonly follows: ReadonlyMap<string, ObjectName>;
  readonly slices: ReadonlyMap<string, readonly SliceObject[]>;
  readonly membership: Membership;
  readonly vrid: number;
  readonly casting: 'unicast' | 'multicast';
  readonly configMap: ObjectName;
  /** '' where it is not known. */
  readonly ownNode: string;
}

export interface PlannedInstances {
  readonly instances: readonly Instance[];
  readonly diagnoses: readonly Diagnosis[];
}

/** How much a node is wanted: a master of a higher rank hands over to one of a lower. */
type Rank = 0 | 1 | 2;

export function planInstances(query: InstancesQuery): PlannedInstances {
  const { entries, membership, vrid: usual } = query;
  const diagnoses: Diagnosis[] = [];
  const { interfaceName, own } = membership;
  const ownName = own?.name ?? query.ownNode;
  if (interfaceName === undefined) {
    const message =
      'no interface here has an address that this node has in the cluster; say which by --iface';
    const object =
      ownName === ''
        ? ({ kind: 'ConfigMap', ...query.configMap } as const)
        : ({ kind: 'Node', namespace: '', name: ownName } as const);
    return { instances: [], diagnoses: [{ object, reason: 'NoInterface', message }] };
  }
  const instances: Instance[] = [];
  const vrids = [...new Set(entries.map(({ vrid }) => vrid ?? usual))].sort((a, b) => a - b);
  for (const vrid of vrids) {
    const group = entries.filter((one) => (one.vrid ?? usual) === vrid);
    const ranks = rankNodes(group, query);
    const priority = ownPriority(membership, vrid, ranks);
    const best = Math.min(...membership.members.map(({ name }) => ranks.get(name) ?? 0));
    const yields = own !== undefined && (ranks.get(own.name) ?? 0) > best;
    const suffix = vrid === usual ? '' : `_${vrid}`;
    const settings = joinSettings(group, vrid, query.configMap, diagnoses);
    const common = { vrid, interfaceName, priority, yields, ...settings };
    for (const part of splitFamilies(group, query, diagnoses)) {
      const name = `${part.family === 4 ? 'vips' : 'vips6'}${suffix}`;
      instances.push({ ...common, name, ...part });
    }
  }
  return { instances, diagnoses };
}

/** Of a group; a contradiction is told. */
function joinSettings(
  group: readonly VipEntry[],
  vrid: number,
  configMap: ObjectName,
  diagnoses: Diagnosis[],
): Pick<Instance, 'group'> {
  const { settings, contradictions } = joinGroupSettings(group);
  for (const name of contradictions) {
    const message = `entries of VRID ${vrid} differ in ${name}=; the first one's counts for all of them`;
    diagnoses.push({
      object: { kind: 'ConfigMap', ...configMap },
      reason: 'GroupDiffers',
      message,
    });
  }
  return Object.keys(settings).length === 0 ? {} : { group: settings };
}

/** A cordoned node may still hold what nobody else can; one without the endpoint comes after it. */
function rankNodes(group: readonly VipEntry[], query: InstancesQuery): ReadonlyMap<string, Rank> {
  const [follow] = group.flatMap(({ key }) => query.follows.get(key) ?? []);
  const with_ = follow && nodesWithEndpoint(query.slices.get(nameOf(follow)) ?? []);
  const somewhere = query.membership.members.some(({ name }) => with_?.has(name) === true);
  const rank = ({ name, standing }: NodeObject): Rank => {
    if (somewhere && with_?.has(name) !== true) return 2;
    return standing === 'ready' ? 0 : 1;
  };
  return new Map(query.membership.members.map((node) => [node.name, rank(node)]));
}

/** Halved with each rank, so that the order within a rank stays. */
function ownPriority(
  { members, own }: Membership,
  vrid: number,
  ranks: ReadonlyMap<string, Rank>,
): number {
  if (own === undefined) return 1;
  const full = assignPriorities(members, vrid).get(own.name) ?? 1;
  return Math.max(1, full >> (ranks.get(own.name) ?? 0));
}

type Part = Pick<Instance, 'family' | 'addresses' | 'excluded'> & {
  readonly unicast?: NonNullable<Instance['unicast']>;
};

function splitFamilies(
  group: readonly VipEntry[],
  { membership, casting, configMap }: InstancesQuery,
  diagnoses: Diagnosis[],
): Part[] {
  const of = (family: IpFamily): PlannedAddress[] =>
    group.filter(({ address }) => ipFamily(address) === family).map(toAddress);
  const parts: Part[] = [];
  const homeless: Partial<Record<IpFamily, PlannedAddress[]>> = {};
  for (const family of [4, 6] as const) {
    const addresses = of(family);
    if (addresses.length === 0) continue;
    const source = membership.source[family];
    if (casting === 'multicast') parts.push({ family, addresses, excluded: [] });
    else if (source === undefined) homeless[family] = addresses;
    else if (membership.peers[family].length === 0) {
      // There is nobody to send to: the group is as good.
      parts.push({ family, addresses, excluded: [] });
    } else {
      const unicast = { source, peers: membership.peers[family] };
      parts.push({ family, addresses, excluded: [], unicast });
    }
  }
  for (const family of [4, 6] as const) {
    const addresses = homeless[family];
    if (addresses === undefined) continue;
    const [host] = parts;
    if (host !== undefined) parts[0] = { ...host, excluded: addresses };
    else {
      const message = `nodes have no IPv${family} address, so unicast cannot carry ${addresses[0]?.address}`;
      diagnoses.push({ object: { kind: 'ConfigMap', ...configMap }, reason: 'NoSource', message });
    }
  }
  return parts;
}

function toAddress({ address, prefixLength, interfaceName }: VipEntry): PlannedAddress {
  return { address, prefixLength, ...(interfaceName !== undefined && { interfaceName }) };
}
