/** All that is known of a cluster → what this node runs. No IO, no clock: the same in, the same out. */
import type { IpAddress } from '../../base/ip.ts';
import { KnownParts } from './known-parts.ts';
import { findMembership, type LocalAddress } from './nodes.ts';
import {
  type ConfigMapObject,
  type Diagnosis,
  type NodeObject,
  nameOf,
  type ObjectName,
  type ServiceObject,
  type SliceObject,
} from './objects.ts';
import type { Plan } from './plan.ts';
import { planInstances } from './plan-instances.ts';
import { planServers } from './plan-servers.ts';
import { type LastGood, readEntries } from './read-entries.ts';
import type { VipEntry } from './vip-entry.ts';

/** What is fixed for as long as the program runs. */
export interface Settings {
  readonly configMap: ObjectName;
  readonly vrid: number;
  readonly casting: 'unicast' | 'multicast';
  readonly interfaceName?: string;
  /** A Service without endpoints keeps its address, or gives it up as kube-keepalived-vip does. */
  readonly emptyVips: 'keep' | 'withdraw';
  readonly ownNode: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Whether a proxy runs beside. */
  readonly proxyMode: 'on' | 'off';
  /** A script that is told of every change of state. */
  readonly notify?: string;
}

export interface ClusterView {
  readonly configMap: ConfigMapObject | undefined;
  readonly services: ReadonlyMap<string, ServiceObject>;
  /** By NAMESPACE/NAME of their Service. */
  readonly slices: ReadonlyMap<string, readonly SliceObject[]>;
  readonly nodes: readonly NodeObject[];
  readonly local: readonly LocalAddress[];
  /** What the plan before this one has kept. */
  readonly lastGood: LastGood;
}

/** `known`: of the plans before, where there were some; only spares work. */
export function reconcile(
  view: ClusterView,
  settings: Settings,
  known: KnownParts = new KnownParts(),
): Plan {
  const { nodes, local, services, slices } = view;
  const { configMap: name, interfaceName, notify } = settings;
  const membership = findMembership({
    ...{ nodes, local, ownName: settings.ownNode, selector: settings.nodeSelector },
    ...(interfaceName !== undefined && { interfaceName }),
  });
  const nodeAddresses = new Set<IpAddress>(
    nodes.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  );
  const { configMap, lastGood } = view;
  const read = known.entries({ configMap, lastGood, nodes }, () =>
    readEntries({ name, configMap, lastGood, nodeAddresses }),
  );
  const { follows, locals, diagnoses: followed } = followServices(read.entries, view, settings);
  const ownNode = membership.own?.name ?? settings.ownNode;
  const { servers, diagnoses: served } = planServers({
    ...{ entries: read.entries, services, slices, local: locals, ownNode },
    ...{ proxyMode: settings.proxyMode, known },
  });
  known.finish();
  const kept = read.entries.filter((entry) => settings.emptyVips === 'keep' || isServed(entry));
  const planned = planInstances({
    ...{ entries: kept, follows, slices, membership, configMap: name },
    ...{ vrid: settings.vrid, casting: settings.casting, ownNode: settings.ownNode },
  });
  const addresses = new Set(kept.map(({ address }) => address));
  return {
    instances: planned.instances,
    servers: servers.filter(({ address }) => addresses.has(address)),
    bare: kept.filter(({ targets }) => targets.length === 0).map(({ address }) => address),
    good: read.good,
    hasProxy: settings.proxyMode === 'on',
    diagnoses: [...read.diagnoses, ...followed, ...served, ...planned.diagnoses],
    ...(notify !== undefined && { notify }),
  };

  function isServed({ address, targets }: VipEntry): boolean {
    if (targets.length === 0) return true;
    return servers.some((server) => server.address === address && server.backends.length > 0);
  }
}

interface Follows {
  /** The Service that decides, by key. */
  readonly follows: ReadonlyMap<string, ObjectName>;
  /** Keys of those that are balanced to endpoints of the own node alone. */
  readonly locals: ReadonlySet<string>;
  readonly diagnoses: readonly Diagnosis[];
}

/**
 * A group moves as one: where its entries would be led by different Services, none leads, since addresses without
 * anything behind them are worse than a hop between nodes.
 */
function followServices(
  entries: readonly VipEntry[],
  { services }: ClusterView,
  settings: Settings,
): Follows {
  const follows = new Map<string, ObjectName>();
  const locals = new Set<string>();
  const diagnoses: Diagnosis[] = [];
  for (const vrid of new Set(entries.map((one) => one.vrid ?? settings.vrid))) {
    const group = entries.filter((one) => (one.vrid ?? settings.vrid) === vrid);
    const leaders = group.map((entry) => leaderOf(entry, services));
    const names = new Set(leaders.map((leader) => (leader === undefined ? '' : nameOf(leader))));
    for (const [index, entry] of group.entries()) {
      const leader = leaders[index];
      if (leader === undefined) continue;
      if (names.size > 1) {
        const other = vrid === 255 ? 254 : vrid + 1;
        const why = `${entry.key} cannot follow ${nameOf(leader)}, as it moves with others that do not`;
        const message = `${why}: give it a group of its own, say vrid=${other}`;
        const object = { kind: 'ConfigMap', ...settings.configMap } as const;
        diagnoses.push({ object, reason: 'CannotFollow', message });
        continue;
      }
      follows.set(entry.key, leader);
      if (entry.targets.length > 0) locals.add(entry.key);
    }
  }
  return { follows, locals, diagnoses };
}

/** What it says itself, or its one Service, where that is for the nodes that have its endpoints. */
function leaderOf(
  { follow, targets }: VipEntry,
  services: ReadonlyMap<string, ServiceObject>,
): ObjectName | undefined {
  if (follow !== undefined) return follow;
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) return undefined;
  return services.get(nameOf(target))?.externalTrafficPolicy === 'Local' ? target : undefined;
}
