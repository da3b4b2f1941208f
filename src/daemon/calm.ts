/** Waits for a moment, right after an advert, at which work that takes its time disturbs nobody. */

/** The parts of a reload with thousands of addresses take up to so long; less than the usual shortest interval. */
const CALM_US = 95_000;
const ATTEMPTS = 10;
/** A hand-over to another host takes up to five seconds, and may leave addresses for as long. */
const QUIET_ATTEMPTS = 600;
const RETRY_MS = 20;

export interface Calm {
  /** Until the engine wants to be called; Infinity where it does not. */
  untilDueUs(): number;
  /** What stops needs no such work any more. `frozen`: it is not known yet who acts on. */
  readonly phase: 'running' | 'frozen' | 'stopping';
}

/** `neededUs`: what the work takes. */
export function whenCalm(
  calm: Calm,
  act: () => void,
  neededUs = CALM_US,
  patience = ATTEMPTS,
): void {
  if (calm.phase === 'stopping') return;
  if (calm.phase === 'frozen') {
    setTimeout(() => whenCalm(calm, act, neededUs, patience), RETRY_MS);
    return;
  }
  const dueUs = calm.untilDueUs();
  if (dueUs >= neededUs || patience === 0) {
    act();
    return;
  }
  setTimeout(() => whenCalm(calm, act, neededUs, patience - 1), Math.max(0, dueUs) / 1000 + 1);
}

/** The same, once nothing is under way that is over soon; where that lasts too long, all the same. */
export function whenQuiet(
  calm: Calm & { isQuiet(): boolean },
  act: () => void,
  patience = QUIET_ATTEMPTS,
): void {
  if (patience === 0 || calm.isQuiet()) whenCalm(calm, act);
  else setTimeout(() => whenQuiet(calm, act, patience - 1), RETRY_MS);
}
