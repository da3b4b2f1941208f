/**
 * Who wins, and when, to the microsecond: for every backup the instant at which it must become
 * master, for every master whether the advert it has just heard makes it yield.
 */
import { type IpAddress, ipFamily } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { SimHost } from '../host.ts';
import { type Checker, type RouterView, routerKey, type Step } from '../types.ts';
import { OrderBook } from './orders.ts';
import {
  compareClaims,
  isReborn,
  isUnmoved,
  masterDownUs,
  movedBy,
  require,
  skewUs,
  transitionsOf,
} from './rules.ts';

const NAME = 'election';

interface Shadow {
  /** When a backup must take over. */
  expires: number | undefined;
  intervalUs: number;
  following: IpAddress | undefined;
  wait: { readonly until: number } | 'none' | 'over';
  listenFrom: number;
}

export class ElectionChecker implements Checker {
  readonly #shadows = new Map<string, Shadow>();
  readonly #orders = new OrderBook();

  onCrash(host: SimHost): void {
    this.#orders.crash(host);
    for (const key of [...this.#shadows.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#shadows.delete(key);
    }
  }

  onStep(step: Step): void {
    if (isUnmoved(step)) return;
    this.#orders.note(step);
    for (const name of step.before.keys()) {
      if (!step.after.has(name)) this.#shadows.delete(routerKey(step.host, name));
    }
    for (const [name, after] of step.after) {
      const model = step.host.node?.router(name)?.model;
      if (model === undefined) continue;
      const key = routerKey(step.host, name);
      let shadow = this.#shadows.get(key);
      const before = isReborn(step, name) ? undefined : step.before.get(name);
      if (shadow === undefined || before === undefined) {
        shadow = newShadow(model, step.host.listenFrom);
        this.#shadows.set(key, shadow);
      }
      const { restraint } = this.#orders.of(step.host, name);
      this.#check(step, { model, shadow, before, after, restraint });
    }
  }

  #check(step: Step, router: Router): void {
    const { model, shadow, before, after, restraint } = router;
    const { stimulus, now } = step;
    let state = before?.state ?? 'init';
    if (movedBy(step, model.name, 'overslept')) {
      // Whatever it is told, it has been a backup for as long as it has been awake.
      this.#fallBack(step, router);
      state = 'backup';
    }
    if (stimulus.kind === 'reconfigured') noteReload(router);
    const advert = heard(step, router);
    if (advert !== undefined && state === 'backup') this.#hearAsBackup(step, router, advert);
    else if (advert !== undefined && state === 'master') this.#hearAsMaster(step, router, advert);
    else if (after.state !== state) this.#move(step, router, state);
    if (stimulus.kind === 'ordered') this.#obey(step, router, stimulus);
    if (restraint === 'drained') shadow.expires = undefined;
    if (stimulus.kind !== 'expire') return;
    const { wait, expires } = shadow;
    if (typeof wait === 'object' && wait.until <= now) shadow.wait = 'over';
    require(after.state !== 'backup' || expires === undefined || expires > now, NAME, () => {
      return `${who(step, router)} is still backup ${now - (expires ?? now)} us late`;
    });
  }

  /** What had to be given up while asleep is given up for good: it begins as any other backup. */
  #fallBack(step: Step, { model, shadow, after }: Router): void {
    shadow.intervalUs = model.advertInterval;
    shadow.following = undefined;
    shadow.wait = 'none';
    const speed = { intervalUs: shadow.intervalUs, priority: priorityAtMove(step, after) };
    shadow.expires = Math.max(step.now, shadow.listenFrom) + masterDownUs(model, speed);
  }

  #obey(
    step: Step,
    { model, shadow, after }: Router,
    { instance, order }: Extract<Step['stimulus'], { kind: 'ordered' }>,
  ): void {
    if (instance !== undefined && instance !== model.name) return;
    if (order.kind !== 'undrain' || after.state !== 'backup') return;
    const speed = { intervalUs: shadow.intervalUs, priority: after.effectivePriority };
    shadow.expires = Math.max(step.now, shadow.listenFrom) + masterDownUs(model, speed);
  }

  #hearAsBackup(step: Step, router: Router, advert: ReceivedAdvert): void {
    const { model, shadow, before, after, restraint } = router;
    const own = before?.effectivePriority ?? 0;
    require(after.state === 'backup', NAME, () => `${who(step, router)} left backup on an advert`);
    if (advert.priority === 0) {
      const speed = { intervalUs: shadow.intervalUs, priority: own };
      shadow.expires = step.now + skewUs(model, speed);
      return;
    }
    if (advert.priority >= own) shadow.wait = 'none';
    else if (model.preempt === 'preempt' && restraint === 'none') {
      if (model.preemptDelay === 0 || shadow.wait === 'over') return;
      if (shadow.wait === 'none') shadow.wait = { until: step.now + model.preemptDelay };
    }
    follow(step, router, advert);
  }

  #hearAsMaster(step: Step, router: Router, advert: ReceivedAdvert): void {
    const { before, after, shadow, model } = router;
    const address = before?.source ?? advert.source;
    const own = { priority: before?.effectivePriority ?? 0, address };
    const their = { priority: advert.priority, address: advert.source };
    const order = compareClaims(their, own);
    const leaves = before?.departure;
    // Who leaves is relieved by whoever speaks up.
    const yields = advert.priority !== 0 && (leaves === undefined ? order > 0 : order !== 0);
    const ends = leaves === 'shutdown' || leaves === 'removed';
    const right = yields ? (ends ? 'init' : 'backup') : 'master';
    require(after.state === right, NAME, () => {
      const said = `heard ${their.priority} from ${their.address} as master with ${own.priority}`;
      return `${who(step, router)} ${said} and is ${after.state}`;
    });
    if (ends && yields) return;
    if (!yields) {
      if (leaves === undefined) checkAnswer(step, router, advert);
      return;
    }
    shadow.intervalUs = model.advertInterval;
    shadow.wait = 'none';
    follow(step, router, advert);
  }

  #move(step: Step, router: Router, from: string): void {
    const { model, shadow, after } = router;
    const expired = shadow.expires;
    shadow.expires = undefined;
    shadow.wait = 'none';
    if (after.state !== 'backup') {
      shadow.following = undefined;
      shadow.intervalUs = model.advertInterval;
    }
    if (after.state === 'master') {
      const early = expired === undefined ? Number.NaN : expired - step.now;
      const isNamed = step.stimulus.kind === 'peerMessageReceived';
      const isDue = step.stimulus.kind === 'expire' && early <= 0;
      require(isNamed || isDue, NAME, () => {
        return `${who(step, router)} became master ${early} us too early`;
      });
      require(from === 'backup', NAME, () => `${who(step, router)} became master from ${from}`);
    }
    if (after.state !== 'backup') return;
    const speed = { intervalUs: shadow.intervalUs, priority: priorityAtMove(step, after) };
    const start = Math.max(step.now, shadow.listenFrom);
    const owner = model.priority === 255;
    const losesAddress = transitionsOf(step, model.name).at(-1)?.cause.kind === 'addressLost';
    if (from === 'master' && losesAddress) shadow.expires = start + skewUs(model, speed);
    else if (from === 'init' && owner && model.initialState === 'master')
      shadow.expires = start + 1;
    else if (from === 'fault' && owner) {
      shadow.expires = start + shadow.intervalUs + skewUs(model, speed);
    } else shadow.expires = start + masterDownUs(model, speed);
  }
}

/** A goodbye is answered, and so is a lower claim unless that is switched off. */
function checkAnswer(step: Step, router: Router, advert: ReceivedAdvert): void {
  const { model, before } = router;
  const own = {
    priority: before?.effectivePriority ?? 0,
    address: before?.source ?? advert.source,
  };
  const isEcho = compareClaims({ priority: advert.priority, address: advert.source }, own) === 0;
  const silent = isEcho || (advert.priority !== 0 && model.lowerPriorityNoAdvert);
  const count = step.effects.filter(
    (effect) => effect.kind === 'sendAdvert' && effect.instance === model.name,
  ).length;
  require(count === (silent ? 0 : 1), NAME, () => {
    return `${who(step, router)} sent ${count} answers to ${advert.priority} from ${advert.source}`;
  });
}

/** What counted when it moved: one wake-up may judge another script after that. */
function priorityAtMove({ effects }: Step, { name, effectivePriority }: RouterView): number {
  for (const effect of effects.toReversed()) {
    if (effect.kind !== 'record' || effect.event.kind !== 'transition') continue;
    if (effect.event.instance === name) return effect.event.priority;
  }
  return effectivePriority;
}

interface Router {
  readonly model: VrrpInstanceModel;
  readonly shadow: Shadow;
  readonly before: RouterView | undefined;
  readonly after: RouterView;
  readonly restraint: 'none' | 'handed-over' | 'drained';
}

function newShadow(model: VrrpInstanceModel, listenFrom: number): Shadow {
  return {
    expires: undefined,
    intervalUs: model.advertInterval,
    following: undefined,
    wait: 'none',
    listenFrom,
  };
}

/** The advert of this step if the router has let it in. */
function heard(
  { stimulus, host }: Step,
  { model, before, after }: Router,
): ReceivedAdvert | undefined {
  if (stimulus.kind !== 'advertReceived' || before === undefined) return undefined;
  const { advert } = stimulus;
  if (advert.vrid !== model.vrid || ipFamily(advert.source) !== model.family) return undefined;
  if (stimulus.interface !== model.interface || host.process !== 'running') return undefined;
  return after.statistics.advertsReceived > before.statistics.advertsReceived ? advert : undefined;
}

function follow(step: Step, { model, shadow, after }: Router, advert: ReceivedAdvert): void {
  shadow.following = advert.source;
  if (model.version === 3 && advert.advertInterval > 0) shadow.intervalUs = advert.advertInterval;
  const speed = { intervalUs: shadow.intervalUs, priority: after.effectivePriority };
  shadow.expires = step.now + masterDownUs(model, speed);
}

function noteReload({ model, shadow, before }: Router): void {
  const learned = before?.state === 'backup' && shadow.following !== undefined;
  if (model.version === 2 || !learned) shadow.intervalUs = model.advertInterval;
}

function who(step: Step, { model }: Router): string {
  return `${step.host.name} ${model.name}`;
}
