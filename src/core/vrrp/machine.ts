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
import { compareIp, type IpAddress } from '../../base/ip.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Machine, Sink } from '../machine.ts';
import { admitAdvert, countRefusal } from './admission.ts';
import { Announcements } from './announcements.ts';
import { Conditions } from './conditions.ts';
import { Deadlines } from './deadlines.ts';
import { Journal } from './journal.ts';
import { describeFaults, planReconfiguration } from './reconfigure.ts';
import { OwnerRivalry, PRIORITY_EX_OWNER } from './rivalry.ts';
import { ADVERT_SLACK_US, masterDownInterval, ownerRecoveryTime, skewTime } from './timers.ts';
import {
  type AdvertNote,
  type Cause,
  type Guard,
  type NotifyState,
  newStatistics,
  type StopReason,
  type TrackerReport,
  type VrrpEffect,
  type VrrpInput,
  type VrrpState,
  type VrrpStatistics,
} from './types.ts';

const PRIORITY_OWNER = 255;
const PRIORITY_STOP = 0;

export type VrrpDeadline =
  | 'masterDown'
  | 'advert'
  | 'preemptDelay'
  | 'rivalry'
  | 'announceAgain'
  | 'announceRefresh'
  | 'announceLowerPriority';

/** What is known of a virtual router at this moment, for status and tests. */
export interface VrrpSnapshot {
  readonly name: string;
  readonly state: VrrpState;
  readonly effectivePriority: number;
  readonly master: IpAddress | undefined;
  readonly masterPriority: number;
  readonly masterAdvertInterval: Micros;
  readonly source: IpAddress | undefined;
  readonly lastTransition: Micros | undefined;
  readonly lastCause: Cause | undefined;
  readonly faults: readonly string[];
  readonly statistics: Readonly<VrrpStatistics>;
}

export class VirtualRouter implements Machine<VrrpInput, VrrpEffect> {
  #model: VrrpInstanceModel;
  #guard: Guard;
  #state: VrrpState = 'init';
  #started = false;
  #listenFrom: Micros = 0 as Micros;
  readonly #deadlines = new Deadlines<VrrpDeadline>();
  readonly #conditions: Conditions;
  readonly #announcements: Announcements;
  readonly #statistics = newStatistics();
  #checksum: VrrpInstanceModel['checksum'];
  #effectivePriority: number;
  readonly #rivalry = new OwnerRivalry();
  #master: IpAddress | undefined;
  #masterPriority = 0;
  #masterAdvertInterval: Micros;
  #heardPriorityZero = false;
  #preemptWait: 'none' | 'waiting' | 'over' = 'none';
  readonly #journal: Journal;
  #lastTransition: { at: Micros; cause: Cause } | undefined;

  constructor(model: VrrpInstanceModel, guard: Guard = { kind: 'none' }) {
    this.#model = model;
    this.#guard = guard;
    this.#checksum = model.checksum;
    this.#effectivePriority = model.priority;
    this.#masterAdvertInterval = model.advertInterval;
    this.#conditions = new Conditions(model);
    this.#announcements = new Announcements(this.#deadlines);
    this.#journal = new Journal(model.name);
  }

  get model(): VrrpInstanceModel {
    return this.#model;
  }

  get state(): VrrpState {
    return this.#state;
  }

  snapshot(): VrrpSnapshot {
    return {
      name: this.#model.name,
      state: this.#state,
      effectivePriority: this.#effectivePriority,
      master: this.#master,
      masterPriority: this.#masterPriority,
      masterAdvertInterval: this.#masterAdvertInterval,
      source: this.#conditions.source,
      lastTransition: this.#lastTransition?.at,
      lastCause: this.#lastTransition?.cause,
      faults: describeFaults(this.#conditions.faults()),
      statistics: this.#statistics,
    };
  }

  get source(): IpAddress | undefined {
    return this.#conditions.source;
  }

  handle(now: Micros, input: VrrpInput, out: Sink<VrrpEffect>): void {
    switch (input.kind) {
      case 'start':
        this.#start(now, input.listenFrom, out);
        return;
      case 'advertReceived':
        this.#receive(now, input.advert, out);
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
        this.#loseAddress(now, input.address, out);
        return;
      case 'reconfigured':
        this.#guard = input.guard;
        this.#reconfigure(now, input.model, out);
        return;
      case 'stopRequested':
        this.#stop(now, input.reason, out);
        return;
    }
  }

  expire(now: Micros, out: Sink<VrrpEffect>): void {
    for (;;) {
      const due = this.#deadlines.takeDue(now, slackOf);
      if (due === undefined) return;
      this.#fire(now, due.kind, due.at, out);
    }
  }

  nextDeadline(): Micros | undefined {
    return this.#deadlines.next();
  }

  #fire(now: Micros, kind: VrrpDeadline, at: Micros, out: Sink<VrrpEffect>): void {
    switch (kind) {
      case 'masterDown':
        this.#becomeMaster(now, at, out);
        return;
      case 'advert': {
        // From one deadline to the next, not from now: lateness must not add up.
        const next = at + this.#model.advertInterval;
        this.#sendAdvert(out, this.#effectivePriority);
        // A wake-up that is a whole interval late makes up for nothing.
        const isAhead = next > now + ADVERT_SLACK_US;
        this.#deadlines.set(
          'advert',
          isAhead ? micros(next) : micros(now + this.#model.advertInterval),
        );
        return;
      }
      case 'preemptDelay':
        this.#preemptWait = 'over';
        return;
      case 'rivalry': {
        const from = this.#rivalry.judge(now, this.#model.advertInterval);
        if (from !== undefined) this.#updatePriority(now, { kind: 'otherOwner', from }, out);
        return;
      }
      case 'announceAgain':
      case 'announceRefresh':
      case 'announceLowerPriority':
        this.#announcements.fire(now, kind, this.#model, out);
        return;
    }
  }

  // --- start, stop, faults ---

  #start(now: Micros, listenFrom: Micros, out: Sink<VrrpEffect>): void {
    if (this.#started) return;
    this.#started = true;
    this.#listenFrom = listenFrom;
    this.#effectivePriority = this.#currentPriority();
    this.#judge(now, out);
  }

  #stop(now: Micros, reason: StopReason, out: Sink<VrrpEffect>): void {
    if (!this.#started) return;
    const from = this.#state;
    this.#leave('init', out);
    this.#started = false;
    this.#deadlines.clearAll();
    if (reason !== 'replaced') {
      this.#notify(reason === 'removed' ? 'DELETED' : 'STOP', out);
    }
    this.#note(now, from, 'init', { kind: 'operator', action: reason }, out);
  }

  /** Compares the state with the faults there are, and moves to or from fault. */
  #judge(now: Micros, out: Sink<VrrpEffect>): void {
    if (!this.#started) return;
    const faults = this.#conditions.faults();
    const [first] = faults;
    if (first !== undefined) {
      if (this.#state !== 'fault') this.#enterFault(now, first, out);
      this.#journal.faults(now, describeFaults(faults), out);
      return;
    }
    if (this.#state === 'init' && this.#conditions.isKnown()) {
      this.#enterBackup(now, this.#firstTimeout(), { kind: 'startup' }, out);
    } else if (this.#state === 'fault' && this.#conditions.isKnown()) {
      this.#recover(now, out);
    }
  }

  #recover(now: Micros, out: Sink<VrrpEffect>): void {
    const owner = this.#model.priority === PRIORITY_OWNER;
    const timeout = owner ? ownerRecoveryTime(this.#skewParameters()) : this.#downInterval();
    this.#enterBackup(now, timeout, { kind: 'recovered' }, out);
    const { source } = this.#conditions;
    if (this.#model.transport.kind === 'unicast' && source !== undefined) {
      out.push({ kind: 'announceSource', instance: this.#model.name, source });
    }
  }

  /** An owner that wants it begins at once; everybody else listens first. */
  #firstTimeout(): Micros {
    const { priority, initialState } = this.#model;
    const atOnce = priority === PRIORITY_OWNER && initialState === 'master';
    return atOnce ? micros(1) : this.#downInterval();
  }

  // --- transitions: exit actions by the state left, entry actions by the state entered ---

  #leave(to: VrrpState, out: Sink<VrrpEffect>): void {
    this.#journal.forget();
    if (this.#state === 'master') {
      if (to !== 'backup') this.#sendAdvert(out, PRIORITY_STOP);
      this.#statistics.releasedMaster++;
      this.#announcements.stop();
      this.#deadlines.clear('advert');
      this.#deadlines.clear('rivalry');
      this.#changeAddresses('removeAddresses', this.#heldAddresses(), out);
    }
    this.#deadlines.clear('masterDown');
    this.#deadlines.clear('preemptDelay');
    this.#heardPriorityZero = false;
    this.#preemptWait = 'none';
    this.#state = to;
    if (to !== 'backup') this.#forgetMaster();
  }

  #enterBackup(now: Micros, timeout: Micros, cause: Cause, out: Sink<VrrpEffect>): void {
    const from = this.#state;
    this.#leave('backup', out);
    this.#deadlines.set('masterDown', micros(Math.max(now, this.#listenFrom) + timeout));
    this.#notify('BACKUP', out);
    this.#note(now, from, 'backup', cause, out);
  }

  #enterFault(now: Micros, cause: Cause, out: Sink<VrrpEffect>): void {
    const from = this.#state;
    this.#leave('fault', out);
    this.#notify('FAULT', out);
    this.#note(now, from, 'fault', cause, out);
  }

  #becomeMaster(now: Micros, due: Micros, out: Sink<VrrpEffect>): void {
    const cause: Cause = {
      kind: 'masterDown',
      lastMaster: this.#master,
      afterPriorityZero: this.#heardPriorityZero,
      lateUs: now - due,
    };
    const from = this.#state;
    this.#leave('master', out);
    this.#masterAdvertInterval = this.#model.advertInterval;
    // An ex-owner whose rival has fallen silent is the owner again.
    this.#rivalry.end();
    this.#updatePriority(now, cause, out);
    this.#statistics.becameMaster++;
    this.#sendAdvert(out, this.#effectivePriority);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
    this.#changeAddresses('addAddresses', this.#heldAddresses(), out);
    this.#announcements.start(now, this.#model, out);
    this.#notify('MASTER', out);
    this.#note(now, from, 'master', cause, out);
  }

  // --- adverts ---

  #receive(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    if (this.#state === 'init' || this.#state === 'fault' || now < this.#listenFrom) return;
    const admission = admitAdvert(this.#model, this.#checksum, advert, this.#master);
    if (admission.kind === 'refused') {
      countRefusal(this.#statistics, admission.reason);
      if (admission.reason !== 'owner') this.#journal.refused(now, advert, admission, out);
      return;
    }
    this.#statistics.advertsReceived++;
    if (advert.priority === PRIORITY_STOP) this.#statistics.priorityZeroReceived++;
    if (admission.checksum === 'old-unicast') {
      this.#checksum = 'old-unicast';
      this.#noteAdvert(now, advert, 'old-checksum', out);
    }
    if (admission.addressList === 'differs') {
      this.#statistics.addressListErrors++;
      this.#noteAdvert(now, advert, 'address-list', out, 'once');
    }
    if (this.#state === 'master') this.#receiveAsMaster(now, advert, out);
    else this.#receiveAsBackup(now, advert, out);
  }

  #receiveAsBackup(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    if (advert.priority === PRIORITY_STOP) {
      this.#heardPriorityZero = true;
      this.#noteAdvert(now, advert, 'priority-zero', out);
      this.#deadlines.set('masterDown', micros(now + skewTime(this.#skewParameters())));
      return;
    }
    const lower = advert.priority < this.#effectivePriority;
    if (!lower) {
      this.#preemptWait = 'none';
      this.#deadlines.clear('preemptDelay');
      this.#follow(now, advert, out);
      return;
    }
    // Somebody lower rules although we, an owner that gave way, are here: our rival is gone.
    if (this.#rivalry.gaveWay) {
      this.#rivalry.end();
      this.#updatePriority(now, this.#advertCause(advert), out);
    }
    if (this.#model.preempt === 'nopreempt' || this.#waitsToPreempt(now, advert, out)) {
      this.#follow(now, advert, out);
    } else {
      this.#noteAdvert(now, advert, 'discarded', out, 'once');
    }
  }

  /** With a preempt_delay, the first lower advert starts the wait and is followed until it is over. */
  #waitsToPreempt(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): boolean {
    const { preemptDelay } = this.#model;
    if (preemptDelay === 0 || this.#preemptWait === 'over') return false;
    if (this.#preemptWait === 'waiting') return true;
    this.#preemptWait = 'waiting';
    this.#deadlines.set('preemptDelay', micros(now + preemptDelay));
    this.#noteAdvert(now, advert, 'preempt-delay-started', out);
    return true;
  }

  /** Accepts the sender as master: learns from it and restarts the down timer. */
  #follow(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    this.#heardPriorityZero = false;
    this.#masterPriority = advert.priority;
    if (this.#master !== advert.source) {
      this.#journal.masterChanged(now, { from: this.#master, to: advert.source }, out);
      this.#master = advert.source;
    }
    this.#learnInterval(now, advert.advertInterval, out);
    this.#deadlines.set('masterDown', micros(now + this.#downInterval()));
  }

  /** RFC 9568 §6.4.2: a backup takes over the master's interval. */
  #learnInterval(now: Micros, interval: Micros, out: Sink<VrrpEffect>): void {
    if (this.#model.version !== 3 || interval === this.#masterAdvertInterval || interval === 0) {
      return;
    }
    this.#journal.intervalLearned(now, { from: this.#masterAdvertInterval, to: interval }, out);
    this.#masterAdvertInterval = interval;
  }

  #receiveAsMaster(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    if (advert.priority === PRIORITY_STOP) {
      this.#noteAdvert(now, advert, 'priority-zero', out);
      this.#answer(now, out);
      return;
    }
    const own = this.#effectivePriority;
    const { source } = this.#conditions;
    const order = source === undefined ? 0 : compareIp(advert.source, source);
    if (advert.priority === own && order === 0) {
      this.#noteAdvert(now, advert, 'own-address', out, 'once');
      return;
    }
    if (advert.priority > own || (advert.priority === own && order > 0)) {
      this.#yield(now, advert, out);
      return;
    }
    if (own === PRIORITY_OWNER && advert.priority === PRIORITY_OWNER) {
      this.#watchOtherOwner(now, advert, out);
    }
    this.#noteAdvert(now, advert, 'lower-priority', out);
    if (!this.#model.lowerPriorityNoAdvert) this.#answer(now, out);
    this.#announcements.lowerPriorityHeard(now, this.#model, out);
    this.#notify('MASTER_RX_LOWER_PRI', out);
  }

  #yield(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    if (this.#model.higherPrioritySendAdvert) this.#sendAdvert(out, this.#effectivePriority);
    const cause = this.#advertCause(advert);
    this.#enterBackup(now, this.#downInterval(), cause, out);
    this.#follow(now, advert, out);
  }

  /** An advert out of turn, after which the period begins anew. */
  #answer(now: Micros, out: Sink<VrrpEffect>): void {
    this.#sendAdvert(out, this.#effectivePriority);
    this.#deadlines.set('advert', micros(now + this.#model.advertInterval));
  }

  #watchOtherOwner(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const judgement = this.#rivalry.hear(now, advert, this.#model.advertInterval);
    if (this.#deadlines.get('rivalry') !== undefined) return;
    this.#deadlines.set('rivalry', judgement);
    this.#noteAdvert(now, advert, 'two-owners', out, 'once');
  }

  #sendAdvert(out: Sink<VrrpEffect>, priority: number): void {
    const source = this.#conditions.lastSource;
    if (source === undefined) return;
    this.#statistics.advertsSent++;
    if (priority === PRIORITY_STOP) this.#statistics.priorityZeroSent++;
    const { name: instance } = this.#model;
    out.push({ kind: 'sendAdvert', instance, priority, source, checksum: this.#checksum });
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
  }

  #currentPriority(): number {
    if (this.#rivalry.gaveWay) return PRIORITY_EX_OWNER;
    return this.#conditions.trackers.effectivePriority(this.#model.priority);
  }

  /** Somebody took an address away: the group elects anew, soon. */
  #loseAddress(now: Micros, address: IpAddress, out: Sink<VrrpEffect>): void {
    if (this.#state !== 'master') return;
    const held = this.#heldAddresses().find((candidate) => candidate.address === address);
    if (held === undefined || held.noTrack === true) return;
    const skew = skewTime(this.#skewParameters());
    this.#enterBackup(now, skew, { kind: 'addressLost', address }, out);
  }

  /** The caller replaces an instance whose identity on the wire changes; here only settings do. */
  #reconfigure(now: Micros, model: VrrpInstanceModel, out: Sink<VrrpEffect>): void {
    const plan = planReconfiguration(this.#model, model);
    // What was detected stays detected.
    if (this.#model.checksum !== model.checksum) this.#checksum = model.checksum;
    this.#model = model;
    this.#conditions.configure(model);
    if (model.priority !== PRIORITY_OWNER) this.#rivalry.end();
    this.#updatePriority(now, { kind: 'operator', action: 'reload' }, out);
    if (this.#state === 'master') {
      this.#masterAdvertInterval = model.advertInterval;
      this.#changeAddresses('removeAddresses', plan.removed, out);
      this.#changeAddresses('addAddresses', plan.added, out);
      this.#announcements.reconfigured(now, model, plan.added, out);
      if (plan.advertChanged) this.#answer(now, out);
    } else if (model.version === 2 || this.#master === undefined) {
      this.#masterAdvertInterval = model.advertInterval;
    }
    this.#judge(now, out);
  }

  // --- small parts ---

  #heldAddresses(): readonly VirtualAddress[] {
    return [...this.#model.addresses, ...this.#model.excludedAddresses];
  }

  #changeAddresses(
    kind: 'addAddresses' | 'removeAddresses',
    addresses: readonly VirtualAddress[],
    out: Sink<VrrpEffect>,
  ): void {
    if (addresses.length === 0) return;
    const { name: instance } = this.#model;
    if (kind === 'removeAddresses') out.push({ kind, instance, addresses });
    else out.push({ kind, instance, addresses, guard: this.#guard });
  }

  #skewParameters(): Parameters<typeof skewTime>[0] {
    const owner = this.#model.priority === PRIORITY_OWNER;
    return {
      version: this.#model.version,
      priority: owner ? PRIORITY_OWNER : this.#effectivePriority,
      masterAdvertInterval: this.#masterAdvertInterval,
    };
  }

  #downInterval(): Micros {
    const { downTimerAdverts } = this.#model;
    return masterDownInterval({ ...this.#skewParameters(), downTimerAdverts });
  }

  #forgetMaster(): void {
    this.#master = undefined;
    this.#masterPriority = 0;
    this.#masterAdvertInterval = this.#model.advertInterval;
  }

  #advertCause(advert: ReceivedAdvert): Cause {
    const { source: from, priority } = advert;
    return { kind: 'advert', from, priority, ownPriority: this.#effectivePriority };
  }

  #notify(state: NotifyState, out: Sink<VrrpEffect>): void {
    const { name: instance } = this.#model;
    out.push({ kind: 'notify', instance, state, priority: this.#effectivePriority });
  }

  #note(now: Micros, from: VrrpState, to: VrrpState, cause: Cause, out: Sink<VrrpEffect>): void {
    this.#lastTransition = { at: now, cause };
    this.#journal.transition(now, { from, to, cause, priority: this.#effectivePriority }, out);
  }

  #noteAdvert(
    now: Micros,
    advert: ReceivedAdvert,
    note: AdvertNote,
    out: Sink<VrrpEffect>,
    often: 'each' | 'once' = 'each',
  ): void {
    const ownPriority = this.#effectivePriority;
    this.#journal.advert(now, advert, { note, ownPriority, often }, out);
  }
}

function slackOf(kind: VrrpDeadline): number {
  return kind === 'advert' ? ADVERT_SLACK_US : 0;
}
