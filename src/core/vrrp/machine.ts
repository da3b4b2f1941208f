/**
 * One virtual router (RFC 9568 §6, RFC 3768 §6), with keepalived's fault state and its choices where
 * the RFCs leave any.
 *
 *              start            Master_Down_Interval
 *     init ───────────► backup ─────────────────────► master
 *      ▲                 ▲  │ ◄───────────────────────  │
 *      │ stop        mended │ fault    higher advert    │ fault
 *      └── any state ─── fault ◄────────────────────────┘
 *
 * What leaving a state costs is decided by the state left (`#leave`), what entering one does by the
 * state entered (`#enter…`), so no pair of states can be forgotten.
 */
import type { IpAddress } from '../../base/ip.ts';
import { earliest, type Micros, micros } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedPeerMessage } from '../../wire/peer-types.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Machine, Sink } from '../machine.ts';
import { isStop, isWorthWaiting } from './departure.ts';
import { type Ending, LINGERING_DEADLINES } from './holdings.ts';
import type { Wait } from './patience.ts';
import { assemblePieces, type Pieces, type VrrpDeadline } from './pieces.ts';
import { describeFaults, planReconfiguration } from './reconfigure.ts';
import { PRIORITY_EX_OWNER } from './rivalry.ts';
import { exportRouter, importRouter, type RouterState } from './router-state.ts';
import { describeRouter, type RouterFacts, type VrrpSnapshot } from './snapshot.ts';
import { ADVERT_SLACK_US, nextAdvert } from './timers.ts';
import type {
  Cause,
  DepartureReason,
  Guard,
  HeardAdvert,
  NotifyState,
  OperatorOrder,
  StopReason,
  Synced,
  TrackerReport,
  VrrpEffect,
  VrrpInput,
  VrrpState,
} from './types.ts';

const PRIORITY_OWNER = 255;
const slackOf = (kind: VrrpDeadline): number => (kind === 'advert' ? ADVERT_SLACK_US : 0);

export class VirtualRouter implements Machine<VrrpInput, VrrpEffect> {
  #model: VrrpInstanceModel;
  #state: VrrpState = 'init';
  #started = false;
  #listenFrom: Micros = 0 as Micros;
  #effectivePriority: number;
  #lastTransition: { at: Micros; cause: Cause } | undefined;
  readonly #pieces: Pieces;
  readonly #conditions: Pieces['conditions'];
  readonly #deadlines: Pieces['deadlines'];
  readonly #departure: Pieces['departure'];
  readonly #following: Pieces['following'];
  readonly #holdings: Pieces['holdings'];
  readonly #journal: Pieces['journal'];
  readonly #reception: Pieces['reception'];
  readonly #rivalry: Pieces['rivalry'];
  readonly #rivals: Pieces['rivals'];
  readonly #standing: Pieces['standing'];
  readonly #statistics: Pieces['statistics'];
  readonly #talk: Pieces['talk'];
  readonly #voice: Pieces['voice'];

  constructor(model: VrrpInstanceModel, guard: Guard = { kind: 'none' }) {
    this.#model = model;
    this.#effectivePriority = model.priority;
    const facts = {
      model: () => this.#model,
      priority: () => this.#effectivePriority,
      state: () => this.#state,
    };
    this.#pieces = assemblePieces(guard, facts, {
      awaitSilence: (now, wait) => this.#awaitSilence(now, wait),
      answer: (now, out) => this.#answer(now, out),
      yieldTo: (now, advert, out) => this.#yield(now, advert, out),
      relievedBy: (now, advert, out) => this.#relieve(now, advert, out),
      reviewPriority: (now, cause, out) => this.#updatePriority(now, cause, out),
    });
    ({
      conditions: this.#conditions,
      deadlines: this.#deadlines,
      departure: this.#departure,
      following: this.#following,
      holdings: this.#holdings,
      journal: this.#journal,
      reception: this.#reception,
      rivalry: this.#rivalry,
      rivals: this.#rivals,
      standing: this.#standing,
      statistics: this.#statistics,
      talk: this.#talk,
      voice: this.#voice,
    } = this.#pieces);
  }

  get model(): VrrpInstanceModel {
    return this.#model;
  }

  get state(): VrrpState {
    return this.#state;
  }

  snapshot(): VrrpSnapshot {
    return describeRouter(this.#pieces, this.#facts());
  }

  /** Nothing is under way that is over soon: a hand-over, or addresses that answer a little longer. */
  isSettled(): boolean {
    return this.#departure.why === undefined && this.#holdings.lingering === 0;
  }

  /** Of a settled router, for the program that takes over from this one. */
  exportState(): RouterState {
    return exportRouter(this.#pieces, this.#facts());
  }

  /** In place of the start: goes on where the router of another program has stopped. */
  importState(state: RouterState): void {
    this.#state = state.state;
    this.#started = state.started;
    this.#listenFrom = state.listenFrom;
    this.#effectivePriority = state.effectivePriority;
    this.#lastTransition = state.lastTransition;
    importRouter(this.#pieces, state);
  }

  #facts(): RouterFacts {
    return {
      ...{ name: this.#model.name, state: this.#state, started: this.#started },
      ...{ listenFrom: this.#listenFrom, effectivePriority: this.#effectivePriority },
      lastTransition: this.#lastTransition,
    };
  }

  /** Whether it has stopped and left nothing behind that still answers. */
  isIdle(): boolean {
    return !this.#started && this.#holdings.lingering === 0;
  }

  get source(): IpAddress | undefined {
    return this.#conditions.source;
  }

  handle(now: Micros, input: VrrpInput, out: Sink<VrrpEffect>): void {
    this.#checkGuard(now, out);
    if (input.kind !== 'advertReceived') this.#following.routine = undefined;
    switch (input.kind) {
      case 'start':
        this.#start(now, input.listenFrom, out);
        return;
      case 'advertReceived':
        this.#hear(input.heardAt ?? now, input, out);
        return;
      case 'linkChanged':
        this.#conditions.link = input.state;
        this.#judge(now, out);
        return;
      case 'sourceChanged':
        this.#conditions.changeSource(input.source);
        this.#judge(now, out);
        return;
      case 'trackerChanged':
        this.#track(now, input.report, out);
        return;
      case 'addressLost':
        if (this.#state === 'master') this.#loseAddress(now, input.address, out);
        return;
      case 'addressClaimed':
        this.#holdings.claimed(now, input.address);
        this.#rivals.claimed(now, input, out);
        return;
      case 'listenerSeen':
        this.#talk.table.noteListener(now, input.from);
        return;
      case 'peerMessageReceived':
        this.#hearPeer(now, input.message, out);
        return;
      case 'ordered':
        this.#obey(now, input.order, out);
        return;
      case 'synced':
        this.#sync(now, input, out);
        return;
      case 'reconfigured':
        this.#reconfigure(now, input, out);
        return;
      case 'stopRequested':
        this.#stop(now, input, out);
    }
  }

  expire(now: Micros, out: Sink<VrrpEffect>): void {
    this.#checkGuard(now, out);
    this.#following.routine = undefined;
    const take = () => this.#deadlines.takeDue(now, slackOf, ADVERT_SLACK_US);
    for (let due = take(); due !== undefined; due = take()) {
      this.#fire(now, due.kind, due.at, out);
    }
    this.#rivals.expire(now, out);
    this.#talk.expire(now, out);
  }

  nextDeadline(): Micros | undefined {
    return earliest(this.nextJudgement(), this.#talk.nextDeadline());
  }

  /** The same without hellos to other holdfasts, which no advert puts off. */
  nextJudgement(): Micros | undefined {
    return earliest(this.#deadlines.next(), this.#rivals.nextDeadline());
  }

  #fire(now: Micros, kind: VrrpDeadline, at: Micros, out: Sink<VrrpEffect>): void {
    switch (kind) {
      case 'masterDown':
        if (this.#model.syncGroup !== undefined) return;
        this.#becomeMaster(now, this.#following.silence(now - at), out);
        return;
      case 'advert':
        this.#advertise(now, out);
        this.#deadlines.set('advert', nextAdvert(now, at, this.#model.advertInterval));
        return;
      case 'preemptDelay':
      case 'rivalry':
        this.#reception.fire(now, kind, out);
        return;
      case 'departure':
        this.#departAlone(now, out);
        return;
      default:
        this.#holdings.fire(now, kind, out);
    }
  }

  // --- start, stop, faults ---

  #start(now: Micros, listenFrom: Micros, out: Sink<VrrpEffect>): void {
    if (this.#started) return;
    this.#started = true;
    this.#listenFrom = listenFrom;
    this.#effectivePriority = this.#currentPriority();
    this.#talk.start(now, out);
    this.#judge(now, out);
  }

  #stop(
    now: Micros,
    { reason, pace }: Extract<VrrpInput, { kind: 'stopRequested' }>,
    out: Sink<VrrpEffect>,
  ): void {
    if (!this.#started) {
      if (pace === 'at-once') this.#holdings.releaseLingering(out);
      return;
    }
    const isPlanned = pace === 'planned' && reason !== 'replaced';
    const isMaster = this.#state === 'master';
    if (isPlanned && isMaster && this.#mayDepart()) this.#depart(now, reason, out);
    else this.#end(now, reason, isPlanned && !isMaster ? 'in-order' : 'at-once', out);
  }

  #end(now: Micros, reason: StopReason, ending: Ending, out: Sink<VrrpEffect>): void {
    const from = this.#state;
    this.#leave(now, 'init', ending, out);
    this.#started = false;
    this.#deadlines.clearAll(LINGERING_DEADLINES);
    if (reason !== 'replaced') {
      this.#notify(reason === 'removed' ? 'DELETED' : 'STOP', out);
    }
    this.#note(now, from, 'init', { kind: 'operator', action: reason }, out);
    this.#talk.stop(now);
  }

  /** Compares the state with the faults there are, and moves to or from fault. */
  #judge(now: Micros, out: Sink<VrrpEffect>): void {
    if (!this.#started) return;
    const faults = this.#conditions.faults();
    const [first] = faults;
    if (first !== undefined) {
      const { why } = this.#departure;
      if (this.#state !== 'fault') this.#enterFault(now, first, out);
      if (why !== undefined && isStop(why)) this.#end(now, why, 'at-once', out);
      else this.#journal.faults(now, describeFaults(faults), out);
      return;
    }
    if (this.#state === 'init' && this.#conditions.isKnown()) {
      this.#enterBackup(now, { kind: 'startup' }, out, { wait: 'start' });
    } else if (this.#state === 'fault' && this.#conditions.isKnown()) {
      this.#recover(now, out);
    }
  }

  #recover(now: Micros, out: Sink<VrrpEffect>): void {
    this.#enterBackup(now, { kind: 'recovered' }, out, { wait: 'recovery' });
    const { source } = this.#conditions;
    if (this.#model.transport.kind === 'unicast' && source !== undefined) {
      out.push({ kind: 'announceSource', instance: this.#model.name, source });
    }
  }

  // --- transitions: exit actions by the state left, entry actions by the state entered ---

  #leave(now: Micros, to: VrrpState, ending: Ending, out: Sink<VrrpEffect>): void {
    this.#journal.forget();
    if (this.#state === 'master') {
      const isLast = to !== 'backup' && this.#voice.goodbye(out) === 'said';
      if (isLast) this.#talk.resign(now, 'stopping', out);
      this.#departure.conclude(now, { outcome: 'cut-short' }, out);
      this.#statistics.releasedMaster++;
      this.#deadlines.clear('advert');
      this.#deadlines.clear('rivalry');
      this.#rivals.stop();
      this.#holdings.giveUp(now, ending, out);
    } else if (to === 'master') this.#holdings.keepLingering();
    else if (ending === 'at-once') this.#holdings.releaseLingering(out);
    this.#deadlines.clear('masterDown');
    this.#deadlines.clear('preemptDelay');
    this.#following.beginAnew();
    this.#state = to;
    if (to !== 'backup') this.#following.forget(this.#model.advertInterval);
  }

  #enterBackup(
    now: Micros,
    cause: Cause,
    out: Sink<VrrpEffect>,
    how: { readonly wait?: Wait; readonly ending?: Ending } = {},
  ): void {
    const from = this.#state;
    this.#leave(now, 'backup', how.ending ?? 'at-once', out);
    this.#awaitSilence(now, how.wait ?? 'master-down');
    this.#notify('BACKUP', out);
    this.#note(now, from, 'backup', cause, out);
  }

  #enterFault(now: Micros, cause: Cause, out: Sink<VrrpEffect>): void {
    const from = this.#state;
    this.#leave(now, 'fault', 'at-once', out);
    this.#notify('FAULT', out);
    this.#note(now, from, 'fault', cause, out);
  }

  #becomeMaster(now: Micros, cause: Cause, out: Sink<VrrpEffect>): void {
    const from = this.#state;
    this.#leave(now, 'master', 'at-once', out);
    this.#standing.becameMaster();
    // An ex-owner whose rival has fallen silent is the owner again.
    this.#rivalry.end();
    this.#updatePriority(now, cause, out);
    this.#statistics.becameMaster++;
    this.#voice.advert(this.#effectivePriority, out);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
    this.#holdings.take(now, out);
    this.#rivals.start(now);
    this.#notify('MASTER', out);
    this.#note(now, from, 'master', cause, out);
  }

  #sync(now: Micros, { to, group, after }: Synced, out: Sink<VrrpEffect>): void {
    const cause: Cause = { kind: 'synced', group, after };
    if (to === 'master' && this.#state === 'backup') this.#becomeMaster(now, cause, out);
    if (to === 'backup' && this.#state === 'master') this.#enterBackup(now, cause, out);
  }

  /** Takes over then, unless it is to take nothing at all. */
  #awaitSilence(now: Micros, wait: Wait): void {
    const from = Math.max(now, this.#listenFrom);
    if (this.#standing.restraint === 'drained') this.#deadlines.clear('masterDown');
    else this.#deadlines.set('masterDown', micros(from + this.#pieces.patience.wait(wait)));
  }

  // --- leaving in order (ADR 0003) ---

  /** Whether to wait for a successor; handed over to nobody, an address would only be away. */
  #mayDepart(why?: DepartureReason): boolean {
    const others = this.#talk.table.everHeard() ? 'heard' : 'unheard';
    return isWorthWaiting(this.#model, { others, why });
  }

  #depart(now: Micros, why: DepartureReason, out: Sink<VrrpEffect>): void {
    const isNew = this.#departure.why === undefined;
    const successor = this.#talk.successor(now, 'stopping');
    this.#departure.begin(now, { why, successor }, out);
    if (isNew) this.#talk.resign(now, 'stopping', out);
  }

  #hearPeer(now: Micros, message: ReceivedPeerMessage, out: Sink<VrrpEffect>): void {
    const cause = this.#talk.hear(now, message, out);
    if (cause !== undefined) this.#becomeMaster(now, cause, out);
  }

  /** Another host has begun to serve. */
  #relieve(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const why = this.#departure.conclude(now, { outcome: 'taken-over', to: advert.source }, out);
    if (why === undefined) return;
    if (isStop(why)) this.#end(now, why, 'in-order', out);
    else {
      this.#enterBackup(now, { kind: 'operator', action: why }, out, { ending: 'in-order' });
      this.#reception.follow(now, advert, out);
    }
  }

  /** Nobody came in time. */
  #departAlone(now: Micros, out: Sink<VrrpEffect>): void {
    const why = this.#departure.conclude(now, { outcome: 'nobody' }, out);
    if (why === undefined) return;
    if (isStop(why)) this.#end(now, why, 'at-once', out);
    else if (this.#standing.restraint === 'drained') {
      this.#enterBackup(now, { kind: 'operator', action: 'drain' }, out);
    } else {
      this.#standing.becameMaster();
      this.#holdings.renewWithAdverts();
      this.#rivals.start(now);
      this.#answer(now, out);
    }
  }

  // --- what an operator orders ---

  #obey(now: Micros, order: OperatorOrder, out: Sink<VrrpEffect>): void {
    const isMaster = this.#state === 'master';
    if (order.kind === 'handover' && !isMaster) return;
    this.#standing.apply(order);
    if (order.kind === 'priority') {
      const before = this.#effectivePriority;
      this.#updatePriority(now, { kind: 'operator', action: 'priority' }, out);
      this.#tellNews(now, before, out);
    } else if (!isMaster || order.kind === 'undrain') {
      if (this.#state === 'backup') this.#awaitSilence(now, 'master-down');
      this.#talk.tellNews(now, out);
    } else if (this.#mayDepart(order.kind)) this.#depart(now, order.kind, out);
    else {
      this.#voice.goodbye(out);
      this.#enterBackup(now, { kind: 'operator', action: order.kind }, out);
    }
  }

  /** An operator has changed what a master says: the group hears of it now. */
  #tellNews(now: Micros, before: number, out: Sink<VrrpEffect>): void {
    if (this.#state !== 'master' || this.#departure.why !== undefined) return;
    const own = this.#effectivePriority;
    const falls = own < before && this.#talk.table.candidateAbove(now, own);
    if (falls && this.#mayDepart()) this.#depart(now, 'priority', out);
    else this.#answer(now, out);
  }

  // --- the guard, and addresses that something else removes ---

  /** What the kernel has taken away while we slept, another host may have now. */
  #checkGuard(now: Micros, out: Sink<VrrpEffect>): void {
    const forUs = this.#holdings.guard.overslept(now);
    if (forUs === undefined) return;
    if (this.#state !== 'master') this.#holdings.releaseLingering(out);
    else this.#fallBack(now, { kind: 'overslept', forUs }, out, 'master-down');
  }

  #loseAddress(now: Micros, address: IpAddress, out: Sink<VrrpEffect>): void {
    if (this.#holdings.lost(now, address, out) === 'mended') return;
    this.#fallBack(now, { kind: 'addressLost', address }, out, 'skew');
  }

  /** A master gives up at once; one that was to end does. */
  #fallBack(now: Micros, cause: Cause, out: Sink<VrrpEffect>, wait: Wait): void {
    const { why } = this.#departure;
    this.#enterBackup(now, cause, out, { wait });
    if (why !== undefined && isStop(why)) this.#end(now, why, 'at-once', out);
  }

  // --- adverts ---

  #hear(at: Micros, heard: HeardAdvert, out: Sink<VrrpEffect>): void {
    const takesPart = this.#state === 'backup' || this.#state === 'master';
    if (takesPart && at >= this.#listenFrom) this.#reception.hear(at, heard, out);
  }

  #yield(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    if (this.#model.higherPrioritySendAdvert) this.#voice.advert(this.#effectivePriority, out);
    const ending = this.#model.plannedHandover === 'on' ? 'in-order' : 'at-once';
    this.#enterBackup(now, this.#reception.advertCause(advert), out, { ending });
    this.#reception.follow(now, advert, out);
  }

  /** An advert out of turn, after which the period begins anew. */
  #answer(now: Micros, out: Sink<VrrpEffect>): void {
    this.#advertise(now, out);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
  }

  #advertise(now: Micros, out: Sink<VrrpEffect>): void {
    this.#voice.advert(this.#effectivePriority, out);
    this.#holdings.renew(now, out);
  }

  // --- trackers, addresses, reload ---

  #track(now: Micros, report: TrackerReport, out: Sink<VrrpEffect>): void {
    if (this.#conditions.trackers.note(report) !== 'changed') return;
    this.#updatePriority(now, { kind: 'tracker', report }, out);
    this.#judge(now, out);
  }

  #updatePriority(now: Micros, cause: Cause, out: Sink<VrrpEffect>): void {
    const to = this.#currentPriority();
    const from = this.#effectivePriority;
    if (to === from) return;
    this.#effectivePriority = to;
    if (!this.#started) return;
    this.#journal.priorityChanged(now, { from, to, cause }, out);
    const isFall = to < from && this.#state === 'master' && cause.kind !== 'operator';
    if (isFall && this.#departure.why === undefined) this.#talk.resign(now, 'lowered', out);
    else this.#talk.tellNews(now, out);
  }

  #currentPriority(): number {
    if (this.#rivalry.gaveWay) return PRIORITY_EX_OWNER;
    return this.#conditions.trackers.effectivePriority(this.#standing.priorityOf(this.#model));
  }

  /** The caller replaces an instance whose identity on the wire changes; here only settings do. */
  #reconfigure(
    now: Micros,
    { model, guard }: Extract<VrrpInput, { kind: 'reconfigured' }>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#holdings.reguard(now, guard, out);
    const plan = planReconfiguration(this.#model, model);
    // What was detected stays detected.
    if (this.#model.checksum !== model.checksum) this.#voice.checksum = model.checksum;
    this.#model = model;
    this.#conditions.configure(model);
    this.#talk.configure(now);
    if (model.priority !== PRIORITY_OWNER) this.#rivalry.end();
    const before = this.#effectivePriority;
    this.#updatePriority(now, { kind: 'operator', action: 'reload' }, out);
    if (this.#state === 'master') {
      this.#following.advertInterval = model.advertInterval;
      this.#holdings.reconfigured(now, plan, out);
      if (plan.advertChanged) this.#tellNews(now, before, out);
    } else if (model.version === 2 || this.#following.master === undefined) {
      this.#following.advertInterval = model.advertInterval;
    }
    this.#judge(now, out);
  }

  // --- small parts ---

  #notify(state: NotifyState, out: Sink<VrrpEffect>): void {
    this.#voice.notify(state, this.#effectivePriority, out);
  }

  #note(now: Micros, from: VrrpState, to: VrrpState, cause: Cause, out: Sink<VrrpEffect>): void {
    this.#lastTransition = { at: now, cause };
    this.#journal.transition(now, { from, to, cause, priority: this.#effectivePriority }, out);
    this.#talk.tellNews(now, out);
  }
}
