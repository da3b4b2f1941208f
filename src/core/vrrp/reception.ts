/**
 * What a virtual router makes of the adverts that it hears: which count, whom it follows as a backup,
 * and whether it yields, answers or is relieved as a master.
 */
import { compareIp, type IpAddress } from '../../base/ip.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { ChecksumPolicy, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Sink } from '../machine.ts';
import { type Admission, admitAdvert, countRefusal } from './admission.ts';
import type { Conditions } from './conditions.ts';
import type { Deadlines } from './deadlines.ts';
import type { Following } from './following.ts';
import type { Holdings } from './holdings.ts';
import type { Journal } from './journal.ts';
import type { PeerTable } from './peers.ts';
import type { OwnerRivalry } from './rivalry.ts';
import type { Rivals } from './rivals.ts';
import type { Standing } from './standing.ts';
import type {
  AdvertNote,
  Cause,
  HeardAdvert,
  VrrpEffect,
  VrrpState,
  VrrpStatistics,
} from './types.ts';
import type { Voice } from './voice.ts';

const PRIORITY_OWNER = 255;
const PRIORITY_STOP = 0;

export type ReceptionDeadline = 'preemptDelay' | 'rivalry';

/** What hearing an advert may lead to; the router knows how it is done. */
export interface Consequences {
  /** Takes over once nobody was heard for the Master_Down_Interval, or for the skew time. */
  awaitSilence(now: Micros, wait: 'master-down' | 'skew'): void;
  /** Sends an advert out of turn. */
  answer(now: Micros, out: Sink<VrrpEffect>): void;
  /** The sender is ahead of us. */
  yieldTo(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void;
  /** The sender serves in our place, now that we leave. */
  relievedBy(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void;
  reviewPriority(now: Micros, cause: Cause, out: Sink<VrrpEffect>): void;
}

export interface ReceptionParts {
  readonly conditions: Conditions;
  readonly deadlines: Pick<Deadlines<ReceptionDeadline>, 'set' | 'clear' | 'get'>;
  readonly following: Following;
  readonly holdings: Holdings;
  readonly journal: Journal;
  readonly peers: PeerTable;
  readonly rivalry: OwnerRivalry;
  readonly rivals: Rivals;
  readonly standing: Standing;
  readonly statistics: VrrpStatistics;
  readonly voice: Voice;
  model(): VrrpInstanceModel;
  priority(): number;
  /** `leaving`: a master that waits for its successor. */
  state(): VrrpState | 'leaving';
}

/** What an advert was judged by, and how. */
interface Verdict {
  readonly advert: ReceivedAdvert;
  readonly model: VrrpInstanceModel;
  readonly checksum: ChecksumPolicy;
  readonly master: IpAddress | undefined;
  readonly admission: Admission;
}

export class Reception {
  readonly #parts: ReceptionParts;
  readonly #consequences: Consequences;
  /** Of the last advert: a master says the same ten times a second. */
  #verdict: Verdict | undefined;

  constructor(parts: ReceptionParts, consequences: Consequences) {
    this.#parts = parts;
    this.#consequences = consequences;
  }

  /** A router that takes part hears an advert, as often as it came. */
  hear(now: Micros, { advert, times = 1 }: HeardAdvert, out: Sink<VrrpEffect>): void {
    for (let left = times; left > 0; left--) {
      this.#hearOnce(now, advert, out);
      if (advert !== this.#parts.following.routine) continue;
      // The others do no more than to be counted.
      this.#parts.statistics.advertsReceived += left - 1;
      return;
    }
  }

  #hearOnce(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const { following, peers, statistics } = this.#parts;
    if (advert === following.routine) {
      statistics.advertsReceived++;
      peers.noteAdvert(now, advert.source, advert.priority);
      this.#consequences.awaitSilence(now, 'master-down');
      return;
    }
    following.routine = undefined;
    if (!this.#admit(now, advert, out)) return;
    if (this.#parts.state() === 'backup') this.#hearAsBackup(now, advert, out);
    else this.#hearAsMaster(now, advert, out);
  }

  /** Accepts the sender as master: learns from it and restarts the down timer. */
  follow(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const { following, journal, model } = this.#parts;
    const { master, interval } = following.accept(advert, model().version);
    if (master !== undefined) journal.masterChanged(now, master, out);
    if (interval !== undefined) journal.intervalLearned(now, interval, out);
    this.#consequences.awaitSilence(now, 'master-down');
  }

  fire(now: Micros, kind: ReceptionDeadline, out: Sink<VrrpEffect>): void {
    const { following, model, rivalry } = this.#parts;
    if (kind === 'preemptDelay') {
      following.preemptWait = 'over';
      return;
    }
    const from = rivalry.judge(now, model().advertInterval);
    if (from === undefined) return;
    this.#consequences.reviewPriority(now, { kind: 'otherOwner', from }, out);
  }

  advertCause({ source: from, priority }: ReceivedAdvert): Cause {
    return { kind: 'advert', from, priority, ownPriority: this.#parts.priority() };
  }

  #admit(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): boolean {
    const { journal, peers, rivals, state, statistics, voice } = this.#parts;
    const admission = this.#judge(advert);
    if (admission.kind === 'refused') {
      const { reason, detail } = admission;
      countRefusal(statistics, reason);
      if (reason === 'owner') return false;
      journal.refused(now, advert, admission, out);
      if (state() !== 'backup') rivals.refused(now, { source: advert.source, detail }, out);
      return false;
    }
    statistics.advertsReceived++;
    peers.noteAdvert(now, advert.source, advert.priority);
    if (advert.priority === PRIORITY_STOP) statistics.priorityZeroReceived++;
    if (admission.checksum === 'old-unicast') {
      voice.checksum = 'old-unicast';
      this.#note(now, advert, 'old-checksum', out);
    }
    if (admission.addressList === 'differs') {
      statistics.addressListErrors++;
      this.#note(now, advert, 'address-list', out, 'once');
    }
    return true;
  }

  /** The same advert under the same conditions is judged but once. */
  #judge(advert: ReceivedAdvert): Admission {
    const model = this.#parts.model();
    const { checksum } = this.#parts.voice;
    const { master } = this.#parts.following;
    const last = this.#verdict;
    if (
      last?.advert === advert &&
      last.model === model &&
      last.checksum === checksum &&
      last.master === master
    ) {
      return last.admission;
    }
    const admission = admitAdvert(model, checksum, advert, master);
    this.#verdict = { advert, model, checksum, master, admission };
    return admission;
  }

  /** Nothing of it is noted or counted each time. */
  #isPlain(advert: ReceivedAdvert): boolean {
    const admission = this.#verdict?.advert === advert ? this.#verdict.admission : undefined;
    return (
      admission?.kind === 'accepted' &&
      admission.addressList === 'same' &&
      admission.checksum === 'ours'
    );
  }

  #hearAsBackup(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const { deadlines, following, model, priority, rivalry, standing } = this.#parts;
    if (advert.priority === PRIORITY_STOP) {
      following.heardPriorityZero = true;
      this.#note(now, advert, 'priority-zero', out);
      this.#consequences.awaitSilence(now, 'skew');
      return;
    }
    if (advert.priority >= priority()) {
      following.preemptWait = 'none';
      deadlines.clear('preemptDelay');
      this.follow(now, advert, out);
      if (this.#isPlain(advert)) following.routine = advert;
      return;
    }
    // Somebody lower rules although we, an owner that gave way, are here: our rival is gone.
    if (rivalry.gaveWay) {
      rivalry.end();
      this.#consequences.reviewPriority(now, this.advertCause(advert), out);
    }
    const isPatient = model().preempt === 'nopreempt' || standing.restraint !== 'none';
    if (isPatient || this.#waitsToPreempt(now, advert, out)) {
      this.follow(now, advert, out);
      return;
    }
    following.outranked = {
      from: advert.source,
      priority: advert.priority,
      ownPriority: priority(),
    };
    this.#note(now, advert, 'discarded', out, 'once');
  }

  /** With a preempt_delay, the first lower advert starts the wait and is followed until it is over. */
  #waitsToPreempt(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): boolean {
    const { deadlines, following, model } = this.#parts;
    const { preemptDelay } = model();
    if (preemptDelay === 0 || following.preemptWait === 'over') return false;
    if (following.preemptWait === 'waiting') return true;
    following.preemptWait = 'waiting';
    deadlines.set('preemptDelay', micros(now + preemptDelay));
    this.#note(now, advert, 'preempt-delay-started', out);
    return true;
  }

  #hearAsMaster(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const { conditions, holdings, model, priority, state, voice } = this.#parts;
    const isLeaving = state() === 'leaving';
    if (advert.priority === PRIORITY_STOP) {
      this.#note(now, advert, 'priority-zero', out);
      if (!isLeaving) this.#consequences.answer(now, out);
      return;
    }
    const own = priority();
    const { source } = conditions;
    const order = source === undefined ? 0 : compareIp(advert.source, source);
    if (advert.priority === own && order === 0) {
      this.#note(now, advert, 'own-address', out, 'once');
      return;
    }
    if (isLeaving) {
      this.#consequences.relievedBy(now, advert, out);
      return;
    }
    if (advert.priority > own || (advert.priority === own && order > 0)) {
      this.#consequences.yieldTo(now, advert, out);
      return;
    }
    if (own === PRIORITY_OWNER && advert.priority === PRIORITY_OWNER) {
      this.#watchOtherOwner(now, advert, out);
    }
    this.#note(now, advert, 'lower-priority', out);
    if (!model().lowerPriorityNoAdvert) this.#consequences.answer(now, out);
    holdings.lowerPriorityHeard(now, out);
    voice.notify('MASTER_RX_LOWER_PRI', own, out);
  }

  #watchOtherOwner(now: Micros, advert: ReceivedAdvert, out: Sink<VrrpEffect>): void {
    const { deadlines, model, rivalry } = this.#parts;
    const judgement = rivalry.hear(now, advert, model().advertInterval);
    if (deadlines.get('rivalry') !== undefined) return;
    deadlines.set('rivalry', judgement);
    this.#note(now, advert, 'two-owners', out, 'once');
  }

  #note(
    now: Micros,
    advert: ReceivedAdvert,
    note: AdvertNote,
    out: Sink<VrrpEffect>,
    often: 'each' | 'once' = 'each',
  ): void {
    const ownPriority = this.#parts.priority();
    this.#parts.journal.advert(now, advert, { note, ownPriority, often }, out);
  }
}
