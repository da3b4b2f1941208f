/**
 * What a change of state orders, and in which order. Becoming master: the advert first, then the
 * addresses, then their announcement, then the scripts. Ceasing: priority 0 (unless it yields, or has
 * said so before), then the addresses (unless a successor serves: then they linger), then the scripts.
 * And in no other state does a router send or hold anything.
 */
import type { IpAddress } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { NodeEffect } from '../../core/node.ts';
import type { SimHost } from '../host.ts';
import { type Checker, routerKey, type Step } from '../types.ts';
import { isReborn, require, type Transition } from './rules.ts';

const NAME = 'effects';
const NOTIFIED = { init: 'STOP', backup: 'BACKUP', master: 'MASTER', fault: 'FAULT' } as const;

/** What is said beside the change of state itself. */
const ASIDES: readonly NodeEffect['kind'][] = ['inquire', 'sendPeerMessage'];
/** One wake-up serves all timers that are due, and one reload all that it changes. */
const SEVERAL: readonly Step['stimulus']['kind'][] = ['expire', 'reconfigured'];

type InstanceEffect = Extract<NodeEffect, { instance: string }>;
type Batch = readonly InstanceEffect[];

/** What a router has said and left behind. */
interface Trail {
  model: VrrpInstanceModel | undefined;
  /** Its last advert was a goodbye. */
  goodbye: 'said' | 'unsaid';
  /** Addresses of a former master that were not taken away yet. */
  lingering: ReadonlySet<IpAddress>;
}

export class EffectChecker implements Checker {
  readonly #trails = new Map<string, Trail>();

  onCrash(host: SimHost): void {
    for (const key of [...this.#trails.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#trails.delete(key);
    }
  }

  onStep(step: Step): void {
    if (step.effects.length === 0) return;
    if (step.stimulus.kind === 'start') this.onCrash(step.host);
    /** What each instance has ordered since its last transition. */
    const batches = new Map<string, InstanceEffect[]>();
    for (const effect of step.effects) {
      if (effect.kind === 'openInstance') continue;
      if (effect.kind === 'record' && effect.event.kind === 'transition') {
        const { instance } = effect.event;
        this.#checkMove(step, effect.event, batches.get(instance) ?? []);
        batches.delete(instance);
      } else if (effect.kind === 'closeInstance') {
        this.#checkRest(step, effect.instance, batches.get(effect.instance) ?? []);
        batches.delete(effect.instance);
        this.#trails.delete(routerKey(step.host, effect.instance));
      } else if ('instance' in effect) {
        const batch = batches.get(effect.instance);
        if (batch === undefined) batches.set(effect.instance, [effect]);
        else batch.push(effect);
      }
    }
    for (const [instance, batch] of batches) this.#checkRest(step, instance, batch);
    if (step.stimulus.kind === 'reconfigured') this.#checkNews(step);
    if (step.stimulus.kind === 'ordered') checkOrdered(step);
    for (const effect of step.effects) {
      if (effect.kind === 'openInstance') {
        this.#trailOf(step, effect.model.name).model = effect.model;
      }
    }
  }

  #trailOf(step: Step, instance: string): Trail {
    const key = routerKey(step.host, instance);
    const known = this.#trails.get(key);
    if (known !== undefined) return known;
    const trail: Trail = { model: undefined, goodbye: 'unsaid', lingering: new Set() };
    this.#trails.set(key, trail);
    return trail;
  }

  #checkMove(step: Step, move: Transition, batch: Batch): void {
    const { from, to, instance } = move;
    const trail = this.#trailOf(step, instance);
    const model = trail.model ?? step.host.node?.router(instance)?.model;
    if (model === undefined) return;
    const where = `${step.host.name} ${instance} ${from} -> ${to}`;
    const loud = batch.filter(({ kind }) => !ASIDES.includes(kind));
    const wanted = wantedOf(step, move, { trail, model, loud });
    const extra = Math.max(0, loud.length - wanted.length);
    const rest = SEVERAL.includes(step.stimulus.kind) ? loud.slice(0, extra) : [];
    const orders = loud.slice(rest.length);
    this.#checkRest(step, instance, rest, from);
    const kinds = orders.map(({ kind }) => kind);
    require(same(kinds, wanted), NAME, () => `${where}: ${kinds.join()}, not ${wanted.join()}`);
    for (const order of orders) checkOrder(step, { move, model, order, where, trail });
    const held = vipsOf(model);
    noteAdverts(trail, orders);
    const removes = kinds.includes('removeAddresses');
    if (from === 'master' && !removes) trail.lingering = new Set(held);
    else if (removes || to === 'master') trail.lingering = new Set();
  }

  /** A master that has changed what it advertises says so at once. */
  #checkNews(step: Step): void {
    for (const [name, view] of step.after) {
      const before = this.#trailOf(step, name).model;
      const after = step.host.node?.router(name)?.model;
      if (view.state !== 'master' || before === undefined || after === undefined) continue;
      // It leaves, and says nothing more.
      if (step.before.get(name)?.departure !== undefined) continue;
      const sent = step.effects.some(
        (effect) => effect.kind === 'sendAdvert' && effect.instance === name,
      );
      require(sent || !isNews(before, after), NAME, () => {
        return `${step.host.name} ${name}: nobody hears of the reload`;
      });
    }
  }

  /** Without a transition only masters send, hold and announce; what lingers is renewed, and goes. */
  #checkRest(step: Step, instance: string, batch: Batch, state?: string): void {
    const view = step.after.get(instance);
    const trail = this.#trailOf(step, instance);
    const now = state ?? view?.state;
    const where = `${step.host.name} ${instance} in ${now}`;
    for (const effect of batch) {
      if (effect.kind === 'announceSource' || effect.kind === 'sendPeerMessage') continue;
      if (now !== 'master') {
        require(this.#isOfLingering(trail, effect), NAME, () => `${where}: ${effect.kind}`);
      }
      if (effect.kind !== 'sendAdvert' || view === undefined) continue;
      noteAdverts(trail, [effect]);
      const right = priorityAt(step, effect, view.effectivePriority);
      const isGoodbye = effect.priority === 0 && view.departure !== undefined;
      require(effect.priority === right || isGoodbye, NAME, () => {
        return `${where}: sends ${effect.priority}, is ${view.effectivePriority}`;
      });
      require(effect.source === view.source, NAME, () => `${where}: sends from ${effect.source}`);
      checkOwnSource(step, instance, effect.source);
    }
  }

  #isOfLingering(trail: Trail, effect: InstanceEffect): boolean {
    if (trail.lingering.size === 0) return false;
    if (effect.kind === 'renewGuard') return true;
    if (effect.kind !== 'removeAddresses') return false;
    const gone = effect.addresses.map(({ address }) => address);
    const all = gone.every((address) => trail.lingering.has(address));
    trail.lingering = new Set([...trail.lingering].filter((address) => !gone.includes(address)));
    return all;
  }
}

/** A master whose priority an operator has changed says so at once, or leaves. */
function checkOrdered({ host, before, after, effects }: Step): void {
  for (const [name, view] of after) {
    const was = before.get(name);
    if (view.state !== 'master' || was?.state !== 'master' || was.departure !== undefined) continue;
    const isNews = was.effectivePriority !== view.effectivePriority;
    const sent = effects.some((effect) => effect.kind === 'sendAdvert' && effect.instance === name);
    require(sent || !isNews, NAME, () => `${host.name} ${name}: nobody hears of the order`);
  }
}

function noteAdverts(trail: Trail, orders: Batch): void {
  for (const order of orders) {
    if (order.kind === 'sendAdvert') trail.goodbye = order.priority === 0 ? 'said' : 'unsaid';
  }
}

/** What lingers of a backup goes on lingering when it is told to stop, but not when it is told twice. */
function isStoppedInOrder(step: Step, instance: string): boolean {
  const { stimulus, before } = step;
  if (before.get(instance)?.state !== 'backup' || isReborn(step, instance)) return false;
  if (stimulus.kind === 'reconfigured') return true;
  return stimulus.kind === 'stopRequested' && stimulus.pace === 'planned';
}

/** The kinds of orders that a move must bring, in order. */
function wantedOf(
  step: Step,
  { from, to, cause, instance }: Transition,
  { trail, model, loud }: { trail: Trail; model: VrrpInstanceModel; loud: Batch },
): readonly string[] {
  // Replaced by another of the same name: nobody is told.
  const isSilent = to === 'init' && loud.at(-1)?.kind !== 'notify';
  const told = isSilent ? [] : ['notify'];
  const holds = vipsOf(model).length > 0;
  if (to === 'master') {
    const add = loud.find((order) => order.kind === 'addAddresses');
    const unlocks = add?.kind === 'addAddresses' && add.guard.kind === 'firewall';
    const taking = ['addAddresses', 'announce'];
    return ['sendAdvert', ...(unlocks ? ['renewGuard'] : []), ...(holds ? taking : []), ...told];
  }
  if (from !== 'master') {
    const goes = trail.lingering.size > 0 && !isStoppedInOrder(step, instance);
    return [...(goes ? ['removeAddresses'] : []), ...told];
  }
  const isHeard = step.stimulus.kind === 'advertReceived';
  const yields = cause.kind === 'advert';
  const isRelieved = isHeard && cause.kind === 'operator';
  const isOrdered = step.stimulus.kind === 'ordered' && cause.kind === 'operator';
  const says =
    trail.goodbye === 'unsaid' &&
    (to !== 'backup' || isOrdered || (yields && model.higherPrioritySendAdvert));
  const lingers = isRelieved || (yields && model.plannedHandover === 'on');
  return [
    ...(says ? ['sendAdvert'] : []),
    ...(holds && !lingers ? ['removeAddresses'] : []),
    ...told,
  ];
}

function checkOrder(
  step: Step,
  found: {
    move: Transition;
    model: VrrpInstanceModel;
    order: InstanceEffect;
    where: string;
    trail: Trail;
  },
): void {
  const { move, model, order, where, trail } = found;
  const { from, to, cause } = move;
  const held = vipsOf(model);
  if (order.kind === 'notify' && to !== 'init') {
    require(order.state === NOTIFIED[to], NAME, () => `${where}: notifies ${order.state}`);
  } else if (order.kind === 'sendAdvert') {
    const own = step.after.get(move.instance)?.effectivePriority ?? 0;
    const isLast = to !== 'master' && cause.kind !== 'advert';
    const right = isLast ? 0 : to === 'master' ? own : order.priority;
    require(order.priority === right, NAME, () => `${where}: sends ${order.priority}`);
  } else if (order.kind === 'addAddresses' || order.kind === 'removeAddresses') {
    const list = order.addresses.map(({ address }) => address);
    const right = from === 'master' || to === 'master' ? held : [...trail.lingering];
    require(same(list, right), NAME, () => `${where}: ${order.kind} ${list.join()}`);
  } else if (order.kind === 'announce') {
    const { length } = order.addresses;
    const { repeat } = model.announcements;
    require(length === held.length && order.repeat === repeat, NAME, () => {
      return `${where}: announces ${length} addresses ${order.repeat} times`;
    });
  }
}

/** A virtual address, ours or another's, is no source; but for an owner, whose own it is. */
function checkOwnSource(step: Step, instance: string, source: IpAddress): void {
  const model = step.host.node?.router(instance)?.model;
  if (model === undefined || model.priority === 255 || !step.host.isAwareOfAll()) return;
  require(step.host.addressesOf(model.interface).includes(source), NAME, () => {
    return `${step.host.name} ${instance} sends from ${source}, which is not its own`;
  });
}

/** The priority when an effect was ordered: one wake-up may advertise first and change it then. */
function priorityAt(step: Step, order: InstanceEffect, last: number): number {
  let priority = last;
  for (const effect of step.effects.toReversed()) {
    if (effect === order) break;
    if (effect.kind !== 'record' || effect.event.kind !== 'priorityChanged') continue;
    if (effect.event.instance === order.instance) priority = effect.event.from;
  }
  return priority;
}

/** What every receiver should know at once. */
function isNews(before: VrrpInstanceModel, after: VrrpInstanceModel): boolean {
  return (
    before.priority !== after.priority ||
    before.advertInterval !== after.advertInterval ||
    JSON.stringify(before.addresses) !== JSON.stringify(after.addresses)
  );
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
