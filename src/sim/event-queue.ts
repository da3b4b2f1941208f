/** What will happen, in order of time; what was asked for first comes first among equals. */
import type { Micros } from '../base/time.ts';

interface Entry {
  readonly at: Micros;
  readonly order: number;
  readonly run: () => void;
}

export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  push(at: Micros, run: () => void): void {
    const entry = { at, order: this.#order++, run };
    this.#heap.push(entry);
    let index = this.#heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  nextAt(): Micros | undefined {
    return this.#heap[0]?.at;
  }

  pop(): { readonly at: Micros; readonly run: () => void } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      if (left === undefined) break;
      const right = this.#heap[2 * index + 2];
      const takeRight = right !== undefined && isBefore(right, left);
      const child = takeRight ? right : left;
      if (isBefore(entry, child)) break;
      this.#heap[index] = child;
      index = 2 * index + (takeRight ? 2 : 1);
    }
    this.#heap[index] = entry;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
