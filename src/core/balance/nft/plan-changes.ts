/** From what a service is in the table to what it should be, in changes that one batch carries out. */
import type { NftChange, NftSetElement } from '../../../wire/netlink/nftables-changes.ts';
import type { PlannedSet, ServicePlan, SharedElement } from './service-plan.ts';

/**
 * Sets and the chain come before what points at them, and go after it. Elements that stay are not
 * touched: their counters go on.
 */
export function planChanges(
  old: ServicePlan | undefined,
  wanted: ServicePlan | undefined,
): readonly NftChange[] {
  const changes: NftChange[] = [];
  const gone = (role: SharedElement['role']) => () => {
    changes.push(...sharedChanges('remove-elements', old, wanted, role));
  };
  const come = (role: SharedElement['role']) => () => {
    changes.push(...sharedChanges('add-elements', wanted, old, role));
  };
  const leave = { server: gone('server'), entrance: gone('entrance') };
  const enter = { server: come('server'), entrance: come('entrance') };
  const isChanged = old?.fingerprint !== wanted?.fingerprint;
  leave.entrance();
  if (old !== undefined && isChanged) changes.push({ kind: 'delete-rules', chain: old.chain });
  changes.push(...setChanges(old, wanted));
  leave.server();
  enter.server();
  if (wanted !== undefined && isChanged) {
    if (old === undefined) changes.push({ kind: 'add-chain', chain: wanted.chain });
    for (const expressions of wanted.rules) {
      changes.push({ kind: 'append-rule', chain: wanted.chain, expressions });
    }
  }
  enter.entrance();
  if (old !== undefined && wanted === undefined) {
    changes.push({ kind: 'delete-chain', chain: old.chain });
  }
  return changes;
}

/** A set that is not wanted any more goes where no rule names it. */
function setChanges(
  old: ServicePlan | undefined,
  wanted: ServicePlan | undefined,
): readonly NftChange[] {
  const changes: NftChange[] = [];
  for (const [set, plan] of wanted?.sets ?? []) {
    const before = old?.sets.get(set);
    if (before === undefined) changes.push({ kind: 'add-set', set, form: plan.form });
    changes.push(...elementChanges(set, before, plan));
  }
  for (const set of old?.sets.keys() ?? []) {
    if (wanted?.sets.has(set) !== true) changes.push({ kind: 'delete-set', set });
  }
  return changes;
}

function elementChanges(
  set: string,
  old: PlannedSet | undefined,
  wanted: PlannedSet,
): readonly NftChange[] {
  if (wanted.elements === undefined) return [];
  const removed: NftSetElement[] = [];
  const added: NftSetElement[] = [];
  for (const [key, element] of old?.elements ?? []) {
    const after = wanted.elements.get(key);
    if (after === undefined || !isSame(element, after)) removed.push({ key: element.key });
  }
  for (const [key, element] of wanted.elements) {
    const before = old?.elements?.get(key);
    if (before === undefined || !isSame(before, element)) added.push(element);
  }
  return [
    ...(removed.length > 0 ? [{ kind: 'remove-elements', set, elements: removed } as const] : []),
    ...(added.length > 0 ? [{ kind: 'add-elements', set, elements: added } as const] : []),
  ];
}

/** The elements that one of the two has and the other has not. */
function sharedChanges(
  kind: 'add-elements' | 'remove-elements',
  one: ServicePlan | undefined,
  other: ServicePlan | undefined,
  role: SharedElement['role'],
): readonly NftChange[] {
  const bySet = new Map<string, NftSetElement[]>();
  for (const [key, { set, element, role: its }] of one?.shared ?? []) {
    const there = other?.shared.get(key)?.element;
    if (its !== role || (there !== undefined && isSame(there, element))) continue;
    const list = bySet.get(set) ?? [];
    list.push(kind === 'add-elements' ? element : { key: element.key });
    bySet.set(set, list);
  }
  return [...bySet].map(([set, elements]) => ({ kind, set, elements }));
}

function isSame(a: NftSetElement, b: NftSetElement): boolean {
  return a.data === b.data && a.goto === b.goto;
}
