import { MICROS_PER_SECOND, type Micros, micros } from '../../../base/time.ts';
import type { LiveServer } from '../live.ts';
import { WEIGHT_SCALE } from '../usable.ts';

const STEPS = 20;

/** Weights change so often while a server starts slowly, never more than once a second. */
export function slowStartStep(slowstart: Micros): Micros {
  return micros(Math.max(MICROS_PER_SECOND, slowstart / STEPS));
}

/**
 * Percent of its weight so long after it came up, in steps of a sixteenth that begin with one; whole
 * seconds count. `haproxy` rounds what it shows by the weight, so that 1/16 is 6 % of 10, but 7 % of 1.
 */
export function throttleAt(server: LiveServer, now: Micros): number {
  const { config, userWeight, health } = server;
  const seconds = Math.ceil((config.slowstart ?? 0) / MICROS_PER_SECOND);
  const passed = Math.floor((now - health.lastChange) / MICROS_PER_SECOND);
  const share = Math.floor((WEIGHT_SCALE * passed + seconds) / Math.max(1, seconds));
  if (share >= WEIGHT_SCALE) return 100;
  const weight = Math.max(1, userWeight);
  return Math.floor((100 * weight * share + WEIGHT_SCALE - 1) / (WEIGHT_SCALE * weight));
}
