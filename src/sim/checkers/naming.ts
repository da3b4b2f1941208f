/**
 * The side message saves time and decides nothing: whoever takes over because it was named is the one
 * that the election would have ended with. What somebody has recorded and sends once more does nothing.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import type { SimNetwork } from '../network.ts';
import { type Checker, type RouterView, routerKey, type Step, type Stimulus } from '../types.ts';
import { OrderBook } from './orders.ts';
import { compareClaims, require, transitionsOf } from './rules.ts';

const NAME = 'naming';
/** What the hosts know of each other is no older. */
const KNOWLEDGE_US = 10_000_000;
/** News of a moment ago may still be on their way. */
const NEWS_US = 5000;

type Message = Extract<Stimulus, { kind: 'peerMessageReceived' }>['message'];

export interface NamingScene {
  hosts(): readonly SimHost[];
  network(): SimNetwork;
}

/** When a process started, and how often listeners had been asked for before. */
interface Start {
  readonly at: number;
  readonly queries: number;
}

/** Which claim to the mastership a router made, and since when. */
interface Claim {
  readonly text: string;
  readonly since: number;
}

export class NamingChecker implements Checker {
  readonly #scene: NamingScene;
  readonly #orders = new OrderBook();
  readonly #claims = new Map<string, Claim>();
  readonly #starts = new Map<SimHost, Start>();
  #brokenAt = Number.NEGATIVE_INFINITY;

  constructor(scene: NamingScene) {
    this.#scene = scene;
  }

  onCrash(host: SimHost): void {
    this.#orders.crash(host);
    for (const key of [...this.#claims.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#claims.delete(key);
    }
  }

  onStep(step: Step): void {
    const { stimulus, now } = step;
    this.#orders.note(step);
    if (!this.#scene.network().isWhole()) this.#brokenAt = now;
    if (step.effects.length > 0) this.#noteClaims(step);
    if (stimulus.kind === 'start') {
      this.#starts.set(step.host, { at: now, queries: this.#scene.network().queries });
    }
    if (stimulus.kind !== 'peerMessageReceived') return;
    if (step.forged !== undefined) checkIgnored(step, stimulus.instance);
    for (const { cause, to } of transitionsOf(step, stimulus.instance)) {
      if (cause.kind !== 'named') continue;
      require(to === 'master', NAME, () => `${step.host.name} was named and is ${to}`);
      this.#checkNamed(step, stimulus.instance, stimulus.message);
    }
  }

  #noteClaims({ host, after, now }: Step): void {
    for (const [name, { state, effectivePriority, source }] of after) {
      const key = routerKey(host, name);
      const text = `${state} ${effectivePriority} ${source} ${this.#orders.of(host, name).restraint}`;
      if (this.#claims.get(key)?.text !== text) this.#claims.set(key, { text, since: now });
    }
  }

  #checkNamed(step: Step, name: string, message: Message): void {
    const { host, before, now } = step;
    const own = before.get(name);
    const model = host.node?.router(name)?.model;
    const where = `${host.name} ${name}`;
    const { resignation, sender, priority } = message;
    if (own === undefined || model === undefined || resignation === undefined) {
      throw new Error(`${where} was named by nothing`);
    }
    require(model.fastTakeover === 'on', NAME, () => `${where} was named and does not take part`);
    require(resignation.successor === own.source, NAME, () => `${where}: another was named`);
    require(own.state === 'backup', NAME, () => `${where} was named as ${own.state}`);
    require(own.master === sender, NAME, () => `${where} follows ${own.master}, not ${sender}`);
    const orders = this.#orders.of(host, name);
    require(orders.restraint !== 'drained', NAME, () => `${where} was named although drained`);
    if (resignation.why === 'lowered') {
      const isAbove = own.effectivePriority > priority;
      require(isAbove, NAME, () => `${where} with ${own.effectivePriority} is not above it`);
      const free = model.preempt === 'preempt' && orders.restraint === 'none';
      require(free, NAME, () => `${where} may not preempt`);
    }
    if (now - this.#brokenAt < KNOWLEDGE_US) return;
    for (const other of this.#scene.hosts()) {
      if (other === host || !this.#isKnowable(other, host, name)) continue;
      this.#checkRival(step, other, { name, own, message });
    }
  }

  /**
   * A holdfast makes itself known. Another backup is heard of when it joins the group, or when all are
   * asked; one that has been there for longer than we, and silent, cannot be known.
   */
  #isKnowable(other: SimHost, host: SimHost, name: string): boolean {
    const model = other.node?.router(name)?.model;
    if (model?.fastTakeover === 'on' && other.key === host.key) return true;
    const own = this.#starts.get(host);
    const theirs = this.#starts.get(other);
    if (own === undefined || theirs === undefined) return true;
    return theirs.at > own.at || this.#scene.network().queries > own.queries;
  }

  /** Nobody else would have won. */
  #checkRival(
    { host, now }: Step,
    other: SimHost,
    { name, own, message }: { name: string; own: RouterView; message: Message },
  ): void {
    const view = other.views.get(name);
    const model = other.node?.router(name)?.model;
    if (view === undefined || model === undefined || !isAble(other, model, view)) return;
    if (view.source === undefined || view.source === message.sender) return;
    const claim = this.#claims.get(routerKey(other, name));
    if (claim === undefined || now - claim.since < NEWS_US || now < other.listenFrom) return;
    if (message.resignation?.why === 'lowered' && !this.#preempts(other, model, view, message)) {
      return;
    }
    const order = compareClaims(claimOf(view), claimOf(own));
    require(order < 0, NAME, () => {
      const theirs = `${other.name} with ${view.effectivePriority}`;
      return `${host.name} ${name} with ${own.effectivePriority} was named, not ${theirs}`;
    });
  }

  #preempts(
    host: SimHost,
    model: VrrpInstanceModel,
    { effectivePriority }: RouterView,
    { priority }: Message,
  ): boolean {
    const { restraint } = this.#orders.of(host, model.name);
    const isFree = model.preempt === 'preempt' && restraint === 'none' && model.preemptDelay === 0;
    return isFree && effectivePriority > priority;
  }
}

function isAble(host: SimHost, model: VrrpInstanceModel, view: RouterView): boolean {
  if (host.process !== 'running' || host.linkState(model.interface) !== 'up') return false;
  return view.state === 'backup' && view.restraint !== 'drained';
}

function claimOf(view: RouterView): { priority: number; address: IpAddress } {
  return { priority: view.effectivePriority, address: view.source ?? ('' as IpAddress) };
}

/** A recording changes nothing; that the process has slept too long is another matter. */
function checkIgnored(step: Step, name: string): void {
  const { host, effects, forged } = step;
  const hasOverslept = transitionsOf(step, name).some(({ cause }) => cause.kind === 'overslept');
  if (hasOverslept) return;
  require(effects.length === 0, NAME, () => {
    return `${host.name} ${name} ${effects[0]?.kind} because of a ${forged}`;
  });
}
