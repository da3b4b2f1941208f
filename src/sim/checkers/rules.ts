/**
 * VRRP's arithmetic once more, written down from the RFCs and not from the engine, so that the two
 * can disagree. Only the checkers use it.
 */
import { compareIp, type IpAddress } from '../../base/ip.ts';
import type { Tracking, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Cause } from '../../core/vrrp/types.ts';
import { type Step, Violation } from '../types.ts';

export function require(condition: boolean, checker: string, message: () => string): void {
  if (!condition) throw new Violation(checker, message());
}

export interface Speed {
  /** Learned or own, in microseconds. */
  readonly intervalUs: number;
  readonly priority: number;
}

/** RFC 3768 §6.1, RFC 9568 §6.1, truncated to whole microseconds. */
export function skewUs(model: VrrpInstanceModel, { intervalUs, priority }: Speed): number {
  const counted = model.priority === 255 ? 255 : priority;
  const unitUs = model.version === 2 ? 1_000_000 : Math.trunc(intervalUs / 10_000) * 10_000;
  return Math.trunc((unitUs * (256 - counted)) / 256);
}

export function masterDownUs(model: VrrpInstanceModel, speed: Speed): number {
  return speed.intervalUs * model.downTimerAdverts + skewUs(model, speed);
}

/** Who of two masters stays: the higher priority, then the higher address. */
export function compareClaims(
  left: { readonly priority: number; readonly address: IpAddress },
  right: { readonly priority: number; readonly address: IpAddress },
): number {
  return left.priority - right.priority || compareIp(left.address, right.address);
}

/** How long a master that leaves waits for its successor: 1.2 of the longest skew, 5 s at most. */
export function departureUs({ version, advertInterval }: VrrpInstanceModel): number {
  const longestSkew = version === 2 ? 1_000_000 : advertInterval;
  return Math.min(5_000_000, (longestSkew * 12) / 10);
}

/** Addresses of a former master answer for so long; of many, each until its successor has claimed it. */
export const LINGER_US = 20_000;
export const LINGER_MANY_US = 5_000_000;
export const MANY = 20;

/** The transitions that one router made in a step, in order. */
export function transitionsOf({ effects }: Step, instance: string): readonly Transition[] {
  const found: Transition[] = [];
  for (const effect of effects) {
    if (effect.kind !== 'record' || effect.event.kind !== 'transition') continue;
    if (effect.event.instance === instance) found.push(effect.event);
  }
  return found;
}

export type Transition = Extract<
  Extract<Step['effects'][number], { kind: 'record' }>['event'],
  { kind: 'transition' }
>;

export function movedBy(step: Step, instance: string, kind: Cause['kind']): boolean {
  return transitionsOf(step, instance).some(({ cause }) => cause.kind === kind);
}

/** Something was heard, and nothing came of it. */
export function isUnmoved({ before, after, effects }: Step): boolean {
  return before === after && effects.length === 0;
}

/** The routers that there were before the step, and those that came in it. */
export function routersOf({ before, after }: Step): readonly string[] {
  const names = [...before.keys()];
  for (const name of after.keys()) if (!before.has(name)) names.push(name);
  return names;
}

/** Whether the router ended in this step, and another of its name took its place. */
export function isReborn({ effects, after }: Step, instance: string): boolean {
  if (!after.has(instance)) return false;
  return effects.some((effect) => effect.kind === 'closeInstance' && effect.instance === instance);
}

/** Configured priority (or the operator's) and the weights in force, within 1..254. */
export function expectedPriority(
  model: VrrpInstanceModel,
  base: number,
  verdictOf: (kind: 'script' | 'interface', name: string) => 'unknown' | 'up' | 'down',
): number {
  if (model.priority === 255) return 255;
  let sum = base;
  for (const tracking of model.trackedScripts) {
    sum += weightOf(tracking, verdictOf('script', tracking.name));
  }
  for (const tracking of model.trackedInterfaces) {
    sum += weightOf(tracking, verdictOf('interface', tracking.name));
  }
  if (sum < 1) return 1;
  return sum > 254 ? 254 : sum;
}

function weightOf({ weight, sense }: Tracking, verdict: 'unknown' | 'up' | 'down'): number {
  if (verdict === 'unknown') return 0;
  const good = (verdict === 'up') === (sense === 'normal');
  return (weight > 0 && good) || (weight < 0 && !good) ? weight : 0;
}
