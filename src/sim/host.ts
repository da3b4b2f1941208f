/**
 * One host: the production engine on a virtual kernel. While it is paused its sockets and its kernel
 * go on filling up; on waking, what waited is read before any timer runs, as the daemon does it.
 */
import type { IpAddress } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import { type Micros, micros, millis } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import { Node, type NodeEffect, type NodeInput } from '../core/node.ts';
import type { LinkState, OperatorOrder } from '../core/vrrp/types.ts';
import { Ears } from './ears.ts';
import { Hands } from './hands.ts';
import { HostClock } from './host-clock.ts';
import type { HostPlan, HostWorld } from './host-plan.ts';
import { SimKernel } from './kernel.ts';
import { PeerPost } from './peer-post.ts';
import { unchangedInstances } from './reloads.ts';
import { SimScripts } from './scripts.ts';
import { SyncGroups } from './sync-groups.ts';
import type { Forgery, RouterView, Step, Stimulus } from './types.ts';
import { viewsOf } from './views.ts';

/** What changes a router only where it orders something. */
const TOLD_ONLY: ReadonlySet<Stimulus['kind']> = new Set([
  'addressClaimed',
  'listenerSeen',
  'peerMessageReceived',
]);
const EXPIRY_DELAY_MAX = millis(250);

export class SimHost {
  readonly name: string;
  readonly mac: MacAddress;
  readonly kernel: SimKernel;
  readonly scripts: SimScripts;
  readonly ears: Ears;
  readonly clock: HostClock;
  /** The most that a wake-up comes late. */
  lateness: Micros = micros(300);
  /** Nothing is heard for this long after a start. */
  startupDelay: Micros = micros(0);
  model: Model;
  /** An operator has drained the host; it survives the process. */
  drained: 'yes' | 'no' = 'no';
  /** Instances that the operator has taken out for a while. */
  dropped: readonly VrrpInstanceModel[] = [];
  readonly #plan: HostPlan;
  readonly #world: HostWorld;
  readonly #links = new Map<string, LinkState>();
  readonly #addresses = new Map<string, readonly IpAddress[]>();
  readonly #hands: Hands;
  readonly #open = new Map<string, VrrpInstanceModel>();
  readonly #inbox: (() => void)[] = [];
  readonly #syncGroups: SyncGroups;
  #post: PeerPost | undefined;
  #node: Node | undefined;
  #power: 'on' | 'off' = 'off';
  #process: 'stopped' | 'running' | 'paused' = 'stopped';
  /** `stopping`: the process goes on until nothing of its answers any more. */
  #phase: 'serving' | 'stopping' | 'starts-again' = 'serving';
  #views: ReadonlyMap<string, RouterView> = new Map();
  #alarmAt: Micros | undefined;
  #untouched: readonly string[] = [];
  /** When the process starts, alarms of the one before it are void. */
  #epoch = 0;
  #listenFrom: Micros = micros(0);

  constructor(plan: HostPlan, world: HostWorld, mac: MacAddress) {
    this.name = plan.name;
    this.mac = mac;
    this.model = plan.model;
    this.#plan = plan;
    this.#world = world;
    const now = (): Micros => world.now();
    this.clock = new HostClock(now);
    this.kernel = new SimKernel({
      now,
      schedule: (delay, run) => this.#scheduleHere(delay, run),
      onChange: () => this.#tellAddresses(),
      onAnswers: () => world.observeAnswers(this),
      onExpired: (address, instances) => this.#tellLost(address, instances),
      expiryDelay: () => micros(world.rng.integer(0, EXPIRY_DELAY_MAX)),
    });
    this.scripts = new SimScripts(
      (delay, run) => this.#scheduleHere(delay, run),
      (script, result, detail) => this.#tell({ kind: 'scriptExited', script, result, detail }),
    );
    const post = (): PeerPost | undefined => this.#post;
    this.ears = new Ears(this, {
      rng: world.rng,
      now,
      routers: () => this.#open.values(),
      post,
      tell: (read, forged) => this.#tellOf(read, forged),
    });
    const otherPaths = plan.otherPaths ?? 'none';
    this.#hands = new Hands(this, { otherPaths, now, network: () => world.network(), post });
    this.#syncGroups = new SyncGroups(plan.syncGroups ?? [], (input) => this.#feed(input));
    for (const [name, addresses] of Object.entries(plan.addresses)) {
      this.#links.set(name, 'up');
      this.#addresses.set(name, addresses);
    }
  }

  /** Signs its side messages. */
  get key(): string {
    return this.#plan.key ?? '';
  }

  get node(): Node | undefined {
    return this.#node;
  }

  get power(): 'on' | 'off' {
    return this.#power;
  }

  get process(): 'stopped' | 'running' | 'paused' {
    return this.#process;
  }

  /** Whether the process is about to end. */
  get isLeaving(): boolean {
    return this.#phase !== 'serving';
  }

  get listenFrom(): Micros {
    return this.#listenFrom;
  }

  /** Whether nothing has happened that the process has not been told. */
  isAwareOfAll(): boolean {
    return this.#inbox.length === 0;
  }

  /** Instances that the last reload left as they were. */
  untouchedByReload(): readonly string[] {
    return this.#untouched;
  }

  get views(): ReadonlyMap<string, RouterView> {
    return this.#world.views === 'on-demand' ? viewsOf(this.#node) : this.#views;
  }

  linkState(name: string): LinkState {
    return this.#links.get(name) ?? 'missing';
  }

  addressesOf(name: string): readonly IpAddress[] {
    return this.#addresses.get(name) ?? [];
  }

  /** Whether a question for the address is answered, by the kernel. */
  answers(address: IpAddress): boolean {
    if (this.#power === 'off') return false;
    if (this.kernel.answers(address)) return true;
    return [...this.#addresses.values()].some((own) => own.includes(address));
  }

  // --- what happens to it ---

  start(): void {
    if (this.#phase !== 'serving' && this.#process !== 'stopped') {
      this.#phase = 'starts-again';
      return;
    }
    this.#power = 'on';
    this.#epoch++;
    this.#process = 'running';
    this.kernel.clear();
    this.#node = new Node(this.model);
    this.#post = new PeerPost(this.key, this.#world.rng);
    for (const [name, state] of this.#links) {
      this.#feed({ kind: 'linkChanged', interface: name, state });
    }
    for (const [name, addresses] of this.#addresses) {
      this.#feed({ kind: 'addressesChanged', interface: name, addresses });
    }
    if (this.drained === 'yes') this.order(undefined, { kind: 'drain' });
    this.#listenFrom = micros(this.clock.now() + this.startupDelay);
    this.#feed({ kind: 'start', listenFrom: this.#listenFrom });
    this.#world.network().report(this);
  }

  /**
   * Another program takes over the engine's state, as JSON brings it across. Not while something is
   * under way that the daemon would wait for, nor a script whose result would be lost.
   */
  upgrade(): 'upgraded' | 'later' {
    const before = this.#node;
    if (this.#process !== 'running' || before?.isSettled() !== true) return 'later';
    const state = before.exportState();
    if (state.scripts.some(([, { run }]) => run !== 'idle')) return 'later';
    const node = new Node(before.model);
    this.#node = node;
    const effects: NodeEffect[] = [];
    node.importState(this.clock.now(), JSON.parse(JSON.stringify(state)), effects);
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
    return 'upgraded';
  }

  /** In order: the daemon gives up everything and ends when nothing answers any more. */
  stop(pace: 'planned' | 'at-once' = 'planned'): void {
    if (this.#process !== 'running') return;
    const isFirst = this.#phase === 'serving';
    if (isFirst) this.#phase = 'stopping';
    this.#feed({ kind: 'stopRequested', pace: isFirst ? pace : 'at-once' });
  }

  powerOff(): void {
    this.#power = 'off';
    this.#epoch++;
    this.#end();
    this.kernel.clear();
  }

  /** SIGKILL: what the kernel has, it keeps. */
  kill(): void {
    if (this.#process !== 'stopped') this.#end();
  }

  pause(): void {
    if (this.#process === 'running') this.#process = 'paused';
  }

  resume(): void {
    if (this.#process !== 'paused') return;
    this.#process = 'running';
    for (;;) {
      const deliver = this.#inbox.shift();
      if (deliver === undefined) break;
      deliver();
    }
    if (this.#process === 'running') this.#runTimers();
  }

  setLink(name: string, state: LinkState): void {
    if (this.#links.get(name) === state) return;
    this.#links.set(name, state);
    this.#world.observeAnswers(this);
    this.#tell({ kind: 'linkChanged', interface: name, state });
    if (state === 'up') this.#world.network().report(this);
  }

  setAddresses(name: string, addresses: readonly IpAddress[]): void {
    this.#addresses.set(name, addresses);
    this.#tellAddresses(name);
  }

  /** Somebody removes an address behind the daemon's back. */
  steal(address: IpAddress): void {
    this.#tellLost(address, this.kernel.steal(address));
  }

  tellAddressLost(instance: string, address: IpAddress): void {
    this.#tell({ kind: 'addressLost', instance, address });
  }

  reload(model: Model): void {
    this.model = model;
    this.#tell({ kind: 'reconfigured', model });
  }

  /** All instances, where none is named. */
  order(instance: string | undefined, order: OperatorOrder): void {
    if (instance === undefined && order.kind === 'drain') this.drained = 'yes';
    if (instance === undefined && order.kind === 'undrain') this.drained = 'no';
    this.#tell({ kind: 'ordered', instance, order });
  }

  // --- the process ---

  /** The virtual ones are among the addresses that the kernel reports, and not always last. */
  #tellAddresses(changed?: string): void {
    const owns = this.model.instances.some(({ priority }) => priority === 255);
    for (const [name, own] of this.#addresses) {
      const isUsed = this.model.instances.some((instance) => instance.interface === name);
      if (!isUsed && name !== changed) continue;
      const virtual = isUsed ? [...this.kernel.present] : [];
      const addresses = owns ? [...own, ...virtual] : [...virtual, ...own];
      this.#tell({ kind: 'addressesChanged', interface: name, addresses });
    }
  }

  #tellLost(address: IpAddress, instances: readonly string[]): void {
    for (const instance of instances) this.tellAddressLost(instance, address);
  }

  #tell(input: NodeInput, forged?: Forgery): void {
    if (this.#process === 'running') this.#feed(input, forged);
    else if (this.#process === 'paused') this.#inbox.push(() => this.#feed(input, forged));
  }

  /** What a packet says is found out when it is read. */
  #tellOf(read: () => NodeInput | undefined, forged: Forgery | undefined): void {
    const deliver = (): void => {
      const input = read();
      if (input !== undefined) this.#feed(input, forged);
    };
    if (this.#process === 'running') deliver();
    else if (this.#process === 'paused') this.#inbox.push(deliver);
  }

  #feed(input: NodeInput, forged?: Forgery): void {
    const node = this.#node;
    if (node === undefined) return;
    if (input.kind === 'reconfigured') this.#untouched = unchangedInstances(node, input.model);
    const effects: NodeEffect[] = [];
    node.handle(this.clock.now(), input, effects);
    this.#after(input, effects, { forged, lateUs: 0 });
  }

  #runTimers(): void {
    const node = this.#node;
    const now = this.clock.now();
    const due = node?.nextDeadline();
    if (node === undefined || due === undefined || due > now) {
      this.#arm();
      return;
    }
    const effects: NodeEffect[] = [];
    node.expire(now, effects);
    this.#after({ kind: 'expire' }, effects, { forged: undefined, lateUs: now - due });
  }

  #after(
    stimulus: Stimulus,
    effects: readonly NodeEffect[],
    how: Pick<Step, 'forged' | 'lateUs'>,
  ): void {
    const before = this.#views;
    const isSame = effects.length === 0 && TOLD_ONLY.has(stimulus.kind);
    if (!isSame && this.#world.views === 'each-step') this.#views = viewsOf(this.#node);
    for (const effect of effects) this.#carryOut(effect);
    const now = this.clock.now();
    this.#world.observe({ host: this, now, stimulus, ...how, before, after: this.#views, effects });
    this.#syncGroups.follow(this.#node);
    if (this.#phase !== 'serving' && this.#node?.isIdle() === true) this.#finish();
    else this.#arm();
  }

  /** The process has given up everything. */
  #finish(): void {
    const again = this.#phase === 'starts-again';
    this.#end();
    if (again) this.#scheduleHere(micros(1000), () => this.#process === 'stopped' && this.start());
  }

  #end(): void {
    this.#process = 'stopped';
    this.#phase = 'serving';
    this.#node = undefined;
    this.#post = undefined;
    this.#alarmAt = undefined;
    this.#views = new Map();
    this.#inbox.length = 0;
    this.#open.clear();
    this.#syncGroups.forget();
    this.scripts.clear();
  }

  #arm(): void {
    if (this.#process !== 'running') return;
    const due = this.#node?.nextDeadline();
    if (due === undefined || (this.#alarmAt !== undefined && this.#alarmAt <= due)) return;
    this.#alarmAt = due;
    const epoch = this.#epoch;
    const delay = this.clock.until(due) + this.#world.rng.integer(0, this.lateness);
    this.#world.schedule(micros(delay), () => {
      if (epoch !== this.#epoch || this.#alarmAt !== due) return;
      this.#alarmAt = undefined;
      if (this.#process === 'running') this.#runTimers();
    });
  }

  #carryOut(effect: NodeEffect): void {
    if (effect.kind === 'openInstance') this.#open.set(effect.model.name, effect.model);
    else if (effect.kind === 'closeInstance') {
      if (this.#node?.router(effect.instance) === undefined) this.#open.delete(effect.instance);
    } else if (effect.kind === 'runScript') this.scripts.run(effect.script);
    else if (effect.kind === 'killScript') this.scripts.kill(effect.script, effect.signal);
    else if (effect.kind !== 'record') {
      const model = this.#open.get(effect.instance);
      if (model !== undefined) this.#hands.carryOut(model, effect);
    }
  }

  /** For what belongs to the running kernel: a power cut ends it. */
  #scheduleHere(delay: Micros, run: () => void): void {
    const epoch = this.#epoch;
    this.#world.schedule(delay, () => {
      if (epoch === this.#epoch) run();
    });
  }
}
