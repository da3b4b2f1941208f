/**
 * One host: its virtual routers and what they track. Routes every input to the machines that it
 * concerns, merges their deadlines, and passes their effects on in order. Pure, like they are.
 */
import { type IpAddress, type IpFamily, ipFamily } from '../base/ip.ts';
import { earliest, type Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel, VrrpScriptModel } from '../config/model/vrrp.ts';
import { planGuards } from './kernel/guard.ts';
import type { Machine, Sink } from './machine.ts';
import type { NodeEffect, NodeInput } from './node-types.ts';
import { type ScriptEffect, ScriptMachine } from './track/script.ts';
import { chooseRouter } from './vrrp/addressee.ts';
import { VirtualRouter, type VrrpSnapshot } from './vrrp/machine.ts';
import { compareInstances, same } from './vrrp/reconfigure.ts';
import { selectSource, VirtualAddresses } from './vrrp/source.ts';
import type { Guard, LinkState, StopReason, TrackerReport } from './vrrp/types.ts';

export type { NodeEffect, NodeEvent, NodeInput } from './node-types.ts';

export class Node implements Machine<NodeInput, NodeEffect> {
  #model: Model;
  readonly #routers = new Map<string, VirtualRouter>();
  readonly #byWire = new Map<string, VirtualRouter[]>();
  readonly #scripts = new Map<string, ScriptMachine>();
  readonly #links = new Map<string, LinkState>();
  readonly #addresses = new Map<string, readonly IpAddress[]>();
  #guards: ReadonlyMap<string, Guard>;
  readonly #virtual = new VirtualAddresses();
  #started: { listenFrom: Micros } | undefined;
  #undecodable = 0;
  #unknownVrids = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#guards = planGuards(model);
    this.#virtual.configure(model.instances, () => false);
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

  /** Packets that belong to no router: undecodable ones, and unknown VRIDs. */
  strays(): { readonly undecodable: number; readonly unknownVrids: number } {
    return { undecodable: this.#undecodable, unknownVrids: this.#unknownVrids };
  }

  handle(now: Micros, input: NodeInput, out: Sink<NodeEffect>): void {
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
        this.#virtual.review((address) => this.#isListed(address));
        for (const router of this.#routers.values()) {
          if (router.model.interface === input.interface)
            this.#tellSource(now, router, router.model, out);
        }
        return;
      case 'addressLost': {
        const { address } = input;
        this.#routers.get(input.instance)?.handle(now, { kind: 'addressLost', address }, out);
        return;
      }
      case 'scriptExited': {
        const effects: ScriptEffect[] = [];
        this.#scripts.get(input.script)?.handle(now, { ...input }, effects);
        this.#relay(now, effects, out);
        return;
      }
      case 'reconfigured':
        this.#reconfigure(now, input.model, out);
        return;
      case 'stopRequested':
        for (const name of [...this.#routers.keys()]) this.#remove(now, name, 'shutdown', out);
        for (const name of [...this.#scripts.keys()]) this.#removeScript(now, name, out);
        this.#started = undefined;
        return;
    }
  }

  expire(now: Micros, out: Sink<NodeEffect>): void {
    for (const script of this.#scripts.values()) {
      if (!isDue(script, now)) continue;
      const effects: ScriptEffect[] = [];
      script.expire(now, effects);
      this.#relay(now, effects, out);
    }
    for (const router of this.#routers.values()) router.expire(now, out);
  }

  nextDeadline(): Micros | undefined {
    let next: Micros | undefined;
    for (const router of this.#routers.values()) next = earliest(next, router.nextDeadline());
    for (const script of this.#scripts.values()) next = earliest(next, script.nextDeadline());
    return next;
  }

  #start(now: Micros, listenFrom: Micros, out: Sink<NodeEffect>): void {
    this.#started = { listenFrom };
    for (const script of this.#usedScripts(this.#model)) this.#addScript(now, script, out);
    for (const instance of this.#model.instances) this.#add(now, instance, out);
  }

  #add(now: Micros, model: VrrpInstanceModel, out: Sink<NodeEffect>): void {
    const router = new VirtualRouter(model, this.#guardOf(model));
    this.#routers.set(model.name, router);
    this.#index(router);
    out.push({ kind: 'openInstance', model });
    this.#tellAll(now, router, model, out);
    router.handle(now, { kind: 'start', listenFrom: this.#started?.listenFrom ?? now }, out);
  }

  #remove(now: Micros, name: string, reason: StopReason, out: Sink<NodeEffect>): void {
    const router = this.#routers.get(name);
    if (router === undefined) return;
    router.handle(now, { kind: 'stopRequested', reason, pace: 'at-once' }, out);
    out.push({ kind: 'closeInstance', instance: name });
    this.#routers.delete(name);
    this.#reindex();
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
    router.handle(now, { kind: 'linkChanged', state }, out);
    this.#tellSource(now, router, model, out);
    for (const { name } of model.trackedInterfaces) {
      const report = interfaceReport(name, this.#links.get(name) ?? 'missing');
      router.handle(now, { kind: 'trackerChanged', report }, out);
    }
    for (const { name } of model.trackedScripts) {
      const verdict = this.#scripts.get(name)?.verdict() ?? 'unknown';
      if (verdict === 'unknown') continue;
      const report: TrackerReport = { kind: 'script', name, verdict, detail: 'known before' };
      router.handle(now, { kind: 'trackerChanged', report }, out);
    }
  }

  #tellSource(
    now: Micros,
    router: VirtualRouter,
    model: VrrpInstanceModel,
    out: Sink<NodeEffect>,
  ): void {
    const usable = (this.#addresses.get(model.interface) ?? []).filter(
      (address) => ipFamily(address) === model.family,
    );
    const source = selectSource(model, usable, this.#virtual.foreignTo(model));
    router.handle(now, { kind: 'sourceChanged', source }, out);
  }

  #isListed(address: IpAddress): boolean {
    for (const addresses of this.#addresses.values()) if (addresses.includes(address)) return true;
    return false;
  }

  #changeLink(now: Micros, name: string, state: LinkState, out: Sink<NodeEffect>): void {
    if (this.#links.get(name) === state) return;
    this.#links.set(name, state);
    // What is found at the start is no news.
    if (this.#started !== undefined)
      out.push({ kind: 'record', event: { kind: 'linkChanged', interface: name, at: now, state } });
    const report = interfaceReport(name, state);
    for (const router of this.#routers.values()) {
      if (router.model.interface === name) router.handle(now, { kind: 'linkChanged', state }, out);
      router.handle(now, { kind: 'trackerChanged', report }, out);
    }
  }

  #receive(
    now: Micros,
    input: Extract<NodeInput, { kind: 'advertReceived' }>,
    out: Sink<NodeEffect>,
  ): void {
    const { advert } = input;
    const routers = this.#byWire.get(wireKey(input.interface, input.family, advert.vrid));
    const router = chooseRouter(routers, advert);
    if (router !== undefined) {
      router.handle(now, { kind: 'advertReceived', advert }, out);
      return;
    }
    this.#unknownVrids++;
    if (!this.#model.global.logUnknownVrids) return;
    const { vrid, source: from } = advert;
    const event = { kind: 'unknownVrid', interface: input.interface, at: now, vrid, from } as const;
    out.push({ kind: 'record', event });
  }

  // --- scripts ---

  #usedScripts(model: Model): readonly VrrpScriptModel[] {
    const used = new Set(
      model.instances.flatMap(({ trackedScripts }) => trackedScripts.map(({ name }) => name)),
    );
    return model.scripts.filter(({ name }) => used.has(name));
  }

  #addScript(now: Micros, model: VrrpScriptModel, out: Sink<NodeEffect>): void {
    const script = new ScriptMachine(model);
    this.#scripts.set(model.name, script);
    const effects: ScriptEffect[] = [];
    script.handle(now, { kind: 'start' }, effects);
    this.#relay(now, effects, out);
  }

  #removeScript(now: Micros, name: string, out: Sink<NodeEffect>): void {
    const effects: ScriptEffect[] = [];
    this.#scripts.get(name)?.stop(effects);
    this.#scripts.delete(name);
    this.#relay(now, effects, out);
  }

  #relay(now: Micros, effects: readonly ScriptEffect[], out: Sink<NodeEffect>): void {
    for (const effect of effects) {
      if (effect.kind === 'scriptOverrun') {
        const event = { kind: 'scriptOverrun', script: effect.script, at: now } as const;
        out.push({ kind: 'record', event });
      } else if (effect.kind === 'scriptVerdict') {
        const { script, verdict, detail, outcome } = effect;
        out.push({
          kind: 'record',
          event: { kind: 'scriptJudged', script, at: now, outcome, detail },
        });
        const report: TrackerReport = { kind: 'script', name: script, verdict, detail };
        for (const router of this.#routers.values()) {
          router.handle(now, { kind: 'trackerChanged', report }, out);
        }
      } else out.push(effect);
    }
  }

  // --- reload ---

  /** Applies the difference; an instance that did not change does not notice. */
  #reconfigure(now: Micros, model: Model, out: Sink<NodeEffect>): void {
    this.#model = model;
    this.#guards = planGuards(model);
    this.#virtual.configure(model.instances, (address) => this.#isListed(address));
    this.#reconfigureScripts(now, model, out);
    const wanted = new Map(model.instances.map((instance) => [instance.name, instance]));
    // Removals before additions, so that an address may move from one instance to another.
    for (const [name, router] of [...this.#routers]) {
      const instance = wanted.get(name);
      if (instance === undefined) this.#remove(now, name, 'removed', out);
      else if (compareInstances(router.model, instance) === 'replaced') {
        this.#remove(now, name, 'replaced', out);
      }
    }
    for (const instance of model.instances) {
      const router = this.#routers.get(instance.name);
      if (router === undefined) this.#add(now, instance, out);
      else if (!same(router.model, instance)) this.#change(now, router, instance, out);
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
    router.handle(now, { kind: 'reconfigured', model, guard: this.#guardOf(model) }, out);
  }

  #reconfigureScripts(now: Micros, model: Model, out: Sink<NodeEffect>): void {
    const wanted = this.#usedScripts(model);
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of [...this.#scripts.keys()]) {
      if (!names.has(name)) this.#removeScript(now, name, out);
    }
    for (const script of wanted) {
      const running = this.#scripts.get(script.name);
      if (running === undefined) this.#addScript(now, script, out);
      else if (!same(running.model, script)) running.reconfigure(now, script);
    }
  }

  #index(router: VirtualRouter): void {
    const { interface: name, family, vrid } = router.model;
    const key = wireKey(name, family, vrid);
    const list = this.#byWire.get(key);
    if (list === undefined) this.#byWire.set(key, [router]);
    else list.push(router);
  }

  #reindex(): void {
    this.#byWire.clear();
    for (const router of this.#routers.values()) this.#index(router);
  }
}

function wireKey(name: string, family: IpFamily, vrid: number): string {
  return `${name} ${family} ${vrid}`;
}

function interfaceReport(name: string, state: LinkState): TrackerReport {
  return { kind: 'interface', name, verdict: state === 'up' ? 'up' : 'down', detail: state };
}

function isDue(machine: { nextDeadline(): Micros | undefined }, now: Micros): boolean {
  const next = machine.nextDeadline();
  return next !== undefined && next <= now;
}
