import type { Micros } from '../base/time.ts';

/** The longest that setTimeout() waits. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** One time limit, which another one replaces. What came in time but is not read yet counts before it. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #grace: NodeJS.Immediate | undefined;

  set(limit: Micros, onLate: () => void): void {
    this.clear();
    // Node counts from the last millisecond that it looked at the clock: one more, or it may be early.
    const waitMs = Math.min(Math.max(Math.ceil(limit / 1000), 0) + 1, TIMER_MAX_MS);
    this.#timer = setTimeout(() => {
      // Timers come before sockets in a turn of the loop, and a process may have been held up.
      this.#grace = setImmediate(onLate);
    }, waitMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#grace);
  }
}
