/**
 * Who answers for an address. While all is well at most one host does, but for the moment in which a
 * successor serves already and its predecessor's addresses linger. A process that was killed or hangs
 * is cut off by its kernel soon after a successor serves. And where a master leaves in order, somebody
 * answers all the time.
 */
import type { IpAddress } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import type { Checker, Step } from '../types.ts';
import { LINGER_MANY_US, LINGER_US, MANY, require } from './rules.ts';

const NAME = 'answers';
/** A packet's way, a late alarm, and the kernel's work on some addresses. */
const DELAYS_US = 5000;
/** Two hosts hold an address for no longer when one of them hangs. */
const DEAD_US = 1_500_000;

interface Address {
  readonly instance: string;
  readonly answering: Set<SimHost>;
  /** Since when more than one answers. */
  overlapSince: number | undefined;
  /** A master that has said goodbye and has to serve until another does. */
  leaver: SimHost | undefined;
}

export class AnswerChecker implements Checker {
  readonly #now: () => number;
  readonly #addresses = new Map<IpAddress, Address>();
  /** Hosts whose process hangs or was killed. */
  readonly #dead = new Set<SimHost>();
  #hosts: readonly SimHost[] = [];
  /** Everything is well but for what `fails` says. */
  #weather: 'calm' | 'rough' = 'rough';

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on all is well, or not any more. */
  expect(weather: 'calm' | 'rough', hosts: readonly SimHost[]): void {
    this.#weather = weather;
    this.#hosts = hosts;
    this.#addresses.clear();
    this.#dead.clear();
    if (weather === 'rough') return;
    const [first, ...others] = hosts;
    if (first === undefined) return;
    for (const { model } of routersOf(first)) {
      for (const address of vipsOf(model)) {
        // A reload may have given an address to one host only.
        const isShared = others.every((other) => holds(other, model.name, address));
        if (isShared) this.#adopt(address, model.name);
      }
    }
    for (const host of hosts) this.onAnswers(host);
  }

  #adopt(address: IpAddress, instance: string): void {
    this.#addresses.set(address, {
      instance,
      answering: new Set(),
      overlapSince: undefined,
      leaver: undefined,
    });
  }

  onCrash(host: SimHost): void {
    this.#dead.add(host);
    for (const state of this.#addresses.values()) {
      if (state.leaver === host) state.leaver = undefined;
    }
    this.onAnswers(host);
  }

  onStep(step: Step): void {
    const { host, effects, after } = step;
    for (const effect of effects) {
      if (effect.kind !== 'sendAdvert') continue;
      const isLeaving = after.get(effect.instance)?.departure !== undefined;
      if (effect.priority === 0 && isLeaving) this.#noteLeaver(host, effect.instance);
    }
    if (this.#weather === 'rough') return;
    for (const [address, state] of this.#addresses) this.#checkOverlap(address, state);
  }

  onAnswers(host: SimHost): void {
    if (this.#weather === 'rough') return;
    for (const [address, state] of this.#addresses) {
      const answers = isReachable(host) && host.kernel.answers(address);
      if (answers === state.answering.has(host)) continue;
      this.#checkOverlap(address, state);
      if (answers) state.answering.add(host);
      else state.answering.delete(host);
      if (answers && state.leaver !== undefined && state.leaver !== host) state.leaver = undefined;
      this.#checkGap(address, state);
      if (state.answering.size < 2) state.overlapSince = undefined;
      else state.overlapSince ??= this.#now();
    }
    const holds = [...this.#addresses.values()].some(({ answering }) => answering.has(host));
    if (!holds && host.process === 'running') this.#dead.delete(host);
  }

  #noteLeaver(host: SimHost, instance: string): void {
    if (this.#weather === 'rough') return;
    const others = this.#hosts.filter((other) => other !== host && canSucceed(other, instance));
    for (const state of this.#addresses.values()) {
      if (state.instance !== instance || !state.answering.has(host)) continue;
      state.leaver = others.length > 0 ? host : undefined;
    }
  }

  #checkGap(address: IpAddress, state: Address): void {
    const { leaver, answering } = state;
    if (leaver === undefined || answering.size > 0) return;
    // Its link has failed meanwhile, or it serves again.
    const view = leaver.views.get(state.instance);
    const hasTime = canServeInTime(this.#hosts, state.instance);
    const isOver =
      !isReachable(leaver) || (view?.state === 'master' && view.departure === undefined);
    require(isOver || !hasTime, NAME, () => {
      return `nobody answers for ${address} after ${leaver.name} has said goodbye`;
    });
    state.leaver = undefined;
  }

  #checkOverlap(address: IpAddress, state: Address): void {
    const { overlapSince, answering } = state;
    if (overlapSince === undefined || answering.size < 2) return;
    for (const host of answering) if (host.process !== 'running') this.#dead.add(host);
    const lasted = this.#now() - overlapSince;
    const bound = this.#boundOf(state);
    require(lasted <= bound, NAME, () => {
      const names = [...answering].map(({ name }) => name).join(' and ');
      return `${names} answer for ${address} for ${lasted} us, more than ${bound}`;
    });
  }

  #boundOf({ answering, instance }: Address): number {
    const hosts = [...answering];
    const models = this.#hosts.flatMap((host) => routersOf(host)).map(({ model }) => model);
    const own = models.filter(({ name }) => name === instance);
    const dead = hosts.filter((host) => this.#dead.has(host));
    const counts = own.map((model) => vipsOf(model).length);
    // One host adds what the other removes, each behind what it was told before.
    const load = models.reduce((sum, model) => sum + vipsOf(model).length, 0);
    const work = load * Math.max(...hosts.map(({ kernel }) => kernel.operationTime));
    if (dead.length > 0) {
      if (!dead.every(isGuarded)) return Number.POSITIVE_INFINITY;
      return DEAD_US + spreadOf(own) + work;
    }
    // Two owners that do not listen to each other take their time to find out.
    if (own.some(({ priority }) => priority === 255)) return Number.POSITIVE_INFINITY;
    const lingers = own.some(({ plannedHandover }) => plannedHandover === 'on');
    // Who does not look at its link serves on without one, and who does not answer a lower claim lets
    // it stand: the other hears of it with the next advert.
    const blind = own.some((model) => !model.trackInterface || model.lowerPriorityNoAdvert);
    const deaf = blind ? 2 * Math.max(...own.map(({ advertInterval }) => advertInterval)) : 0;
    const isMany = counts.some((count) => count > MANY);
    return (lingers ? (isMany ? LINGER_MANY_US : LINGER_US) : 0) + DELAYS_US + work + deaf;
  }
}

/** A successor that waits for fewer adverts is there sooner than a guard could know. */
function spreadOf(models: readonly VrrpInstanceModel[]): number {
  const adverts = models.map(({ downTimerAdverts }) => downTimerAdverts);
  const interval = Math.max(...models.map(({ advertInterval }) => advertInterval));
  return (Math.max(...adverts) - Math.min(...adverts)) * interval;
}

function isGuarded({ model }: SimHost): boolean {
  return model.global.deadMan === 'on';
}

function isReachable(host: SimHost): boolean {
  if (host.power === 'off') return false;
  return host.model.instances.every((instance) => host.linkState(instance.interface) === 'up');
}

function canSucceed(host: SimHost, instance: string): boolean {
  const view = host.views.get(instance);
  return host.process === 'running' && view?.state === 'backup' && view.restraint !== 'drained';
}

/** A kernel that takes longer over the addresses than the predecessor waits leaves a gap. */
function canServeInTime(hosts: readonly SimHost[], instance: string): boolean {
  return hosts.every((host) => {
    const model = routersOf(host).find((router) => router.model.name === instance)?.model;
    if (model === undefined) return true;
    return vipsOf(model).length * host.kernel.operationTime < LINGER_US / 2;
  });
}

function holds(host: SimHost, instance: string, address: IpAddress): boolean {
  return routersOf(host).some(({ model }) => {
    return model.name === instance && vipsOf(model).includes(address);
  });
}

function routersOf({ node, model }: SimHost): readonly { readonly model: VrrpInstanceModel }[] {
  return (node?.model ?? model).instances.map((instance) => ({ model: instance }));
}
