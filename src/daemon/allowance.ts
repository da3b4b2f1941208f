/** How often something may happen: so many times at once, and as many again in each second. */
import { MICROS_PER_SECOND, type Micros, ZERO } from '../base/time.ts';

export class Allowance {
  #left = 0;
  #at: Micros = ZERO;

  /** Whether it may happen once more now, where `perSecond` may. */
  take(now: Micros, perSecond: number): 'granted' | 'refused' {
    const earned = ((now - this.#at) * perSecond) / MICROS_PER_SECOND;
    this.#left = Math.min(perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return 'refused';
    this.#left--;
    return 'granted';
  }
}
