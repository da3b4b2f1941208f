/** What an earlier process has left in the table, as plans that wishes can be compared with. */
import type { NftChange, NftSetElement } from '../../../wire/netlink/nftables-changes.ts';
import type { DesiredService } from '../plane.ts';
import { FRAME_CHAINS, SET_FORMS } from './frame.ts';
import { clientsOf, SHARED, slotsOf } from './names.ts';
import type { PlannedSet, ServicePlan, SharedElement } from './service-plan.ts';

export interface ObservedTable {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
  /** Of sets whose elements were read: by set and key. */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, NftSetElement>>;
}

/** What the sets of entrances are; the other shared ones have servers. */
const ENTRANCES: ReadonlySet<string> = new Set([
  SHARED.services4,
  SHARED.services6,
  SHARED.anyPort4,
  SHARED.anyPort6,
  SHARED.marks,
]);
const SERVERS: readonly string[] = [
  SHARED.endpoints4,
  SHARED.endpoints6,
  SHARED.hosts4,
  SHARED.hosts6,
  SHARED.trafficIn,
  SHARED.trafficOut,
];

/** The sets whose elements are to be read. */
export function isWorthReading(set: string): 'yes' | 'no' {
  return ENTRANCES.has(set) || SERVERS.includes(set) || set.startsWith('slots-') ? 'yes' : 'no';
}

/** What is there of the service; undefined where nothing is. Nobody knows which rules its chain has. */
export function observedPlan(
  table: ObservedTable,
  service: DesiredService,
  wanted: ServicePlan,
): ServicePlan | undefined {
  if (!table.chains.has(wanted.chain)) return undefined;
  const sets = new Map<string, PlannedSet>();
  for (const name of [slotsOf(service.id), clientsOf(service.id)]) {
    if (!table.sets.has(name)) continue;
    const elements = table.elements.get(name);
    const form = wanted.sets.get(name)?.form ?? { key: ['integer'] };
    sets.set(name, elements === undefined ? { form } : { form, elements });
  }
  const shared = new Map<string, SharedElement>();
  for (const [key, { set, role, element }] of wanted.shared) {
    const there = table.elements.get(set)?.get(element.key);
    if (there !== undefined) shared.set(key, { set, role, element: there });
  }
  return { chain: wanted.chain, rules: [], fingerprint: '', sets, shared };
}

/**
 * Takes out what belongs to none of the services, and elements that none of the plans has; with the
 * labels of the servers that go.
 */
export function leftovers(
  table: ObservedTable,
  entries: readonly { readonly service: DesiredService; readonly plan: ServicePlan }[],
): { readonly changes: readonly NftChange[]; readonly labels: readonly string[] } {
  const chains = new Set(entries.map(({ plan }) => plan.chain));
  const keys = new Set(entries.flatMap(({ plan }) => [...plan.shared.keys()]));
  // Those that a service has no more went when it was compared with what was observed.
  const sets = new Set(
    entries.flatMap(({ service }) => [slotsOf(service.id), clientsOf(service.id)]),
  );
  const goneChains = [...table.chains].filter(
    (chain) => !chains.has(chain) && !FRAME_CHAINS.has(chain),
  );
  const goneSets = [...table.sets].filter(
    (set) => !sets.has(set) && !Object.hasOwn(SET_FORMS, set),
  );
  const goneKeys = (set: string): readonly string[] =>
    [...(table.elements.get(set)?.keys() ?? [])].filter((key) => !keys.has(`${set} ${key}`));
  const removals = (shared: Iterable<string>): readonly NftChange[] =>
    [...shared].flatMap((set) => {
      const elements = goneKeys(set).map((key) => ({ key }));
      return elements.length === 0 ? [] : [{ kind: 'remove-elements', set, elements } as const];
    });
  const changes: readonly NftChange[] = [
    ...removals(ENTRANCES),
    ...goneChains.map((chain) => ({ kind: 'delete-rules', chain }) as const),
    ...goneSets.map((set) => ({ kind: 'delete-set', set }) as const),
    ...removals(SERVERS),
    ...goneChains.map((chain) => ({ kind: 'delete-chain', chain }) as const),
  ];
  return { changes, labels: goneKeys(SHARED.trafficIn) };
}
