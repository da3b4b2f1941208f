/**
 * How a master leaves in order: it says goodbye once and then nothing, goes on serving, and is gone in
 * time; what lingers after it goes a moment later, of many addresses each on its own; and a process
 * that was told to stop ends.
 */
import type { IpAddress } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { SimHost } from '../host.ts';
import { type Checker, isEnding, routerKey, type Step } from '../types.ts';
import { OrderBook } from './orders.ts';
import {
  departureUs,
  isReborn,
  isUnmoved,
  LINGER_MANY_US,
  LINGER_US,
  MANY,
  require,
  routersOf,
  transitionsOf,
} from './rules.ts';

const NAME = 'departures';
/** The engine's alarm is not asked more often. */
const SLACK_US = 1000;

interface Leaving {
  readonly began: number;
  readonly limit: number;
}

export class DepartureChecker implements Checker {
  readonly #leaving = new Map<string, Leaving>();
  /** When each address must have gone. */
  readonly #lingering = new Map<string, Map<IpAddress, number>>();
  /** Hosts whose process was told to stop. */
  readonly #stopping = new Set<SimHost>();
  readonly #orders = new OrderBook();

  onCrash(host: SimHost): void {
    this.#orders.crash(host);
    this.#stopping.delete(host);
    for (const map of [this.#leaving, this.#lingering]) {
      for (const key of [...map.keys()]) if (key.startsWith(`${host.name} `)) map.delete(key);
    }
  }

  onStep(step: Step): void {
    const { host, stimulus } = step;
    if (stimulus.kind === 'start') this.onCrash(host);
    this.#orders.note(step);
    if (stimulus.kind === 'stopRequested') this.#stopping.add(host);
    if (isUnmoved(step) && stimulus.kind !== 'addressClaimed') return;
    for (const name of routersOf(step)) {
      this.#checkDeparture(step, name);
      this.#checkLingering(step, name);
    }
    this.#checkStop(step);
  }

  #checkDeparture(step: Step, name: string): void {
    const key = routerKey(step.host, name);
    const before = isReborn(step, name) ? undefined : step.before.get(name)?.departure;
    const after = step.after.get(name)?.departure;
    const where = `${step.host.name} ${name}`;
    const adverts = advertsOf(step, name);
    if (before === undefined && after !== undefined) {
      const model = step.host.node?.router(name)?.model;
      if (model === undefined) return;
      require(model.plannedHandover === 'on', NAME, () => `${where} leaves although it may not`);
      require(adverts.at(-1) === 0, NAME, () => `${where} leaves without a word`);
      require(transitionsOf(step, name).length === 0, NAME, () => `${where} leaves at once`);
      const told = eventsOf(step, name, 'handoverBegan');
      require(told === 1, NAME, () => `${where} tells ${told} times that it leaves`);
      this.#leaving.set(key, { began: step.now, limit: departureUs(model) });
      return;
    }
    const leaving = this.#leaving.get(key);
    if (leaving === undefined) return;
    if (after !== undefined) {
      require(adverts.length === 0, NAME, () =>
        `${where} says ${adverts.join()} after its goodbye`);
    } else this.#checkEnd(step, name);
    const late = step.now - leaving.began - leaving.limit;
    const isOver = step.stimulus.kind === 'expire' && late > step.lateUs + SLACK_US;
    require(!isOver || after === undefined, NAME, () => `${where} still leaves ${late} us late`);
    if (after === undefined) this.#leaving.delete(key);
  }

  #checkEnd(step: Step, name: string): void {
    const told = eventsOf(step, name, 'handoverEnded');
    const where = `${step.host.name} ${name}`;
    require(told === 1, NAME, () => `${where} tells ${told} times that it has left`);
    const goodbyes = advertsOf(step, name).filter((priority) => priority === 0);
    require(goodbyes.length === 0, NAME, () => `${where} says goodbye twice`);
    const was = step.before.get(name)?.departure;
    const after = step.after.get(name);
    const mustEnd = (was === 'shutdown' || was === 'removed') && !isReborn(step, name);
    require(!mustEnd || after === undefined || isEnding(after), NAME, () =>
      `${where} does not end`);
    const { restraint } = this.#orders.of(step.host, name);
    const stays = step.after.get(name)?.state === 'master';
    require(!stays || restraint !== 'drained', NAME, () => `${where} stays although drained`);
    const leftAlone = step.stimulus.kind === 'expire' && !stays && step.after.has(name);
    const isStopped = isEnded(step, name) || hasFailed(step, name);
    require(!leftAlone || isStopped || restraint === 'drained', NAME, () => {
      return `${where} leaves the addresses to nobody`;
    });
  }

  #checkLingering(step: Step, name: string): void {
    const key = routerKey(step.host, name);
    const { now, stimulus, host } = step;
    const where = `${host.name} ${name}`;
    const due = this.#lingering.get(key);
    if (due !== undefined && stimulus.kind === 'addressClaimed') {
      const until = due.get(stimulus.address);
      if (until !== undefined) due.set(stimulus.address, Math.min(until, now + LINGER_US));
    }
    const moves = transitionsOf(step, name);
    for (const effect of step.effects) {
      if (effect.kind !== 'removeAddresses' || effect.instance !== name) continue;
      for (const { address } of effect.addresses) {
        const until = due?.get(address);
        due?.delete(address);
        const isEarly = until !== undefined && until > now && stimulus.kind === 'expire';
        require(!isEarly || moves.length > 0, NAME, () => `${where} drops ${address} too early`);
      }
    }
    this.#begin(step, name, key);
    const after = step.after.get(name);
    if (after?.state === 'master' || after === undefined) this.#lingering.delete(key);
    const left = this.#lingering.get(key);
    const count = left?.size ?? 0;
    require(count === (after?.lingering ?? 0), NAME, () => {
      return `${where} lets ${after?.lingering} addresses linger where ${count} should`;
    });
    if (stimulus.kind !== 'expire' || left === undefined) return;
    for (const [address, until] of left) {
      require(until > now, NAME, () => `${where} still has ${address}, ${now - until} us late`);
    }
  }

  /** A master that ceases without removing its addresses lets them linger. */
  #begin(step: Step, name: string, key: string): void {
    const was = step.before.get(name);
    const is = step.after.get(name);
    if (was?.state !== 'master' || is === undefined || is.state === 'master') return;
    if (isReborn(step, name) || hasRemoved(step, name)) return;
    const model = step.host.node?.router(name)?.model;
    if (model === undefined) return;
    const held = vipsOf(model);
    const until = step.now + (held.length > MANY ? LINGER_MANY_US : LINGER_US);
    this.#lingering.set(key, new Map(held.map((address) => [address, until])));
  }

  /** Every router that is still there leaves, or has something that lingers: both end in time. */
  #checkStop({ host, stimulus, after }: Step): void {
    if (!this.#stopping.has(host)) return;
    if (stimulus.kind === 'stopRequested' && stimulus.pace === 'at-once') {
      require(after.size === 0, NAME, () => `${host.name} does not stop at once`);
    }
    for (const { name, departure, lingering } of after.values()) {
      const ends = departure === 'shutdown' || departure === 'removed' || lingering > 0;
      require(ends, NAME, () => `${host.name} ${name} will not stop (${departure})`);
    }
    if (after.size === 0) this.#stopping.delete(host);
  }
}

function isEnded({ after }: Step, name: string): boolean {
  return after.get(name)?.state === 'init';
}

function hasFailed(step: Step, name: string): boolean {
  return transitionsOf(step, name).some(({ cause }) => cause.kind !== 'operator');
}

function hasRemoved({ effects }: Step, name: string): boolean {
  return effects.some((effect) => effect.kind === 'removeAddresses' && effect.instance === name);
}

function advertsOf({ effects }: Step, name: string): readonly number[] {
  const sent: number[] = [];
  for (const effect of effects) {
    if (effect.kind === 'sendAdvert' && effect.instance === name) sent.push(effect.priority);
  }
  return sent;
}

function eventsOf(
  { effects }: Step,
  name: string,
  kind: 'handoverBegan' | 'handoverEnded',
): number {
  return effects.filter(
    (effect) =>
      effect.kind === 'record' && effect.event.kind === kind && effect.event.instance === name,
  ).length;
}
