/** Which server each slot of a service has: a number is drawn for a connection, and picks a slot. */
import { finish } from './names.ts';

export interface Share {
  readonly label: string;
  /** At least 1. */
  readonly weight: number;
}

/** So many slots serve for any weights; the smallest of them still gets one. */
const SLOTS_MAX = 1024;
/** As many buckets as the kernel's scheduler of that name has. */
const SOURCE_SLOTS = 256;
const MAGLEV_SIZES = [251, 509, 1021, 2039, 4093] as const;
/** Shares are met within some percent, and few slots move when a server comes or goes. */
const MAGLEV_SLOTS_PER_SERVER = 20;

/** In turn, each as often as its weight says and as evenly spread as can be (smooth weighted round robin). */
export function slotsInTurn(shares: readonly Share[]): readonly string[] {
  const turns = reduced(shares.map(({ weight }) => weight));
  const total = sum(turns);
  const credit = turns.map(() => 0);
  return Array.from({ length: total }, () => {
    let best = 0;
    for (const [index, turn] of turns.entries()) {
      credit[index] = (credit[index] ?? 0) + turn;
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    }
    credit[best] = (credit[best] ?? 0) - total;
    return shares[best]?.label ?? '';
  });
}

/**
 * A fixed number of slots, drawn by chance, for weights that change often: of those that were before,
 * as many stay as may.
 */
export function slotsOfShares(
  shares: readonly Share[],
  count: number,
  before: readonly string[] = [],
): readonly string[] {
  const left = new Map<string, number>();
  for (const { label, weight } of apportioned(shares, count)) {
    left.set(label, (left.get(label) ?? 0) + weight);
  }
  const take = (label: string): boolean => {
    const rest = left.get(label) ?? 0;
    left.set(label, rest - 1);
    return rest > 0;
  };
  const size = sum([...left.values()]);
  const slots = Array.from({ length: size }, (_, at) => before[at]).map((label) =>
    label !== undefined && take(label) ? label : undefined,
  );
  const rest = [...left].flatMap(([label, times]) =>
    Array.from({ length: Math.max(0, times) }, () => label),
  );
  let next = 0;
  return slots.map((label) => label ?? rest[next++] ?? '');
}

/** Server after server, as often as its weight, over and over. */
export function slotsBySource(shares: readonly Share[]): readonly string[] {
  const turns = reduced(shares.map(({ weight }) => weight));
  const order = shares.flatMap(({ label }, index) =>
    Array.from({ length: turns[index] ?? 0 }, () => label),
  );
  const count = Math.max(SOURCE_SLOTS, order.length);
  return Array.from({ length: order.length === 0 ? 0 : count }, (_, at) => {
    return order[at % order.length] ?? '';
  });
}

/**
 * Maglev's table (Eisenbud and others, 2016, §3.4): each server takes, in turn, the next free slot of
 * its own order, so that most slots stay where they are when servers come and go.
 */
export function slotsByMaglev(shares: readonly Share[]): readonly string[] {
  if (shares.length === 0) return [];
  const wanted = shares.length * MAGLEV_SLOTS_PER_SERVER;
  const size = MAGLEV_SIZES.find((each) => each >= wanted) ?? MAGLEV_SIZES[4];
  const heaviest = Math.max(...shares.map(({ weight }) => weight));
  // In an order that does not depend on the configuration's.
  const rows = [...shares]
    .sort((a, b) => (a.label < b.label ? -1 : 1))
    .map(({ label, weight }) => {
      const seed = Number.parseInt(label.slice(-8), 16);
      const skip = (finish(seed ^ 0x5bd1e995) % (size - 1)) + 1;
      return { label, weight, skip, at: finish(seed) % size, credit: 0 };
    });
  const slots: (string | undefined)[] = new Array(size).fill(undefined);
  for (let free = size; free > 0; ) {
    for (const row of rows) {
      row.credit += row.weight;
      if (row.credit < heaviest) continue;
      row.credit -= heaviest;
      while (slots[row.at] !== undefined) row.at = (row.at + row.skip) % size;
      slots[row.at] = row.label;
      if (--free === 0) break;
    }
  }
  return slots.map((label) => label ?? '');
}

/** The same proportions in numbers as small as can be, within SLOTS_MAX altogether. */
function reduced(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0);
  if (divisor === 0) return weights;
  const small = weights.map((weight) => weight / divisor);
  const total = sum(small);
  if (total <= SLOTS_MAX) return small;
  return small.map((weight) => Math.max(1, Math.round((weight * SLOTS_MAX) / total)));
}

/** Shares of `count` slots by largest remainder; whoever has any weight gets one where there are enough. */
function apportioned(shares: readonly Share[], count: number): readonly Share[] {
  const total = sum(shares.map(({ weight }) => weight));
  if (shares.length === 0 || total === 0) return [];
  const size = Math.max(count, shares.length);
  const exact = shares.map(({ weight }) => (weight * size) / total);
  const whole = exact.map((share) => Math.max(1, Math.floor(share)));
  const byRest = exact
    .map((share, index) => ({ index, rest: share - (whole[index] ?? 0) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  let missing = size - sum(whole);
  for (let at = 0; missing > 0; at = (at + 1) % byRest.length, missing--) {
    const index = byRest[at]?.index ?? 0;
    whole[index] = (whole[index] ?? 0) + 1;
  }
  for (; missing < 0; missing++) {
    const largest = whole.indexOf(Math.max(...whole));
    whole[largest] = (whole[largest] ?? 0) - 1;
  }
  return shares.map(({ label }, index) => ({ label, weight: whole[index] ?? 1 }));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
