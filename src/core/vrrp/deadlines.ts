import type { Micros } from '../../base/time.ts';

/** One absolute deadline per kind, so that a stale timer cannot fire. */
export class Deadlines<Kind extends string> {
  readonly #at = new Map<Kind, Micros>();
  #next: Micros | undefined;

  set(kind: Kind, at: Micros): void {
    this.#at.set(kind, at);
    this.#refresh();
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

  /** Removes and returns the earliest deadline that is due at `now`, or undefined. */
  takeDue(now: Micros, slack?: (kind: Kind) => number): { kind: Kind; at: Micros } | undefined {
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
