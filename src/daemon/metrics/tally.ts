import type { Counts } from '../../api/metrics.ts';

/** Counts by kind. The kinds are words of the program's own, so there are few. */
export class Tally<Kind extends string = string> {
  readonly #counts = new Map<Kind, number>();

  /** Kinds named here are told as 0 before they are first seen, so that their growth can be seen. */
  constructor(kinds: readonly Kind[] = []) {
    for (const kind of kinds) this.#counts.set(kind, 0);
  }

  add(kind: Kind, count = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }

  /** Adds what another program has counted; of its kinds those that it knows mean the same here. */
  importCounts(counts: Counts): void {
    for (const [kind, count] of Object.entries(counts)) this.add(kind as Kind, count);
  }

  counts(): Counts {
    return Object.fromEntries(this.#counts);
  }

  entries(): IterableIterator<[Kind, number]> {
    return this.#counts.entries();
  }
}
