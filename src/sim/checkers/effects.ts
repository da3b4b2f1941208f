/**
 * What a change of state orders, and in which order. Becoming master: the advert first, then the
 * addresses, then their announcement, then the scripts. Ceasing: priority 0 (unless it yields), then
 * the addresses, then the scripts. And in no other state does a router send or hold anything.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { NodeEffect } from '../../core/node.ts';
import type { VrrpState } from '../../core/vrrp/types.ts';
import type { SimHost } from '../host.ts';
import { type Checker, routerKey, type Step } from '../types.ts';
import { require } from './rules.ts';

const NAME = 'effects';
const NOTIFIED = { init: 'STOP', backup: 'BACKUP', master: 'MASTER', fault: 'FAULT' } as const;

/** What is said beside the change of state itself. */
const ASIDES: readonly NodeEffect['kind'][] = ['inquire', 'sendPeerMessage'];

type InstanceEffect = Extract<NodeEffect, { instance: string }>;

export class EffectChecker implements Checker {
  readonly #models = new Map<string, VrrpInstanceModel>();

  onCrash(host: SimHost): void {
    for (const key of [...this.#models.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#models.delete(key);
    }
  }

  onStep(step: Step): void {
    if (step.effects.length === 0) return;
    /** What each instance has ordered since its last transition. */
    const batches = new Map<string, InstanceEffect[]>();
    for (const effect of step.effects) {
      if (effect.kind === 'openInstance') continue;
      if (effect.kind === 'record' && effect.event.kind === 'transition') {
        const { instance, from, to } = effect.event;
        this.#checkMove(step, instance, { from, to, batch: batches.get(instance) ?? [] });
        batches.delete(instance);
      } else if ('instance' in effect) {
        const batch = batches.get(effect.instance);
        if (batch === undefined) batches.set(effect.instance, [effect]);
        else batch.push(effect);
      }
    }
    for (const [instance, batch] of batches) this.#checkRest(step, instance, batch);
    if (step.stimulus.kind === 'reconfigured') this.#checkNews(step);
    for (const effect of step.effects) {
      if (effect.kind === 'openInstance') {
        this.#models.set(routerKey(step.host, effect.model.name), effect.model);
      }
    }
  }

  #checkMove(
    step: Step,
    instance: string,
    move: { from: VrrpState; to: VrrpState; batch: readonly InstanceEffect[] },
  ): void {
    const { from, to, batch } = move;
    const view = step.after.get(instance);
    const model =
      this.#models.get(routerKey(step.host, instance)) ?? step.host.node?.router(instance)?.model;
    if (model === undefined) return;
    const held = [...model.addresses, ...model.excludedAddresses].map(({ address }) => address);
    const where = `${step.host.name} ${instance} ${from} -> ${to}`;
    const kinds = batch.map(({ kind }) => kind).filter((kind) => !ASIDES.includes(kind));
    // Replaced by another of the same name: nobody is told.
    const silent = to === 'init' && !kinds.includes('notify');
    let wanted: string[] = silent ? [] : ['notify'];
    if (to === 'master') wanted = ['sendAdvert', 'addAddresses', 'announce', 'notify'];
    else if (from === 'master') {
      const goodbye = to === 'backup' ? [] : ['sendAdvert'];
      wanted = [...goodbye, 'removeAddresses', ...wanted];
      const heard = to === 'backup' && step.stimulus.kind === 'advertReceived';
      if (model.higherPrioritySendAdvert && heard) wanted = ['sendAdvert', ...wanted];
    }
    if (held.length === 0) wanted = wanted.filter((kind) => !/Addresses|announce/.test(kind));
    require(same(kinds, wanted), NAME, () => `${where}: ${kinds.join()}, not ${wanted.join()}`);
    for (const effect of batch) {
      if (effect.kind === 'notify' && to !== 'init') {
        require(effect.state === NOTIFIED[to], NAME, () => `${where}: notifies ${effect.state}`);
      } else if (effect.kind === 'sendAdvert') {
        const own = view?.effectivePriority ?? 0;
        const right = to === 'master' ? own : to === 'backup' ? effect.priority : 0;
        require(effect.priority === right, NAME, () => `${where}: sends ${effect.priority}`);
      } else if (effect.kind === 'addAddresses' || effect.kind === 'removeAddresses') {
        const list = effect.addresses.map(({ address }) => address);
        require(same(list, held), NAME, () => `${where}: ${effect.kind} ${list.join()}`);
      } else if (effect.kind === 'announce') {
        const { length } = effect.addresses;
        const { repeat } = model.announcements;
        require(length === held.length && effect.repeat === repeat, NAME, () => {
          return `${where}: announces ${length} addresses ${effect.repeat} times`;
        });
      }
    }
  }

  /** A master that has changed what it advertises says so at once. */
  #checkNews(step: Step): void {
    for (const [name, view] of step.after) {
      const before = this.#models.get(routerKey(step.host, name));
      const after = step.host.node?.router(name)?.model;
      if (view.state !== 'master' || before === undefined || after === undefined) continue;
      const sent = step.effects.some(
        (effect) => effect.kind === 'sendAdvert' && effect.instance === name,
      );
      require(sent || !isNews(before, after), NAME, () => {
        return `${step.host.name} ${name}: nobody hears of the reload`;
      });
    }
  }

  /** Without a transition only masters send, hold and announce. */
  #checkRest(step: Step, instance: string, batch: readonly InstanceEffect[]): void {
    const view = step.after.get(instance);
    const where = `${step.host.name} ${instance} in ${view?.state}`;
    for (const effect of batch) {
      if (effect.kind === 'closeInstance' || effect.kind === 'announceSource') continue;
      require(view?.state === 'master', NAME, () => `${where}: ${effect.kind}`);
      if (effect.kind !== 'sendAdvert' || view === undefined) continue;
      const right = priorityAt(step, effect, view.effectivePriority);
      require(effect.priority === right, NAME, () => {
        return `${where}: sends ${effect.priority}, is ${view.effectivePriority}`;
      });
      require(effect.source === view.source, NAME, () => `${where}: sends from ${effect.source}`);
      checkOwnSource(step, instance, effect.source);
    }
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
