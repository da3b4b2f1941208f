import { micros } from '../../base/time.ts';
import { createAlarmFactory } from '../../linux/alarm.ts';
import { createClock } from '../../linux/clock.ts';
import type { FdWatcher } from '../../ports/fd-watcher.ts';

/**
 * Calls `onTick` at the multiples of a period, on the kernel's timer, so that it does not drift. What
 * was missed is left out: a late prober must not send a burst.
 */
export function startTicker(options: {
  readonly watcher: FdWatcher;
  readonly periodMs: number;
  readonly onTick: () => void;
}): { stop(): void } {
  const clock = createClock();
  const periodUs = options.periodMs * 1000;
  const nextTick = () => micros((Math.floor(clock.now() / periodUs) + 1) * periodUs);
  const alarm = createAlarmFactory(options.watcher).createAlarm(() => {
    alarm.arm(nextTick());
    options.onTick();
  });
  alarm.arm(nextTick());
  return { stop: () => alarm.close() };
}
