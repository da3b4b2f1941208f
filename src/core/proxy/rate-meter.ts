import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';

/**
 * How many a second: those of the running second, and the rest of the last one by how much of it a
 * second back from now still covers.
 */
export class RateMeter {
  #second = -1;
  #count = 0;
  #before = 0;
  #most = 0;

  count(now: Micros): void {
    this.#turn(now);
    this.#count += 1;
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

  #turn(now: Micros): void {
    const second = Math.floor(now / MICROS_PER_SECOND);
    if (second === this.#second) return;
    this.#before = second === this.#second + 1 ? this.#count : 0;
    this.#count = 0;
    this.#second = second;
  }
}
