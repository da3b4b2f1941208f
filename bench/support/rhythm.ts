import type { SeenAdvert } from './advert-tap.ts';
import { quantile } from './figures.ts';

/** How regularly the adverts of one virtual router came, until the end of the measurement. */
export interface Rhythm {
  readonly adverts: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Adverts that should have come between two that did. */
  readonly missed: number;
}

export function rhythmOf(
  adverts: readonly SeenAdvert[],
  { intervalMs, untilMs }: { readonly intervalMs: number; readonly untilMs: number },
): Rhythm {
  const distances: number[] = [];
  let before: SeenAdvert | undefined;
  for (const advert of adverts) {
    if (before !== undefined) distances.push(advert.atMs - before.atMs);
    before = advert;
  }
  // A host that is master no more sends nothing.
  const rest = untilMs - (before?.atMs ?? untilMs);
  if (rest > intervalMs) distances.push(rest);
  const missed = distances.map((distance) => Math.max(0, Math.floor(distance / intervalMs) - 1));
  return {
    adverts: adverts.length,
    p99Ms: quantile(distances, 0.99),
    longestMs: quantile(distances, 1),
    missed: missed.reduce((sum, count) => sum + count, 0),
  };
}
