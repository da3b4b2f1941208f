/** Who is to be called when, and who is first. */
import type { Micros } from '../base/time.ts';

/** Where one stands in a heap, which alone writes it. */
export class Due {
  /** Undefined: not at all. */
  at: Micros | undefined = undefined;
  index = -1;
}

export interface HasDue {
  readonly due: Due;
}

/** A binary heap whose members know where they stand: nothing is looked up, and nothing is made, to move one. */
export class DueHeap<Member extends HasDue> {
  readonly #heap: Member[] = [];

  /** Undefined: not at all. */
  set(member: Member, at: Micros | undefined): void {
    const { due } = member;
    const before = due.at;
    if (before === at) return;
    due.at = at;
    if (at === undefined) this.#remove(due);
    else if (before === undefined) {
      due.index = this.#heap.length;
      this.#heap.push(member);
      this.#rise(member);
    } else if (at < before) this.#rise(member);
    else this.#sink(member);
  }

  /** Whoever is to be called first. */
  first(): Member | undefined {
    return this.#heap[0];
  }

  #remove(due: Due): void {
    const { index } = due;
    due.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last.due === due) return;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(member: Member): void {
    for (;;) {
      const { index } = member.due;
      const parent = this.#heap[(index - 1) >> 1];
      if (index === 0 || parent === undefined || !isEarlier(member, parent)) return;
      this.#swap(parent, member);
    }
  }

  #sink(member: Member): void {
    for (;;) {
      const { index } = member.due;
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const isRight = left !== undefined && right !== undefined && isEarlier(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isEarlier(child, member)) return;
      this.#swap(member, child);
    }
  }

  /** `upper` is the parent of `lower`. */
  #swap(upper: Member, lower: Member): void {
    const { index } = upper.due;
    this.#put(upper, lower.due.index);
    this.#put(lower, index);
  }

  #put(member: Member, index: number): void {
    this.#heap[index] = member;
    member.due.index = index;
  }
}

function isEarlier(one: HasDue, other: HasDue): boolean {
  return (one.due.at ?? Number.POSITIVE_INFINITY) < (other.due.at ?? Number.POSITIVE_INFINITY);
}
