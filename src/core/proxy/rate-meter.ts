import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';

/** The running second, how many in it and in the one before, and the most in one: for another process. */
export type RateState = readonly [second: number, count: number, before: number, most: number];

/**
 * How many a second: those of the running second, and the rest of the last one by how much of it a
 * second back from now still covers.
 */
export class RateMeter {
  /** As if all had been counted by one; what was the most at once is at most the sum. */
  static sum(states: readonly RateState[]): RateMeter {
    const sum = new RateMeter();
    const latest = Math.max(-1, ...states.map(([second]) => second));
    sum.#second = latest;
    for (const [second, count, before, most] of states) {
      sum.#most += most;
      if (second === latest) {
        sum.#count += count;
        sum.#before += before;
      } else if (second === latest - 1) sum.#before += count;
    }
    return sum;
  }

  #second = -1;
  #count = 0;
  #before = 0;
  #most = 0;

  count(now: Micros, many = 1): void {
    this.#turn(now);
    this.#count += many;
    if (this.#count > this.#most) this.#most = this.#count;
  }

  rate(now: Micros): number {
    this.#turn(now);
    const covered = 1 - (now % MICROS_PER_SECOND) / MICROS_PER_SECOND;
    return Math.floor(this.#before * covered + this.#count);
  }

  /** The most in one second. */
  get most(): number {
    return this.#most;
  }

  clear(): void {
    this.#most = 0;
  }

  export(): RateState {
    return [this.#second, this.#count, this.#before, this.#most];
  }

  #turn(now: Micros): void {
    const second = Math.floor(now / MICROS_PER_SECOND);
    if (second === this.#second) return;
    this.#before = second === this.#second + 1 ? this.#count : 0;
    this.#count = 0;
    this.#second = second;
  }
}
