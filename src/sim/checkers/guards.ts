/**
 * The kernel takes addresses away from a process that says nothing for the time of its guard. So a
 * master renews at each advert but not more often than every 100 ms; and what may have run out is
 * another's by now: whoever wakes up too late gives everything up before it says or does anything else.
 */
import type { NodeEffect } from '../../core/node.ts';
import type { Guard } from '../../core/vrrp/types.ts';
import type { SimHost } from '../host.ts';
import { type Checker, routerKey, type Step } from '../types.ts';
import { isReborn, movedBy, require, routersOf, transitionsOf } from './rules.ts';

const NAME = 'guard';
const RENEWAL_MIN_US = 100_000;
/** The engine gives up a little before the kernel does. */
const MARGIN_US = 50_000;
const SLACK_US = 1000;

/** What a router holds, and since when nobody has vouched for it. */
interface Hold {
  guard: Guard;
  renewedAt: number;
  intervalUs: number;
}

type InstanceEffect = Extract<NodeEffect, { instance: string }>;

export class GuardChecker implements Checker {
  readonly #holds = new Map<string, Hold>();

  onCrash(host: SimHost): void {
    for (const key of [...this.#holds.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#holds.delete(key);
    }
  }

  onStep(step: Step): void {
    if (step.stimulus.kind === 'start') this.onCrash(step.host);
    if (step.effects.length === 0 && step.stimulus.kind !== 'expire') return;
    for (const name of routersOf(step)) {
      this.#checkRouter(step, name);
    }
  }

  #checkRouter(step: Step, name: string): void {
    const key = routerKey(step.host, name);
    const hold = this.#holds.get(key);
    const isElected = transitionsOf(step, name).some(({ to }) => to === 'master');
    if (hold !== undefined) this.#checkAwake(step, name, hold);
    for (const effect of step.effects) {
      if ('instance' in effect && effect.instance === name) {
        this.#checkOrder(step, effect, { hold, isElected: isElected ? 'yes' : 'no' });
      }
    }
    const model = step.host.node?.router(name)?.model;
    const after = step.after.get(name);
    const intervalUs = model?.advertInterval ?? 0;
    if (isElected && after !== undefined) {
      this.#holds.set(key, { guard: after.guard, renewedAt: step.now, intervalUs });
    } else if (hold === undefined) return;
    else if (after === undefined || isReborn(step, name)) this.#holds.delete(key);
    else if (after.state !== 'master' && after.lingering === 0) this.#holds.delete(key);
    else if (step.stimulus.kind === 'expire') checkRhythm(step, name, { hold, intervalUs });
  }

  /** Gives up exactly when it has slept for longer than its guard. */
  #checkAwake(step: Step, name: string, hold: Hold): void {
    const silence = step.now - hold.renewedAt;
    const isTooLate = silence > ownValidity(hold.guard);
    const where = `${step.host.name} ${name}`;
    const gaveUp = movedBy(step, name, 'overslept');
    require(isTooLate || !gaveUp, NAME, () => `${where} gives up after ${silence} us only`);
    if (!isTooLate || step.stimulus.kind !== 'expire') return;
    const mustGiveUp = step.before.get(name)?.state === 'master';
    require(gaveUp || !mustGiveUp, NAME, () => `${where} goes on after ${silence} us`);
  }

  #checkOrder(
    step: Step,
    effect: InstanceEffect,
    { hold, isElected }: { hold: Hold | undefined; isElected: 'yes' | 'no' },
  ): void {
    const { now, stimulus, host } = step;
    const where = `${host.name} ${effect.instance}`;
    const vouches =
      effect.kind === 'renewGuard' ||
      effect.kind === 'restoreAddresses' ||
      effect.kind === 'addAddresses' ||
      (effect.kind === 'sendAdvert' && effect.priority > 0);
    if (!vouches || isElected === 'yes') return;
    require(hold !== undefined, NAME, () => `${where} holds nothing: ${effect.kind}`);
    if (hold === undefined) return;
    const silence = now - hold.renewedAt;
    require(silence <= kernelValidity(hold.guard), NAME, () => {
      return `${where} was not elected anew after ${silence} us of silence: ${effect.kind}`;
    });
    if (effect.kind !== 'renewGuard') return;
    if (stimulus.kind !== 'reconfigured') {
      require(hold.guard.kind !== 'none', NAME, () => `${where} renews without a guard`);
      require(silence >= RENEWAL_MIN_US, NAME, () => `${where} renews after ${silence} us`);
    }
    hold.guard = effect.guard;
    hold.renewedAt = now;
    hold.intervalUs = host.node?.router(effect.instance)?.model.advertInterval ?? 0;
  }
}

/** With every advert that is no sooner than 100 ms after the last renewal. */
function checkRhythm(
  { now, lateUs, host }: Step,
  name: string,
  { hold, intervalUs }: { hold: Hold; intervalUs: number },
): void {
  if (hold.guard.kind === 'none') return;
  const longest = Math.max(intervalUs, hold.intervalUs) + RENEWAL_MIN_US;
  const silence = now - hold.renewedAt;
  require(silence <= longest + lateUs + host.lateness + SLACK_US, NAME, () => {
    return `${host.name} ${name} has not renewed for ${silence} us`;
  });
}

function kernelValidity(guard: Guard): number {
  if (guard.kind === 'none') return Number.POSITIVE_INFINITY;
  return guard.kind === 'lifetime' ? guard.seconds * 1_000_000 : guard.validity;
}

function ownValidity(guard: Guard): number {
  const validity = kernelValidity(guard);
  return guard.kind === 'lifetime' ? validity - MARGIN_US : validity;
}
