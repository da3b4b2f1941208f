/**
 * One host: the production engine on a virtual kernel. While it is paused its sockets and its kernel
 * go on filling up; on waking, what waited is read before any timer runs, as the daemon does it.
 */
import type { IpAddress } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import { type Micros, micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import { Node, type NodeEffect, type NodeInput } from '../core/node.ts';
import type { LinkState } from '../core/vrrp/types.ts';
import { SimKernel } from './kernel.ts';
import { SimScripts } from './scripts.ts';
import { AdvertFactory } from './sender.ts';
import type { Datagram, Forgery, RouterView, Step, Stimulus } from './types.ts';

export interface HostPlan {
  readonly name: string;
  readonly model: Model;
  /** Addresses of its own, by interface. */
  readonly addresses: Readonly<Record<string, readonly IpAddress[]>>;
}

/** What a host needs from the world. */
export interface HostWorld {
  readonly rng: Rng;
  now(): Micros;
  schedule(delay: Micros, run: () => void): void;
  send(from: SimHost, datagram: Datagram): void;
  observe(step: Step): void;
}

export class SimHost {
  readonly name: string;
  readonly kernel: SimKernel;
  readonly scripts: SimScripts;
  /** The most that a wake-up comes late. */
  lateness: Micros = micros(300);
  /** Nothing is heard for this long after a start. */
  startupDelay: Micros = micros(0);
  model: Model;
  readonly #world: HostWorld;
  readonly #links = new Map<string, LinkState>();
  readonly #addresses = new Map<string, readonly IpAddress[]>();
  readonly #open = new Map<string, VrrpInstanceModel>();
  readonly #factories = new Map<string, AdvertFactory>();
  readonly #inbox: (() => void)[] = [];
  #node: Node | undefined;
  #power: 'on' | 'off' = 'off';
  #process: 'stopped' | 'running' | 'paused' = 'stopped';
  #views: ReadonlyMap<string, RouterView> = new Map();
  #alarmAt: Micros | undefined;
  #untouched: readonly string[] = [];
  /** When the process starts, alarms of the one before it are void. */
  #epoch = 0;
  #listenFrom: Micros = micros(0);

  constructor(plan: HostPlan, world: HostWorld) {
    this.name = plan.name;
    this.model = plan.model;
    this.#world = world;
    this.kernel = new SimKernel(
      () => world.now(),
      (delay, run) => this.#scheduleHere(delay, run),
      () => this.#tellAddresses(),
    );
    this.scripts = new SimScripts(
      (delay, run) => this.#scheduleHere(delay, run),
      (script, result, detail) => this.#tell({ kind: 'scriptExited', script, result, detail }),
    );
    for (const [name, addresses] of Object.entries(plan.addresses)) {
      this.#links.set(name, 'up');
      this.#addresses.set(name, addresses);
    }
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
    return this.#views;
  }

  linkState(name: string): LinkState {
    return this.#links.get(name) ?? 'missing';
  }

  addressesOf(name: string): readonly IpAddress[] {
    return this.#addresses.get(name) ?? [];
  }

  // --- what happens to it ---

  start(): void {
    this.#power = 'on';
    this.#epoch++;
    this.#process = 'running';
    this.kernel.clear();
    this.#node = new Node(this.model);
    for (const [name, state] of this.#links) {
      this.#feed({ kind: 'linkChanged', interface: name, state });
    }
    for (const [name, addresses] of this.#addresses) {
      this.#feed({ kind: 'addressesChanged', interface: name, addresses });
    }
    this.#listenFrom = micros(this.#world.now() + this.startupDelay);
    this.#feed({ kind: 'start', listenFrom: this.#listenFrom });
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
    node.importState(this.#world.now(), JSON.parse(JSON.stringify(state)), effects);
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
    return 'upgraded';
  }

  /** In order: the daemon gives up everything and ends. */
  stop(): void {
    if (this.#process !== 'running') return;
    this.#feed({ kind: 'stopRequested', pace: 'planned' });
    if (this.#node?.isIdle() === true) this.#end();
  }

  powerOff(): void {
    this.#power = 'off';
    this.#epoch++;
    this.kernel.clear();
    this.#end();
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
    this.#runTimers();
  }

  setLink(name: string, state: LinkState): void {
    if (this.#links.get(name) === state) return;
    this.#links.set(name, state);
    this.#tell({ kind: 'linkChanged', interface: name, state });
  }

  setAddresses(name: string, addresses: readonly IpAddress[]): void {
    this.#addresses.set(name, addresses);
    this.#tellAddresses();
  }

  /** Somebody removes an address behind the daemon's back. */
  steal(address: IpAddress): void {
    for (const instance of this.kernel.steal(address)) {
      this.#tell({ kind: 'addressLost', instance, address });
    }
  }

  tellAddressLost(instance: string, address: IpAddress): void {
    this.#tell({ kind: 'addressLost', instance, address });
  }

  reload(model: Model): void {
    this.model = model;
    this.#tell({ kind: 'reconfigured', model });
  }

  listensTo({ interface: name, destination }: Datagram): boolean {
    if (this.#process === 'stopped' || this.linkState(name) !== 'up') return false;
    return isGroup(destination) || this.addressesOf(name).includes(destination);
  }

  hear(datagram: Datagram): void {
    if (this.#process === 'stopped' || this.linkState(datagram.interface) !== 'up') return;
    const { interface: name, advert, forged } = datagram;
    const input: NodeInput =
      advert === undefined
        ? { kind: 'advertUndecodable', interface: name, reason: 'truncated' }
        : {
            kind: 'advertReceived',
            interface: name,
            family: datagram.source.includes(':') ? 6 : 4,
            advert,
          };
    this.#tell(input, forged);
  }

  // --- the process ---

  /** The virtual ones are among the addresses that the kernel reports, and not always last. */
  #tellAddresses(): void {
    const owns = this.model.instances.some(({ priority }) => priority === 255);
    for (const [name, own] of this.#addresses) {
      const virtual = this.model.instances.some((instance) => instance.interface === name)
        ? [...this.kernel.present]
        : [];
      const addresses = owns ? [...own, ...virtual] : [...virtual, ...own];
      this.#tell({ kind: 'addressesChanged', interface: name, addresses });
    }
  }

  #tell(input: NodeInput, forged?: Forgery): void {
    if (this.#process === 'running') this.#feed(input, forged);
    else if (this.#process === 'paused') this.#inbox.push(() => this.#feed(input, forged));
  }

  #feed(input: NodeInput, forged?: Forgery): void {
    const node = this.#node;
    if (node === undefined) return;
    if (input.kind === 'reconfigured') this.#untouched = unchanged(node, input.model);
    const effects: NodeEffect[] = [];
    node.handle(this.#world.now(), input, effects);
    this.#after(input, effects, { forged, lateUs: 0 });
  }

  #runTimers(): void {
    const node = this.#node;
    const now = this.#world.now();
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
    this.#views = this.#look();
    for (const effect of effects) this.#carryOut(effect);
    const now = this.#world.now();
    this.#world.observe({ host: this, now, stimulus, ...how, before, after: this.#views, effects });
    this.#arm();
  }

  #look(): ReadonlyMap<string, RouterView> {
    const views = new Map<string, RouterView>();
    for (const view of this.#node?.snapshots() ?? []) {
      views.set(view.name, { ...view, statistics: { ...view.statistics } });
    }
    return views;
  }

  #end(): void {
    this.#process = 'stopped';
    this.#node = undefined;
    this.#alarmAt = undefined;
    this.#views = new Map();
    this.#inbox.length = 0;
    this.#open.clear();
    this.scripts.clear();
  }

  #arm(): void {
    if (this.#process !== 'running') return;
    const due = this.#node?.nextDeadline();
    if (due === undefined || (this.#alarmAt !== undefined && this.#alarmAt <= due)) return;
    const now = this.#world.now();
    this.#alarmAt = due;
    const epoch = this.#epoch;
    const delay = Math.max(0, due - now) + this.#world.rng.integer(0, this.lateness);
    this.#world.schedule(micros(delay), () => {
      if (epoch !== this.#epoch || this.#alarmAt !== due) return;
      this.#alarmAt = undefined;
      if (this.#process === 'running') this.#runTimers();
    });
  }

  #carryOut(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'openInstance':
        this.#open.set(effect.model.name, effect.model);
        return;
      case 'closeInstance':
        if (this.#node?.router(effect.instance) === undefined) this.#open.delete(effect.instance);
        return;
      case 'sendAdvert':
        this.#sendAdvert(effect);
        return;
      case 'addAddresses':
        for (const { address } of effect.addresses) this.kernel.add(effect.instance, address);
        return;
      case 'removeAddresses':
        for (const { address } of effect.addresses) this.kernel.remove(effect.instance, address);
        return;
      case 'runScript':
        this.scripts.run(effect.script);
        return;
      case 'killScript':
        this.scripts.kill(effect.script, effect.signal);
        return;
      default:
        return;
    }
  }

  #sendAdvert(effect: Extract<NodeEffect, { kind: 'sendAdvert' }>): void {
    const model = this.#open.get(effect.instance);
    if (model === undefined) return;
    const factory = this.#factories.get(effect.instance) ?? new AdvertFactory();
    this.#factories.set(effect.instance, factory);
    for (const datagram of factory.make(model, effect)) this.#world.send(this, datagram);
  }

  /** For what belongs to the running kernel: a power cut ends it. */
  #scheduleHere(delay: Micros, run: () => void): void {
    const epoch = this.#epoch;
    this.#world.schedule(delay, () => {
      if (epoch === this.#epoch) run();
    });
  }
}

function unchanged(node: Node, model: Model): readonly string[] {
  return model.instances
    .filter((instance) => {
      const running = node.router(instance.name)?.model;
      return running !== undefined && JSON.stringify(running) === JSON.stringify(instance);
    })
    .map(({ name }) => name);
}

function isGroup(address: IpAddress): boolean {
  return address.startsWith('224.') || address.startsWith('ff');
}
