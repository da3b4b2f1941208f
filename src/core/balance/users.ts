/** Who wants to know what a check says: a real server, or whoever tracks it. */
import type { HealthCheck } from '../../config/model/health-check.ts';
import type { Checker } from '../check/checker.ts';
import type { PoolUser } from './pool.ts';
import type { CheckOpinion } from './real-server.ts';

export type CheckUser =
  | PoolUser
  /** A `track_check`. */
  | { readonly kind: 'track'; readonly name: string };

/** What thousands of checks say that have nothing to say about the weight. */
const PASSES: CheckOpinion = { state: 'passes', contribution: 0 };
const FAILS: CheckOpinion = { state: 'fails', contribution: 0 };

/**
 * What a check that asks says of a server, also before its first result. `unanswered`: what it counts as until
 * then. A server that is there already stays what it was: a reload with new checks takes out nobody who was
 * well, and lets in nobody who was not. `weight`: the configured one of the server.
 */
export function opinionOf(
  checker: Partial<Pick<Checker, 'verdict' | 'weight'>> | undefined,
  unanswered: 'up' | 'down',
  weight: number,
): CheckOpinion {
  const verdict = checker?.verdict ?? 'unknown';
  const isUp = (verdict === 'unknown' ? unanswered : verdict) === 'up';
  const usual = isUp ? PASSES : FAILS;
  return checker?.weight === undefined
    ? usual
    : { ...usual, contribution: checker.weight - weight };
}

/** IPVS knows no larger weight; a file that takes away as much means: out. */
const WEIGHT_LIMIT = 65_535;

/** What the number in a file says of a server; `value` is absent where it cannot be read. */
export function fileOpinion(
  { weight, sense }: Extract<HealthCheck, { kind: 'file' }>,
  value: number | undefined,
): CheckOpinion {
  if (value === undefined) return { state: 'passes', contribution: 0 };
  if (weight === 0) {
    const isDown = sense === 'normal' ? value !== 0 : value === 0;
    return { state: isDown ? 'fails' : 'passes', contribution: 0 };
  }
  const change = value * weight * (sense === 'reverse' ? -1 : 1);
  if (change <= -WEIGHT_LIMIT) return { state: 'fails', contribution: 0 };
  return { state: 'passes', contribution: Math.min(WEIGHT_LIMIT, change) };
}

/** A session that has said nothing yet is up, unless the check begins down. */
export function sessionOpinion(
  { alpha }: Extract<HealthCheck, { kind: 'bfd' }>,
  state: 'up' | 'down' | undefined,
): CheckOpinion {
  const fails = state === undefined ? alpha : state === 'down';
  return { state: fails ? 'fails' : 'passes', contribution: 0 };
}
