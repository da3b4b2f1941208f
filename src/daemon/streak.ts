/**
 * When long work pauses. Whoever keeps a processor with real-time priority is put aside by the kernel for
 * 50 ms in each second, adverts and all: after some pieces in a row the others get their share before
 * the next one. With 11 ms of them less than 950 ms of a second are work, also the piece that exceeds it.
 */
import { type Micros, micros } from '../base/time.ts';

/** How long the others get at least. */
export const PAUSE_MS = 1;
/** The first one may be longer. */
const FIRST_STREAK_US = 180_000;

export class Streak {
  #began: Micros | undefined;
  #isFirst = true;

  /** Another piece is due: at once, or after a pause, where the last `streakUs` were work. */
  next(now: Micros, streakUs: number): 'at-once' | 'after-pause' {
    this.#began ??= now;
    const maxUs = this.#isFirst ? FIRST_STREAK_US : streakUs;
    if (now - this.#began < maxUs) return 'at-once';
    this.#began = micros(now + PAUSE_MS * 1000);
    this.#isFirst = false;
    return 'after-pause';
  }

  /** Nothing is left to be done. */
  end(): void {
    this.#began = undefined;
    this.#isFirst = true;
  }
}
