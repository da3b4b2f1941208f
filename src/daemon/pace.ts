/** How long work on addresses may keep this process from adverts, and the others from the processor. */

export interface Pace {
  /** One piece: nothing else of this process runs meanwhile. */
  readonly pieceUs: number;
  /** Pieces in a row, after which the others get their share; see streak.ts. */
  readonly streakUs: number;
}

/** With 2 ms, what comes between two pieces takes a third of the time of thousands of IPv6 addresses. */
const SHORT: Pace = { pieceUs: 4000, streakUs: 11_000 };
/**
 * Where nobody waits for an advert so soon. Longer streaks are no quicker: in a pause the kernel's thread finishes
 * what it has, and the next additions do not wait for it.
 */
const LONG: Pace = { pieceUs: 14_000, streakUs: 11_000 };
const LONG_ADVERT_INTERVAL_US = 500_000;

/** `shortestIntervalUs`: how often adverts go, of the router that sends most. */
export function paceFor(shortestIntervalUs: number): Pace {
  return shortestIntervalUs < LONG_ADVERT_INTERVAL_US ? SHORT : LONG;
}
