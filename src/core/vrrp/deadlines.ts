import type { Micros } from '../../base/time.ts';

/** For the program that takes over from this one. */
export type DeadlinesState = readonly (readonly [kind: string, at: Micros])[];

/** One absolute deadline per kind, so that a stale timer cannot fire. */
export class Deadlines<Kind extends string> {
  readonly #at = new Map<Kind, Micros>();
  #next: Micros | undefined;

  set(kind: Kind, at: Micros): void {
    this.#at.set(kind, at);
    // What a backup has: an advert moves the only one.
    if (this.#at.size === 1) this.#next = at;
    else this.#refresh();
  }

  clear(kind: Kind): void {
    if (this.#at.delete(kind)) this.#refresh();
  }

  clearAll(except: readonly Kind[] = []): void {
    for (const kind of this.#at.keys()) if (!except.includes(kind)) this.#at.delete(kind);
    this.#refresh();
  }

  get(kind: Kind): Micros | undefined {
    return this.#at.get(kind);
  }

  next(): Micros | undefined {
    return this.#next;
  }

  /** In the order in which those fire that are due at once. */
  exportState(): DeadlinesState {
    return [...this.#at];
  }

  /** Only of kinds that are known. */
  importState(state: DeadlinesState, kinds: readonly Kind[]): void {
    this.#at.clear();
    for (const [name, at] of state) {
      const kind = kinds.find((one) => one === name);
      if (kind !== undefined) this.#at.set(kind, at);
    }
    this.#refresh();
  }

  /**
   * Removes and returns the earliest deadline that is due at `now`, or undefined. Kinds may come sooner by
   * their slack, which is `slackMost` at most.
   */
  takeDue(
    now: Micros,
    slack?: (kind: Kind) => number,
    slackMost = slack === undefined ? 0 : Number.POSITIVE_INFINITY,
  ): { kind: Kind; at: Micros } | undefined {
    if (this.#next === undefined || this.#next > now + slackMost) return undefined;
    let found: { kind: Kind; at: Micros } | undefined;
    for (const [kind, at] of this.#at) {
      if (at > now + (slack?.(kind) ?? 0)) continue;
      if (found === undefined || at < found.at) found = { kind, at };
    }
    if (found !== undefined) this.clear(found.kind);
    return found;
  }

  #refresh(): void {
    let next: Micros | undefined;
    for (const at of this.#at.values()) if (next === undefined || at < next) next = at;
    this.#next = next;
  }
}
