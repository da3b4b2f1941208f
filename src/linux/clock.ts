import { MICROS_PER_SECOND, type Micros, micros } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * CLOCK_MONOTONIC, the axis of timerfd too, rounded down: an alarm never seems early. In two numbers: as one
 * big integer it took twice as long.
 */
export function createClock(): Clock {
  return {
    now: (): Micros => {
      const [seconds, nanos] = process.hrtime();
      return micros(seconds * MICROS_PER_SECOND + Math.floor(nanos / 1000));
    },
    wallMs: () => Date.now(),
  };
}
