/** A master's adverts come at its interval and do not drift; its addresses are announced on time. */
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import { type Checker, routerKey, type Step } from '../types.ts';
import { isUnmoved, require } from './rules.ts';

const NAME = 'cadence';
/** Adverts that are due so soon go out in the same wake-up. */
const EARLY_US = 500;

interface Shadow {
  model: VrrpInstanceModel;
  /** When each thing is due; undefined where it is not: a master that leaves does not advertise. */
  advertAt: number | undefined;
  againAt: number | undefined;
  refreshAt: number | undefined;
  lowerAt: number | undefined;
}

export class CadenceChecker implements Checker {
  readonly #masters = new Map<string, Shadow>();

  onCrash(host: SimHost): void {
    for (const key of [...this.#masters.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#masters.delete(key);
    }
  }

  onStep(step: Step): void {
    if (isUnmoved(step)) return;
    if (step.effects.length === 0 && step.stimulus.kind === 'advertReceived') return;
    for (const name of step.before.keys()) {
      if (step.after.get(name)?.state !== 'master')
        this.#masters.delete(routerKey(step.host, name));
    }
    for (const [name, view] of step.after) {
      const model = step.host.node?.router(name)?.model;
      if (view.state !== 'master' || model === undefined) continue;
      const key = routerKey(step.host, name);
      const shadow = this.#masters.get(key);
      if (shadow === undefined) this.#masters.set(key, newMaster(model, step.now));
      else this.#watch(step, shadow, model);
    }
  }

  #watch(step: Step, shadow: Shadow, model: VrrpInstanceModel): void {
    const { now, stimulus } = step;
    const isLeaving = step.after.get(model.name)?.departure !== undefined;
    let adverts = 0;
    let announced = 0;
    let notified = 0;
    for (const effect of step.effects) {
      if (!('instance' in effect) || effect.instance !== model.name) continue;
      if (effect.kind === 'sendAdvert') adverts++;
      else if (effect.kind === 'announce') announced++;
      else if (effect.kind === 'notify') notified++;
    }
    if (stimulus.kind === 'ordered') {
      if (adverts > 0) shadow.advertAt = now + model.advertInterval;
    } else if (stimulus.kind === 'reconfigured') {
      const { refresh } = model.announcements;
      if (refresh === 0) shadow.refreshAt = undefined;
      else shadow.refreshAt ??= now + refresh;
      if (adverts > 0) shadow.advertAt = now + model.advertInterval;
    } else if (stimulus.kind === 'advertReceived' && adverts + announced > 0) {
      if (adverts > 0) shadow.advertAt = now + model.advertInterval;
      if (notified > 0) this.#answered(shadow, model, now);
    } else if (stimulus.kind === 'expire') {
      this.#expired(step, { shadow, model, adverts, announced });
    }
    if (isLeaving) shadow.advertAt = undefined;
  }

  #answered(shadow: Shadow, model: VrrpInstanceModel, now: number): void {
    const { lowerPriorityDelay } = model.announcements;
    if (lowerPriorityDelay > 0) shadow.lowerAt = now + lowerPriorityDelay;
  }

  #expired(
    { now, host }: Step,
    found: { shadow: Shadow; model: VrrpInstanceModel; adverts: number; announced: number },
  ): void {
    const { shadow, model, adverts, announced } = found;
    const where = `${host.name} ${model.name}`;
    if (shadow.advertAt === undefined) {
      // Nobody has relieved it, and it stays.
      if (adverts > 0) shadow.advertAt = now + model.advertInterval;
    } else {
      const late = now - shadow.advertAt;
      require(late < 0 || adverts === 1, NAME, () => `${where} owes an advert for ${late} us`);
      require(adverts === 0 || late >= -EARLY_US, NAME, () =>
        `${where} advertises ${-late} us early`);
      const next = shadow.advertAt + model.advertInterval;
      if (adverts > 0) shadow.advertAt = next > now + EARLY_US ? next : now + model.advertInterval;
    }
    const { refresh, refreshRepeat, repeat, lowerPriorityRepeat } = model.announcements;
    let due = 0;
    if (shadow.againAt !== undefined && shadow.againAt <= now) {
      if (repeat > 0) due++;
      shadow.againAt = undefined;
    }
    if (shadow.lowerAt !== undefined && shadow.lowerAt <= now) {
      if (lowerPriorityRepeat > 0) due++;
      shadow.lowerAt = undefined;
    }
    if (shadow.refreshAt !== undefined && shadow.refreshAt <= now) {
      if (refreshRepeat > 0) due++;
      shadow.refreshAt = now + refresh;
    }
    if (model.addresses.length + model.excludedAddresses.length === 0) due = 0;
    require(announced === due, NAME, () => {
      return `${where} announces ${announced} times where ${due} are due`;
    });
  }
}

function newMaster(model: VrrpInstanceModel, now: number): Shadow {
  const { delay, refresh } = model.announcements;
  return {
    model,
    advertAt: now + model.advertInterval,
    againAt: delay > 0 ? now + delay : undefined,
    refreshAt: refresh > 0 ? now + refresh : undefined,
    lowerAt: undefined,
  };
}
