import type { Micros } from '../../base/time.ts';
import { type Due, DueHeap } from '../../core/due-heap.ts';
import type { Clock } from '../../ports/clock.ts';

/** Something with a deadline; it is asked again each time that it was called. */
export interface Timed {
  readonly due: Due;
  /** Does what is due, if anything is. */
  expire(now: Micros): void;
  nextDeadline(): Micros | undefined;
}

/**
 * Calls thousands of sessions at their deadlines by one timer. A deadline that moves away costs
 * nothing: the session is called at the old one, finds nothing due and is asked for the next.
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #due = new DueHeap<Timed>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY as Micros;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Its next deadline may be earlier than it was. */
  update(timed: Timed): void {
    const at = timed.nextDeadline();
    const known = timed.due.at;
    if (at === undefined || (known !== undefined && known <= at)) return;
    this.#due.set(timed, at);
    this.#arm();
  }

  remove(timed: Timed): void {
    this.#due.set(timed, undefined);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const next = this.#due.first()?.due.at;
    if (next === undefined || next >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = next;
    const delayMs = Math.max(0, Math.ceil((next - this.#clock.now()) / 1000));
    this.#timer = setTimeout(() => this.#run(), Math.min(delayMs, 0x7fffffff));
  }

  #run(): void {
    this.#armedFor = Number.POSITIVE_INFINITY as Micros;
    const now = this.#clock.now();
    for (;;) {
      const first = this.#due.first();
      if (first === undefined || (first.due.at ?? now) > now) break;
      this.#due.set(first, undefined);
      first.expire(now);
      const next = first.nextDeadline();
      // What is due and was not done would turn in a circle.
      if (next !== undefined) this.#due.set(first, Math.max(next, now + 1000) as Micros);
    }
    this.#arm();
  }
}
