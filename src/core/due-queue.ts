/**
 * Who is to be called when, where whoever it is need not know of it. Of hundreds of routers each advert that is
 * heard moves one deadline: what that costs must not depend on how many others there are.
 */
import type { Micros } from '../base/time.ts';
import { Due, DueHeap, type HasDue } from './due-heap.ts';

interface Place<Key> extends HasDue {
  readonly key: Key;
}

/** For keys that stay; those that come and go by the thousand are better in a heap of their own (`Crowd` says why). */
export class DueQueue<Key> {
  readonly #heap = new DueHeap<Place<Key>>();
  readonly #places = new Map<Key, Place<Key>>();

  /** Undefined: not at all. */
  set(key: Key, at: Micros | undefined): void {
    let place = this.#places.get(key);
    if (at === undefined) {
      if (place === undefined) return;
      this.#places.delete(key);
    } else if (place === undefined) {
      place = { key, due: new Due() };
      this.#places.set(key, place);
    }
    this.#heap.set(place, at);
  }

  get(key: Key): Micros | undefined {
    return this.#places.get(key)?.due.at;
  }

  /** The earliest instant of all. */
  next(): Micros | undefined {
    return this.#heap.first()?.due.at;
  }

  /** Whoever is to be called first. */
  first(): Key | undefined {
    return this.#heap.first()?.key;
  }
}
