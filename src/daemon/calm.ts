/** Waits for a moment at which work that takes its time disturbs nobody. */

/** The parts of a reload with thousands of addresses take up to so long; less than the usual shortest interval. */
const CALM_US = 95_000;
const ATTEMPTS = 10;

export interface Calm {
  /** Until the engine wants to be called; Infinity where it does not. */
  untilDueUs(): number;
  /** What stops needs no such work any more. */
  readonly phase: 'running' | 'stopping';
}

export function whenCalm(calm: Calm, act: () => void, patience = ATTEMPTS): void {
  if (calm.phase !== 'running') return;
  const dueUs = calm.untilDueUs();
  if (dueUs >= CALM_US || patience === 0) {
    act();
    return;
  }
  setTimeout(() => whenCalm(calm, act, patience - 1), Math.max(0, dueUs) / 1000 + 1);
}
