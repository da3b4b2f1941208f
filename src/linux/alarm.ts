import type { Micros } from '../base/time.ts';
import type { Alarm, AlarmFactory } from '../ports/clock.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import { close, read, timerfdCreate, timerfdSettime } from './ffi/libc.ts';
import { allocateMemory } from './ffi/memory.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const TFD_TIMER_ABSTIME = 1;

/**
 * Alarms on timerfd: absolute on the monotonic clock, to the microsecond, never early. An alarm
 * that cannot be made (no descriptor left) throws: without it nothing of the daemon works.
 */
export function createAlarmFactory(watcher: FdWatcher): AlarmFactory {
  return { createAlarm: (onDue) => createAlarm(watcher, onDue) };
}

function createAlarm(watcher: FdWatcher, onDue: () => void): Alarm {
  const fd = timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK_CLOEXEC);
  if (fd < 0) throw new Error(`timerfd_create: ${sysError('timerfd_create', fd).message}`);
  /** struct itimerspec: interval (16 bytes, zero), then the instant in seconds and nanoseconds. */
  const setting = allocateMemory(32);
  const expirations = new Uint8Array(8);
  let armedAt: Micros | undefined;
  let phase: 'open' | 'closed' = 'open';

  const watch = watcher.watch(fd, () => {
    // EAGAIN: it was armed anew after it had become readable.
    if (phase === 'closed' || read(fd, expirations, 8) !== 8) return;
    armedAt = undefined;
    onDue();
  });
  if (isSysError(watch)) {
    close(fd);
    setting.free();
    throw new Error(`cannot watch a timer: ${watch.message}`);
  }

  return {
    arm: (at) => {
      if (phase === 'closed' || at === armedAt) return;
      armedAt = at;
      // All zero disarms, so an instant at or before the origin becomes the first nanosecond.
      const past = at !== undefined && at <= 0;
      const instant = at === undefined || past ? 0 : at;
      const wholeSeconds = Math.floor(instant / 1_000_000);
      const nanoseconds = past ? 1 : (instant % 1_000_000) * 1000;
      setting.view.setBigInt64(16, BigInt(wholeSeconds), littleEndian);
      setting.view.setBigInt64(24, BigInt(nanoseconds), littleEndian);
      const result = timerfdSettime(fd, TFD_TIMER_ABSTIME, setting.bytes, null);
      if (result < 0) throw new Error(`timerfd_settime: ${sysError('', result).message}`);
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watch.close();
      close(fd);
      setting.free();
    },
  };
}
