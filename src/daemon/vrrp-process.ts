/**
 * The VRRP process: feeds the engine with facts and carries out its orders. Everything that touches
 * the kernel comes in through ports, so that the same code runs in tests.
 *
 *   alarm, sockets, netlink, scripts ──► node.handle / node.expire ──► effects
 *   effects: adverts at once; addresses and announcements in slices; scripts and log lines last
 */
import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { Node, NodeEffect, NodeInput } from '../core/node.ts';
import type {
  AdvertLinkOptions,
  LinkFacts,
  NetworkEvent,
  NetworkMonitor,
} from '../ports/network.ts';
import { changeAddresses } from './address-effects.ts';
import { AddressSide } from './address-side.ts';
import { AdvertSide } from './advert-side.ts';
import { urgencyOn } from './advert-urgency.ts';
import { whenCalm } from './calm.ts';
import { Complaints } from './complaints.ts';
import { fitAddresses } from './fit-addresses.ts';
import { Hearing } from './hearing.ts';
import { createLazyAlarm, type LazyAlarm } from './lazy-alarm.ts';
import { logEvent } from './log-lines.ts';
import { measureScripts } from './metrics/measure-scripts.ts';
import { VrrpMetrics } from './metrics/vrrp-metrics.ts';
import { NetworkNews } from './network-news.ts';
import { Notifier } from './notifier.ts';
import { PeerSide } from './peer-side.ts';
import { advertInput } from './received-advert.ts';
import { createNode } from './recorder/recorded-node.ts';
import { TrackScripts } from './track-scripts.ts';
import { exportHanded, type HandedState, importHanded } from './upgrade/handed-state.ts';
import type { ToldInput, VrrpProcessParts } from './vrrp-process-parts.ts';
import { WatchSide } from './watch-side.ts';

/** Notify scripts of a stop get this long before the process ends. */
const STOP_SCRIPTS_MS = 1000;

export class VrrpProcess {
  readonly metrics = new VrrpMetrics();
  readonly #parts: VrrpProcessParts;
  readonly #node: Node;
  readonly #alarm: LazyAlarm;
  readonly #hearing: Hearing;
  readonly #news: NetworkNews;
  readonly #adverts: AdvertSide;
  readonly #peers: PeerSide;
  readonly #addresses: AddressSide;
  readonly #notifier: Notifier;
  readonly #trackScripts: TrackScripts;
  readonly #watch: WatchSide;
  /** Between openInstance and closeInstance; an ended one still sends its last advert. */
  readonly #open = new Map<string, VrrpInstanceModel>();
  /** `leaving`: masters wait for their successors. */
  #phase: 'running' | 'frozen' | 'leaving' | 'stopping' | 'stopped' = 'running';
  /** What came while frozen. */
  readonly #waiting: NodeInput[] = [];
  #whenStopped: () => void = () => {};
  readonly #link = (name: string): LinkFacts | undefined =>
    this.monitor.links().find((facts) => facts.name === name);
  readonly #routers = () =>
    [...this.#open.values()].map((model) => {
      const { source, state = 'init' as const } = this.#node.router(model.name) ?? {};
      return { model, source, state };
    });
  #atStop: 'release' | 'keep' = 'release';

  constructor(model: Model, parts: VrrpProcessParts) {
    this.#parts = parts;
    this.#node = createNode(this.#fit(model), parts.recorder);
    this.#alarm = createLazyAlarm(parts, {
      before: () => this.#hearing.beforeDue(),
      onDue: (at) => this.#expire(at),
    });
    this.#hearing = new Hearing({
      ...{ clock: parts.clock, node: this.#node, alarm: this.#alarm, isAlive: this.#isAlive },
      read: () => this.#adverts.readWaiting(),
      carryOut: (effects) => this.#carryOut(effects),
    });
    const complaints = new Complaints(parts.log);
    const link = this.#link;
    this.#addresses = new AddressSide({ ...parts, link, complaints }, this.#node.model);
    this.#adverts = new AdvertSide({
      network: parts.network,
      log: parts.log,
      complaints,
      link,
      routers: this.#routers,
      isLocal: (address) => this.#news.isLocal(address),
      onDatagram: (name, family, datagram, late) =>
        this.#hear(advertInput(name, family, datagram, late)),
      urgency: (name) => urgencyOn(name, this.#open.values(), this.#node),
    });
    this.#watch = new WatchSide({
      ...parts,
      complaints,
      link,
      routers: this.#routers,
      onHeard: (input) => this.#feed(input),
    });
    this.#peers = new PeerSide({
      ...parts,
      network: parts.peers,
      complaints,
      model: () => this.#node.model,
      routers: () => [...this.#open.values()],
      link,
      isLocal: (address) => this.#news.isLocal(address),
      feed: (input) => this.#feed(input),
    });
    this.metrics.sideMessages = () => this.#peers.counters();
    this.#news = new NetworkNews({
      monitor: parts.monitor,
      ledger: this.#addresses.ledger,
      feed: (input) => this.#feed(input),
      onAddressLost: (instance) => this.metrics.addressLost(instance),
      onAddressGone: (name, address) => this.#addresses.unguardGone(name, address),
      onLinkChanged: () => this.#watch.markStale(),
      onAddressesChanged: () => {
        this.#adverts.markStale();
        this.#adverts.openIfStale();
        this.#peers.review();
      },
    });
    const measured = (kind: 'track' | 'notify') =>
      measureScripts({ ...parts, metrics: this.metrics }, kind);
    this.#notifier = new Notifier(measured('notify'), parts);
    this.#trackScripts = new TrackScripts(measured('track'), (input) => this.#feed(input));
  }

  get node(): Node {
    return this.#node;
  }

  /** What an operator asks for, what checks have found, and what the proxy says. */
  tell(input: ToldInput): void {
    this.#feed(input);
  }

  /** Until the engine wants to be called; Infinity where it does not. */
  untilDueUs(): number {
    const next = this.#node.nextDeadline();
    return next === undefined ? Number.POSITIVE_INFINITY : next - this.#parts.clock.now();
  }

  get phase(): 'running' | 'frozen' | 'stopping' {
    const phase = this.#phase;
    return phase === 'running' || phase === 'frozen' ? phase : 'stopping';
  }

  /** Whether nothing is under way that is over soon anyway. */
  isQuiet(): boolean {
    return this.#node.isSettled() && this.#addresses.isIdle();
  }

  /** What each instance holds. */
  get holdings(): Pick<AddressSide, 'heldBy' | 'countHeld' | 'guardInForce'> {
    return this.#addresses;
  }

  /** The kernel's view, for what must be known before the start. */
  get monitor(): NetworkMonitor {
    return this.#parts.monitor;
  }

  start(listenFrom: Micros): void {
    this.#notifier.begin(this.#node);
    this.#news.tellAll();
    this.#feed({ kind: 'start', listenFrom });
  }

  /** In place of `start`: goes on where another program has stopped, with the model that it had. */
  continueFrom(state: HandedState): void {
    const { effects, lost } = importHanded(this.#handing(), state);
    this.#carryOut(effects);
    this.#news.tellAll();
    for (const { interface: name, address } of lost) this.#news.lost(name, address);
  }

  /** Acts no more and gives nothing up; what comes waits for `thaw`, should that be called. */
  freeze(): HandedState {
    this.#adverts.readWaiting();
    this.#phase = 'frozen';
    this.#alarm.arm(undefined);
    this.#parts.recorder?.handedOver();
    return exportHanded(this.#handing());
  }

  #handing() {
    const [node, addresses, peers] = [this.#node, this.#addresses, this.#peers];
    const [notifier, metrics] = [this.#notifier, this.metrics];
    return { ...this.#parts, node, addresses, peers, notifier, metrics };
  }

  thaw(): void {
    this.#phase = 'running';
    this.#peers.goOn();
    this.#parts.recorder?.thawed(this.#parts.clock.now(), this.#node);
    for (const input of this.#waiting.splice(0)) this.#feed(input);
    // What became of links meanwhile was not told.
    this.onNetworkEvents([{ kind: 'resynchronised' }]);
    this.#alarm.arm(this.#node.nextDeadline());
  }

  /** Another program acts for good: scripts of this one have nobody to tell their results. */
  retire(): void {
    this.#phase = 'stopped';
    this.#notifier.pipes.close('leave');
    this.#trackScripts.killAll();
    this.#addresses.close();
  }

  /** The sockets for adverts, as they are open now. */
  openLinks(): readonly AdvertLinkOptions[] {
    return this.#adverts.links();
  }

  /** For work that takes longer than an advert may be late; never where the process stops before. */
  whenCalm(act: () => void, neededUs?: number): void {
    whenCalm(this, act, neededUs);
  }

  /** A process that stops takes nothing up any more. */
  reload(model: Model): void {
    if (this.#phase !== 'running') return;
    const fitted = this.#fit(model);
    this.#addresses.prepare(fitted, this.#node.model);
    this.#notifier.reload(fitted, this.#node, (input) => this.#feed(input));
    // The key is nobody's instance.
    this.#peers.reviewKey();
  }

  /**
   * Gives everything up in order; calls back when addresses are gone and stop scripts have run. A
   * master waits for its successor (ADR 0003); asked a second time it does not.
   */
  stop(options: { readonly addresses: 'release' | 'keep' }, done: () => void): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    const isFirst = this.#phase === 'running';
    if (isFirst) this.#whenStopped = done;
    this.#phase = 'leaving';
    this.#atStop = options.addresses;
    const isPlanned = isFirst && options.addresses === 'release';
    this.#feed({ kind: 'stopRequested', pace: isPlanned ? 'planned' : 'at-once' });
  }

  /** Nothing is held any more. */
  #finishStop(): void {
    this.#phase = 'stopping';
    this.#alarm.arm(undefined);
    this.#addresses.drain();
    this.#trackScripts.killAll();
    const finish = (): void => {
      if (this.#phase === 'stopped') return;
      this.#phase = 'stopped';
      clearTimeout(limit);
      this.close();
      this.#whenStopped();
    };
    const limit = setTimeout(finish, STOP_SCRIPTS_MS);
    this.#notifier.whenIdle(finish);
  }

  #isAlive = (): boolean => this.#phase === 'running' || this.#phase === 'leaving';

  /** After a bug of ours: the addresses go, whatever state the engine is in. */
  abandon(): void {
    this.#addresses.removeAll();
  }

  close(): void {
    this.#notifier.pipes.close('remove');
    this.#watch.close();
    this.#addresses.close();
    this.#adverts.close();
    this.#peers.close();
    this.#alarm.close();
    this.#parts.monitor.close();
    this.#parts.frames.close();
    this.#parts.table.close();
  }

  onNetworkEvents(events: readonly NetworkEvent[]): void {
    if (this.#isAlive()) this.#news.tell(events);
  }

  #fit(model: Model): Model {
    return fitAddresses(model, this.#link, this.#parts.log);
  }

  // --- inputs ---

  #feed(input: NodeInput): void {
    if (this.#phase === 'frozen') this.#waiting.push(input);
    if (!this.#isAlive()) return;
    this.#hearing.readWaiting();
    const effects: NodeEffect[] = [];
    this.#node.handle(this.#parts.clock.now(), input, effects);
    this.#carryOut(effects);
  }

  #hear(input: NodeInput): void {
    if (this.#phase === 'frozen') this.#waiting.push(input);
    if (this.#isAlive()) this.#hearing.hear(input);
  }

  #expire(now: Micros): void {
    if (!this.#isAlive()) return;
    const effects: NodeEffect[] = [];
    this.metrics.timerRan(this.#node.nextDeadline(), now);
    this.#node.expire(now, effects);
    this.#carryOut(effects);
  }

  // --- effects ---

  #carryOut(effects: readonly NodeEffect[]): void {
    const later: NodeEffect[] = [];
    const ended: string[] = [];
    for (const effect of effects) {
      this.metrics.effect(effect);
      if (effect.kind === 'openInstance') {
        this.#open.set(effect.model.name, effect.model);
        this.#adverts.markStale();
        this.#watch.markStale();
        this.#peers.markStale();
      } else if (effect.kind === 'closeInstance') ended.push(effect.instance);
      else if (!this.#carryOutNow(effect)) later.push(effect);
    }
    this.#adverts.openIfStale();
    this.#peers.openIfStale();
    this.#addresses.pump();
    for (const effect of later) this.#carryOutLater(effect);
    if (ended.length > 0) this.#forget(ended);
    if (this.#phase === 'leaving' && this.#node.isIdle()) this.#finishStop();
    else this.#alarm.arm(this.#node.nextDeadline());
  }

  /** What the network sees; says whether it was that. */
  #carryOutNow(effect: NodeEffect): boolean {
    const model = 'instance' in effect ? this.#open.get(effect.instance) : undefined;
    switch (effect.kind) {
      case 'sendAdvert':
        if (model !== undefined) this.#adverts.send(model, effect);
        return true;
      case 'sendPeerMessage':
        this.#peers.send(effect);
        return true;
      default:
        return changeAddresses(this.#addresses, effect, { model, atStop: this.#atStop });
    }
  }

  #carryOutLater(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'notify': {
        const model = this.#open.get(effect.instance);
        if (model !== undefined) this.#notifier.notify(model, effect.state, effect.priority);
        return;
      }
      case 'inquire': {
        const model = this.#open.get(effect.instance);
        if (model !== undefined) this.#watch.inquire(model, effect);
        return;
      }
      case 'record':
        this.#parts.recorded?.(effect.event);
        if (effect.event.kind === 'transition') {
          this.#watch.markStale();
          // A master hears what comes as it comes.
          queueMicrotask(this.#hearing.readWaiting);
        }
        this.#notifier.note(effect.event, this.#node);
        logEvent(effect.event, this.#parts);
        return;
      case 'runScript': {
        const script = this.#node.model.scripts.find(({ name }) => name === effect.script);
        if (script !== undefined) this.#trackScripts.run(script);
        return;
      }
      case 'killScript':
        this.#trackScripts.kill(effect.script, effect.signal);
        return;
    }
  }

  /** An instance that was replaced by another of its name is still open. */
  #forget(ended: readonly string[]): void {
    const gone = ended.filter((name) => this.#node.router(name) === undefined);
    for (const name of gone) this.#open.delete(name);
    this.#adverts.closeUnneeded(gone);
    this.#watch.markStale();
    this.#peers.forget(gone);
  }
}
