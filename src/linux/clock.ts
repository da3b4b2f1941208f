import { type Micros, micros } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';

/** CLOCK_MONOTONIC, the axis of timerfd too, rounded down: an alarm never seems early. */
export function createClock(): Clock {
  return {
    now: (): Micros => micros(Number(process.hrtime.bigint() / 1000n)),
    wallMs: () => Date.now(),
  };
}
