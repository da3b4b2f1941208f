/**
 * Who is to be called when, and who is first. Of hundreds of routers each advert that is heard moves
 * one deadline: what that costs must not depend on how many others there are.
 */
import type { Micros } from '../base/time.ts';

interface Place<Key> {
  readonly key: Key;
  at: Micros;
  /** In the heap. */
  index: number;
}

/** A binary heap whose entries know where they stand. */
export class DueQueue<Key> {
  readonly #heap: Place<Key>[] = [];
  readonly #places = new Map<Key, Place<Key>>();

  /** Undefined: not at all. */
  set(key: Key, at: Micros | undefined): void {
    const place = this.#places.get(key);
    if (at === undefined) {
      if (place !== undefined) this.#remove(place);
    } else if (place === undefined) {
      const added = { key, at, index: this.#heap.length };
      this.#places.set(key, added);
      this.#heap.push(added);
      this.#rise(added);
    } else if (place.at !== at) {
      const isEarlier = at < place.at;
      place.at = at;
      if (isEarlier) this.#rise(place);
      else this.#sink(place);
    }
  }

  get(key: Key): Micros | undefined {
    return this.#places.get(key)?.at;
  }

  /** The earliest instant of all. */
  next(): Micros | undefined {
    return this.#heap[0]?.at;
  }

  /** Whoever is to be called first. */
  first(): Key | undefined {
    return this.#heap[0]?.key;
  }

  #remove(place: Place<Key>): void {
    this.#places.delete(place.key);
    const last = this.#heap.pop();
    if (last === undefined || last === place) return;
    this.#put(last, place.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(place: Place<Key>): void {
    for (;;) {
      const parent = this.#heap[(place.index - 1) >> 1];
      if (place.index === 0 || parent === undefined || parent.at <= place.at) return;
      this.#swap(parent, place);
    }
  }

  #sink(place: Place<Key>): void {
    for (;;) {
      const left = this.#heap[2 * place.index + 1];
      const right = this.#heap[2 * place.index + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || place.at <= child.at) return;
      this.#swap(place, child);
    }
  }

  /** `upper` is the parent of `lower`. */
  #swap(upper: Place<Key>, lower: Place<Key>): void {
    const index = upper.index;
    this.#put(upper, lower.index);
    this.#put(lower, index);
  }

  #put(place: Place<Key>, index: number): void {
    this.#heap[index] = place;
    place.index = index;
  }
}
