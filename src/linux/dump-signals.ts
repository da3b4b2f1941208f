/** The real-time signals that keepalived's users ask for dumps with. */
import { SIG_IGN, signal } from './ffi/libc.ts';
import { realtimeSignals } from './ffi/uv-signal.ts';

export interface DumpSignals {
  readonly json: number;
  readonly statisticsAndClear: number;
  readonly timers: number;
}

/** 36, 63 and 64 with glibc; other C libraries keep more of them for themselves. */
export function dumpSignals(): DumpSignals {
  const { first, last } = realtimeSignals();
  return { json: first + 2, statisticsAndClear: last - 1, timers: last };
}

/**
 * Has them ignored until the program that takes this one's place listens to them; returns what undoes
 * it. Node puts the signals that it has names for back to their defaults when it starts, and these not.
 */
export function ignoreDumpSignals(): () => void {
  const before = Object.values(dumpSignals()).map((number) => ({
    number,
    handler: signal(number, SIG_IGN),
  }));
  return () => {
    for (const { number, handler } of before) signal(number, handler);
  };
}
