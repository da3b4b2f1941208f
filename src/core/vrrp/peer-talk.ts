/**
 * What a virtual router says to the other holdfasts of its group and hears from them (ADR 0005): who it
 * is every second, and who takes over when it leaves. It decides nothing that VRRP would decide
 * otherwise.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, ZERO } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { PeerResignation, PeerState, ReceivedPeerMessage } from '../../wire/peer-types.ts';
import type { Sink } from '../machine.ts';
import type { Conditions } from './conditions.ts';
import type { Following } from './following.ts';
import type { Journal } from './journal.ts';
import { type PeerChange, type PeerFacts, PeerTable, type PeerTableState } from './peers.ts';
import type { Standing } from './standing.ts';
import { mayTakeOver } from './take-over.ts';
import type { Cause, VrrpEffect, VrrpState } from './types.ts';

export interface PeerTalkParts {
  readonly conditions: Conditions;
  readonly following: Following;
  readonly journal: Journal;
  readonly standing: Standing;
  model(): VrrpInstanceModel;
  priority(): number;
  state(): VrrpState | 'leaving';
}

/** For the program that takes over from this one. */
export interface PeerTalkState {
  readonly router: 'stopped' | 'started';
  readonly self?: IpAddress | undefined;
  readonly phase: 'silent' | 'talking';
  readonly lastAt: Micros;
  readonly table: PeerTableState;
}

export class PeerTalk {
  readonly table: PeerTable;
  readonly #parts: PeerTalkParts;
  #router: 'stopped' | 'started' = 'stopped';
  #phase: 'silent' | 'talking' = 'silent';
  /** As which of the configured peers we know ourselves: one file may serve all hosts. */
  #self: IpAddress | undefined;
  #lastAt: Micros = ZERO;

  constructor(parts: PeerTalkParts) {
    this.#parts = parts;
    this.table = new PeerTable(parts.model().vrid);
    this.configure(ZERO);
  }

  /** The model has changed; `expire` says what is to be said because of it. */
  configure(now: Micros): void {
    const { fastTakeover, peerKey, transport } = this.#parts.model();
    const peers = transport.kind === 'unicast' ? transport.peers : [];
    const addresses = peers.map(({ address }) => address);
    this.table.expect(addresses.filter((address) => address !== this.#self));
    const mayTalk = fastTakeover === 'on' && peerKey !== 'missing';
    const wanted = this.#router === 'started' && mayTalk ? 'talking' : 'silent';
    if (wanted === this.#phase) return;
    this.#phase = wanted;
    if (wanted === 'talking') this.table.start(now);
    else this.table.stop(now);
  }

  start(now: Micros, out: Sink<VrrpEffect>): void {
    this.#router = 'started';
    this.configure(now);
    this.expire(now, out);
  }

  stop(now: Micros): void {
    this.#router = 'stopped';
    this.configure(now);
  }

  exportState(): PeerTalkState {
    return {
      router: this.#router,
      self: this.#self,
      phase: this.#phase,
      lastAt: this.#lastAt,
      table: this.table.exportState(),
    };
  }

  importState({ router, self, phase, lastAt, table }: PeerTalkState): void {
    this.#router = router;
    this.#self = self;
    this.#phase = phase;
    this.#lastAt = lastAt;
    this.table.importState(table);
  }

  /** As of the last time that anything was said or heard. */
  peers(): readonly PeerFacts[] {
    return this.table.peers(this.#lastAt);
  }

  strangers(): readonly IpAddress[] {
    return this.table.strangers(this.#lastAt);
  }

  nextDeadline(): Micros | undefined {
    return this.table.nextDeadline();
  }

  expire(now: Micros, out: Sink<VrrpEffect>): void {
    const next = this.table.nextDeadline();
    if (next === undefined || next > now) return;
    const { hello, changes } = this.table.expire(now);
    this.#note(now, changes, out);
    if (hello === 'due') this.#say(now, undefined, out);
  }

  /** State or priority are others now. */
  tellNews(now: Micros, out: Sink<VrrpEffect>): void {
    this.#knowSelf(now);
    if (this.#phase === 'talking') this.#say(now, undefined, out);
  }

  /** Who would take over from this master, as far as can be known. */
  successor(now: Micros, why: PeerResignation['why']): IpAddress | undefined {
    if (this.#phase === 'silent') return undefined;
    const above = why === 'lowered' ? this.#parts.priority() : 0;
    return this.table.best(now, { why, above })?.address;
  }

  /** Tells the others who takes over, so that they need not wait. */
  resign(now: Micros, why: PeerResignation['why'], out: Sink<VrrpEffect>): void {
    const successor = this.successor(now, why);
    if (successor !== undefined) this.#say(now, { why, successor }, out);
    // A master that stays is still to be reckoned with, at another priority.
    else if (why === 'lowered') this.tellNews(now, out);
  }

  /** Returns why to become master at once, where the message calls for it. */
  hear(
    now: Micros,
    message: ReceivedPeerMessage,
    out: Sink<VrrpEffect>,
  ): Extract<Cause, { kind: 'named' }> | undefined {
    if (this.#phase === 'silent') return undefined;
    this.#lastAt = now;
    const { verdict, changes } = this.table.receive(now, message);
    this.#note(now, changes, out);
    const { conditions, following, priority } = this.#parts;
    const { resignation, sender: by } = message;
    const address = conditions.source;
    if (verdict !== 'fresh' || resignation === undefined || address === undefined) return undefined;
    const ownPriority = priority();
    const answer = mayTakeOver({
      now,
      message,
      own: { priority: ownPriority, address },
      state: this.#state(),
      following: following.master,
      mayPreempt: this.#mayPreempt(),
      peers: this.table,
    });
    return answer === 'yes' ? { kind: 'named', by, why: resignation.why, ownPriority } : undefined;
  }

  #say(now: Micros, resignation: PeerResignation | undefined, out: Sink<VrrpEffect>): void {
    this.#lastAt = now;
    this.table.said(now);
    const { conditions, model, priority } = this.#parts;
    const { name: instance, family, vrid } = model();
    const sender = conditions.lastSource;
    if (sender === undefined) return;
    this.#knowSelf(now);
    const message = {
      family,
      vrid,
      sender,
      state: this.#state(),
      priority: priority(),
      preempts: this.#mayPreempt(),
      heard: this.table.heard(now),
      ...(resignation !== undefined && { resignation }),
    };
    out.push({ kind: 'sendPeerMessage', instance, message });
  }

  /** Without a key nothing is said, and still we are no stranger to ourselves. */
  #knowSelf(now: Micros): void {
    const { lastSource } = this.#parts.conditions;
    if (lastSource === undefined || lastSource === this.#self) return;
    this.#self = lastSource;
    this.configure(now);
  }

  #state(): PeerState {
    const { standing, state } = this.#parts;
    const now = state();
    if (now === 'leaving') return 'master';
    return now === 'backup' && standing.restraint === 'drained' ? 'drained' : now;
  }

  #mayPreempt(): 'yes' | 'no' {
    const { following, model, standing } = this.#parts;
    const { preempt, preemptDelay } = model();
    const isFree = preempt === 'preempt' && standing.restraint === 'none';
    return isFree && (preemptDelay === 0 || following.preemptWait === 'over') ? 'yes' : 'no';
  }

  #note(now: Micros, changes: readonly PeerChange[], out: Sink<VrrpEffect>): void {
    for (const change of changes) this.#parts.journal.peerChanged(now, change, out);
  }
}
