import type { Rng } from '../../../base/rng.ts';
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { LiveServer, ServerHealth } from '../live.ts';
import type { CheckKind } from './types.ts';

/** How long after an answer the next question comes; undefined: there is no such check. */
export function intervalOf({ config, health }: LiveServer, what: CheckKind): Micros | undefined {
  if (what === 'agent') return config.agent?.inter;
  const { check } = config;
  if (check === undefined) return undefined;
  if (isSettledUp(health)) return check.inter;
  if (health.health === 0 && health.operational === 'stopped') return check.downinter;
  return check.fastinter;
}

function isSettledUp({ operational, health, rise, fall }: ServerHealth): boolean {
  return operational !== 'stopped' && health === rise + fall - 1;
}

/** Earlier or later by up to so many percent. */
export function spread(interval: Micros, percent: number, rng: Rng): Micros {
  if (percent === 0) return interval;
  return micros(interval * (1 + (percent / 100) * (1 - 2 * rng.next())));
}

/** First questions, spread evenly over the shortest interval of all. */
export function firstQuestions(intervals: readonly Micros[], now: Micros): Micros[] {
  const shortest = intervals.reduce((least, interval) => Math.min(least, interval), Infinity);
  return intervals.map((_, index) =>
    addMicros(now, Math.floor((shortest * index) / intervals.length)),
  );
}
