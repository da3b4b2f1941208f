/**
 * When long work pauses. Whoever keeps a processor with real-time priority is put aside by the kernel for
 * 50 ms in each second, adverts and all: after some slices in a row the others get their share before
 * the next one.
 */
import { type Micros, micros } from '../base/time.ts';

/** How long the others get at least. */
export const PAUSE_MS = 1;
/** Also the slice that exceeds it counts: less than 95 of 100 ms are work. */
const STREAK_US = 13_000;
/** The first may be longer, still with less than 950 ms of work in a second. */
const FIRST_STREAK_US = 100_000;

export class Streak {
  #began: Micros | undefined;
  #maxUs = FIRST_STREAK_US;

  /** Another slice is due: at once, or after a pause. */
  next(now: Micros): 'at-once' | 'after-pause' {
    this.#began ??= now;
    if (now - this.#began < this.#maxUs) return 'at-once';
    this.#began = micros(now + PAUSE_MS * 1000);
    this.#maxUs = STREAK_US;
    return 'after-pause';
  }

  /** Nothing is left to be done. */
  end(): void {
    this.#began = undefined;
    this.#maxUs = FIRST_STREAK_US;
  }
}
