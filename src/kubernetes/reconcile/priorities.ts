/**
 * A priority for each node, the same whoever computes it. It follows from the node's name, not from how many there
 * are: a node that is added changes nobody's, one that is removed only what it stood in the way of.
 */
import type { NodeObject } from './objects.ts';

/** First 100 to 199, then what is left of 1 to 254. */
const ORDER: readonly number[] = [...range(100, 199), ...range(200, 254), ...range(1, 99)];
const FIRST_CHOICES = 100;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** By name of node. `salt`: groups with different ones have different orders, so their masters spread. */
export function assignPriorities(
  nodes: readonly Pick<NodeObject, 'name' | 'createdAt' | 'priority'>[],
  salt: number,
): ReadonlyMap<string, number> {
  const priorities = new Map<string, number>();
  const taken = new Set<number>();
  for (const { name, priority } of nodes) {
    if (priority === undefined) continue;
    priorities.set(name, priority);
    taken.add(priority);
  }
  // The oldest chooses first: who comes later makes way.
  for (const { name } of [...nodes].sort(byAge)) {
    if (priorities.has(name)) continue;
    const priority = choose(hash(`${salt}/${name}`) % FIRST_CHOICES, taken);
    priorities.set(name, priority);
    taken.add(priority);
  }
  return priorities;
}

function byAge(
  a: Pick<NodeObject, 'name' | 'createdAt'>,
  b: Pick<NodeObject, 'name' | 'createdAt'>,
): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** The first that is free; with more nodes than numbers two share one, and their addresses decide. */
function choose(slot: number, taken: ReadonlySet<number>): number {
  for (let step = 0; step < FIRST_CHOICES; step++) {
    const priority = ORDER[(slot + step) % FIRST_CHOICES] ?? FIRST_CHOICES;
    if (!taken.has(priority)) return priority;
  }
  const further = ORDER.slice(FIRST_CHOICES).find((priority) => !taken.has(priority));
  return further ?? ORDER[slot] ?? FIRST_CHOICES;
}

/** FNV-1a, 32 bits, with its bits spread. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
