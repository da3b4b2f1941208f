/**
 * One host: its virtual routers and what they track. Routes every input to the machines that it
 * concerns, merges their deadlines, and passes their effects on in order. Pure, like they are.
 */
import type { IpAddress } from '../base/ip.ts';
import { earliest, type Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import { DueRouters } from './due-routers.ts';
import { planGuards } from './kernel/guard.ts';
import type { Machine, Sink } from './machine.ts';
import type { NodeState } from './node-state.ts';
import type { NodeEffect, NodeInput } from './node-types.ts';
import { concerns, interfaceReport } from './routes.ts';
import { Tracked } from './track/tracked.ts';
import { chooseRouter } from './vrrp/addressee.ts';
import { VirtualRouter } from './vrrp/machine.ts';
import { compareInstances, same } from './vrrp/reconfigure.ts';
import type { VrrpSnapshot } from './vrrp/snapshot.ts';
import { selectSource, VirtualAddresses } from './vrrp/source.ts';
import type { Guard, LinkState, StopReason, TrackerReport } from './vrrp/types.ts';
import { WireIndex } from './wire-index.ts';

export type { NodeEffect, NodeEvent, NodeInput } from './node-types.ts';

export class Node implements Machine<NodeInput, NodeEffect> {
  #model: Model;
  readonly #routers = new Map<string, VirtualRouter>();
  readonly #wire = new WireIndex();
  readonly #tracked = new Tracked();
  readonly #links = new Map<string, LinkState>();
  readonly #addresses = new Map<string, readonly IpAddress[]>();
  #guards: ReadonlyMap<string, Guard>;
  readonly #virtual = new VirtualAddresses();
  readonly #due = new DueRouters();
  /** Routers that end as soon as nothing of theirs answers any more. */
  readonly #ending = new Set<string>();
  #drained = false;
  #started: { listenFrom: Micros } | undefined;
  #undecodable = 0;
  #unknownVrids = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#guards = planGuards(model);
    this.#virtual.configure(model.instances, new Set());
  }

  get model(): Model {
    return this.#model;
  }

  router(name: string): VirtualRouter | undefined {
    return this.#routers.get(name);
  }

  snapshots(): readonly VrrpSnapshot[] {
    return [...this.#routers.values()].map((router) => router.snapshot());
  }

  /** Whether an operator has had this host give everything up. */
  get drained(): boolean {
    return this.#drained;
  }

  /** Packets that belong to no router: undecodable ones, and unknown VRIDs. */
  strays(): { readonly undecodable: number; readonly unknownVrids: number } {
    return { undecodable: this.#undecodable, unknownVrids: this.#unknownVrids };
  }

  /** Whether it has stopped and holds nothing any more. */
  isIdle(): boolean {
    return this.#started === undefined && this.#routers.size === 0;
  }

  /** Nothing is under way that is over soon. */
  isSettled(): boolean {
    return this.#ending.size === 0 && [...this.#routers.values()].every((one) => one.isSettled());
  }

  /** Of a settled host, for the program that takes over from this one. */
  exportState(): NodeState {
    return {
      listenFrom: this.#started?.listenFrom,
      links: [...this.#links],
      addresses: [...this.#addresses],
      routers: [...this.#routers].map(([name, router]) => [name, router.exportState()]),
      ...this.#tracked.exportState(),
      drained: this.#drained,
      strays: this.strays(),
    };
  }

  /** In place of the start: goes on where another program has stopped, with the model that it had. */
  importState(now: Micros, state: NodeState, out: Sink<NodeEffect>): void {
    const { listenFrom, strays } = state;
    this.#started = listenFrom === undefined ? undefined : { listenFrom };
    for (const [name, link] of state.links) this.#links.set(name, link);
    for (const [name, addresses] of state.addresses) this.#addresses.set(name, addresses);
    this.#drained = state.drained;
    this.#undecodable = strays.undecodable;
    this.#unknownVrids = strays.unknownVrids;
    if (this.#started === undefined) return;
    this.#tracked.importState(now, state, this.#model);
    this.#tracked.scripts.configure(now, this.#model, out);
    const known = new Map(state.routers);
    for (const model of this.#model.instances) {
      const routerState = known.get(model.name);
      if (routerState === undefined) {
        this.#add(now, model, out);
        continue;
      }
      const router = new VirtualRouter(model, this.#guardOf(model));
      router.importState(routerState);
      this.#routers.set(model.name, router);
      this.#due.review(router);
      this.#wire.add(router);
      out.push({ kind: 'openInstance', model });
    }
  }

  handle(now: Micros, input: NodeInput, out: Sink<NodeEffect>): void {
    this.#take(now, input, out);
    this.#closeEnded(out);
  }

  #take(now: Micros, input: NodeInput, out: Sink<NodeEffect>): void {
    switch (input.kind) {
      case 'start':
        this.#start(now, input.listenFrom, out);
        return;
      case 'advertReceived':
        this.#receive(now, input, out);
        return;
      case 'advertUndecodable':
        this.#undecodable++;
        return;
      case 'linkChanged':
        this.#changeLink(now, input.interface, input.state, out);
        return;
      case 'addressesChanged':
        this.#addresses.set(input.interface, input.addresses);
        this.#virtual.review(() => this.#listed());
        for (const router of this.#routers.values()) {
          if (router.model.interface === input.interface)
            this.#tellSource(now, router, router.model, out);
        }
        return;
      case 'addressLost': {
        const { kind, address, instance } = input;
        this.#due.tell(now, this.#routers.get(instance), { kind, address }, out);
        return;
      }
      case 'scriptExited':
      case 'checkJudged':
      case 'proxiesReported':
      case 'proxyLost':
        this.#tracked.heard(now, input, this.#model, out, this.#teller(now, out));
        return;
      case 'reconfigured':
        this.#reconfigure(now, input.model, out);
        return;
      case 'addressClaimed':
      case 'listenerSeen':
        for (const router of this.#routers.values()) {
          if (concerns(router.model, input)) this.#due.tell(now, router, input, out);
        }
        return;
      case 'peerMessageReceived':
      case 'synced':
        this.#due.tell(now, this.#routers.get(input.instance), input, out);
        return;
      case 'ordered':
        this.#obey(now, input, out);
        return;
      case 'stopRequested':
        for (const name of [...this.#routers.keys()]) {
          this.#remove(now, name, { reason: 'shutdown', pace: input.pace }, out);
        }
        this.#tracked.scripts.stop(now, out);
        this.#started = undefined;
        return;
    }
  }

  expire(now: Micros, out: Sink<NodeEffect>): void {
    this.#tracked.scripts.expire(now, out, this.#teller(now, out));
    this.#due.expire(now, this.#routers.values(), out);
    this.#closeEnded(out);
  }

  /** Whether adverts that came before `now` decide about what is due then. */
  judgesBy(now: Micros): boolean {
    for (const router of this.#routers.values()) {
      const at = router.nextJudgement();
      if (at !== undefined && at <= now) return true;
    }
    return false;
  }

  nextDeadline(): Micros | undefined {
    return earliest(this.#tracked.scripts.nextDeadline(), this.#due.next());
  }

  #start(now: Micros, listenFrom: Micros, out: Sink<NodeEffect>): void {
    this.#started = { listenFrom };
    this.#tracked.scripts.configure(now, this.#model, out);
    for (const instance of this.#model.instances) this.#add(now, instance, out);
  }

  #add(now: Micros, model: VrrpInstanceModel, out: Sink<NodeEffect>): void {
    const router = new VirtualRouter(model, this.#guardOf(model));
    this.#routers.set(model.name, router);
    this.#wire.add(router);
    out.push({ kind: 'openInstance', model });
    this.#tellAll(now, router, model, out);
    if (this.#drained)
      this.#due.tell(now, router, { kind: 'ordered', order: { kind: 'drain' } }, out);
    this.#due.tell(
      now,
      router,
      { kind: 'start', listenFrom: this.#started?.listenFrom ?? now },
      out,
    );
  }

  /** A router that hands over stays until somebody else serves. */
  #remove(
    now: Micros,
    name: string,
    stop: { readonly reason: StopReason; readonly pace: 'planned' | 'at-once' },
    out: Sink<NodeEffect>,
  ): void {
    const router = this.#routers.get(name);
    if (router === undefined) return;
    this.#ending.add(name);
    this.#due.tell(now, router, { kind: 'stopRequested', ...stop }, out);
    this.#closeEnded(out);
  }

  #closeEnded(out: Sink<NodeEffect>): void {
    if (this.#ending.size === 0) return;
    for (const name of this.#ending) {
      const router = this.#routers.get(name);
      if (router?.isIdle() === false) continue;
      if (router !== undefined) {
        this.#due.forget(router);
        this.#wire.remove(router);
      }
      this.#ending.delete(name);
      this.#routers.delete(name);
      out.push({ kind: 'closeInstance', instance: name });
    }
  }

  #obey(
    now: Micros,
    { instance, order }: Extract<NodeInput, { kind: 'ordered' }>,
    out: Sink<NodeEffect>,
  ): void {
    if (instance === undefined && (order.kind === 'drain' || order.kind === 'undrain')) {
      const isDrain = order.kind === 'drain';
      if (this.#drained !== isDrain) {
        const state = isDrain ? 'drained' : 'serving';
        out.push({ kind: 'record', event: { kind: 'drainChanged', at: now, state } });
      }
      this.#drained = isDrain;
    }
    for (const [name, router] of this.#routers) {
      if (instance !== undefined && instance !== name) continue;
      this.#due.tell(now, router, { kind: 'ordered', order }, out);
    }
  }

  #guardOf({ name }: VrrpInstanceModel): Guard {
    return this.#guards.get(name) ?? { kind: 'none' };
  }

  /** Everything this host knows that concerns the router. */
  #tellAll(
    now: Micros,
    router: VirtualRouter,
    model: VrrpInstanceModel,
    out: Sink<NodeEffect>,
  ): void {
    const state = this.#links.get(model.interface) ?? 'missing';
    this.#due.tell(now, router, { kind: 'linkChanged', state }, out);
    this.#tellSource(now, router, model, out);
    for (const { name } of model.trackedInterfaces) {
      const report = interfaceReport(name, this.#links.get(name) ?? 'missing');
      this.#due.tell(now, router, { kind: 'trackerChanged', report }, out);
    }
    for (const report of this.#tracked.known(model))
      this.#due.tell(now, router, { kind: 'trackerChanged', report }, out);
  }

  #tellSource(
    now: Micros,
    router: VirtualRouter,
    model: VrrpInstanceModel,
    out: Sink<NodeEffect>,
  ): void {
    const usable = this.#addresses.get(model.interface) ?? [];
    const source = selectSource(model, usable, this.#virtual.foreignTo(model));
    this.#due.tell(now, router, { kind: 'sourceChanged', source }, out);
  }

  /** All addresses that the kernel lists. */
  #listed(): ReadonlySet<IpAddress> {
    return new Set([...this.#addresses.values()].flat());
  }

  #changeLink(now: Micros, name: string, state: LinkState, out: Sink<NodeEffect>): void {
    if (this.#links.get(name) === state) return;
    this.#links.set(name, state);
    // What is found at the start is no news.
    if (this.#started !== undefined)
      out.push({ kind: 'record', event: { kind: 'linkChanged', interface: name, at: now, state } });
    const report = interfaceReport(name, state);
    for (const router of this.#routers.values()) {
      if (router.model.interface === name)
        this.#due.tell(now, router, { kind: 'linkChanged', state }, out);
      this.#due.tell(now, router, { kind: 'trackerChanged', report }, out);
    }
  }

  #receive(
    now: Micros,
    input: Extract<NodeInput, { kind: 'advertReceived' }>,
    out: Sink<NodeEffect>,
  ): void {
    const { advert } = input;
    const router = chooseRouter(this.#wire.find(input), advert);
    if (router !== undefined) {
      this.#due.tell(now, router, input, out);
      return;
    }
    this.#unknownVrids++;
    if (!this.#model.global.logUnknownVrids) return;
    const { vrid, source: from } = advert;
    const event = { kind: 'unknownVrid', interface: input.interface, at: now, vrid, from } as const;
    out.push({ kind: 'record', event });
  }

  /** What a script says concerns the routers that track it. */
  #teller(now: Micros, out: Sink<NodeEffect>): (report: TrackerReport) => void {
    return (report) => {
      for (const router of this.#routers.values()) {
        this.#due.tell(now, router, { kind: 'trackerChanged', report }, out);
      }
    };
  }

  // --- reload ---

  /** Applies the difference; an instance that did not change does not notice. */
  #reconfigure(now: Micros, model: Model, out: Sink<NodeEffect>): void {
    const guards = this.#guards;
    this.#guards = planGuards(model, this.#model);
    this.#model = model;
    this.#virtual.configure(model.instances, this.#listed());
    this.#tracked.scripts.configure(now, model, out);
    const wanted = new Map(model.instances.map((instance) => [instance.name, instance]));
    // Removals before additions, so that an address may move from one instance to another.
    for (const [name, router] of [...this.#routers]) {
      const instance = wanted.get(name);
      if (instance === undefined) {
        if (this.#ending.has(name)) continue;
        this.#remove(now, name, { reason: 'removed', pace: 'planned' }, out);
      } else if (this.#ending.has(name)) {
        // It was to go, and now is wanted again: what is left of it makes room.
        this.#remove(now, name, { reason: 'removed', pace: 'at-once' }, out);
      } else if (compareInstances(router.model, instance) === 'replaced') {
        this.#remove(now, name, { reason: 'replaced', pace: 'at-once' }, out);
      }
    }
    for (const instance of model.instances) {
      const router = this.#routers.get(instance.name);
      if (router === undefined) this.#add(now, instance, out);
      else if (!same(router.model, instance)) this.#change(now, router, instance, out);
      else if (!same(guards.get(instance.name), this.#guardOf(instance))) {
        // What others hold, or a setting for all, decides about its guard too.
        const guard = this.#guardOf(instance);
        this.#due.tell(now, router, { kind: 'reconfigured', model: instance, guard }, out);
      }
    }
  }

  #change(
    now: Micros,
    router: VirtualRouter,
    model: VrrpInstanceModel,
    out: Sink<NodeEffect>,
  ): void {
    out.push({ kind: 'openInstance', model });
    // First what the new settings look at, so that no advert goes out with half of the truth.
    this.#tellAll(now, router, model, out);
    this.#due.tell(now, router, { kind: 'reconfigured', model, guard: this.#guardOf(model) }, out);
  }
}
