/** One of several processes that share the sockets of one configuration (ADR 0010). */
export interface Place {
  /** 0 leads: it checks servers, and answers for all. */
  readonly index: number;
  readonly count: number;
}

export const ALONE: Place = { index: 0, count: 1 };

/**
 * Of a limit that all have together; 0, which is none, stays 0. Nobody's share is nothing: a limit below the
 * number of processes is one for each.
 */
export function shareOf(limit: number, { index, count }: Place): number {
  if (count === 1 || limit === 0) return limit;
  return Math.max(1, Math.floor(limit / count) + (index < limit % count ? 1 : 0));
}
