/** All checks that ask by themselves, each once, with those who want to know what it says. */
import type { Micros } from '../../base/time.ts';
import { DueQueue } from '../due-queue.ts';
import { Checker, type CheckerEffect } from './checker.ts';
import { type CheckId, type CheckSubject, checkSubject, describeCheck } from './identity.ts';
import type { ProbeReport, ProbeRequest } from './probe.ts';
import type { AskingCheck } from './requests.ts';

/** One check and its users. */
export interface BoardEntry<User> {
  readonly id: CheckId;
  /** In words. */
  readonly text: string;
  readonly checker: Checker;
  users: readonly User[];
  /** Its question, while one is under way. */
  probe: number | undefined;
  phase: 'checking' | 'paused';
}

export interface WantedCheck<User> {
  readonly check: AskingCheck;
  readonly users: readonly User[];
  /** Somebody waits for its first result. */
  readonly urgency: 'at once' | 'after warm-up';
}

export interface BoardOrders<User> {
  ask(probe: number, request: ProbeRequest): void;
  abandon(probe: number): void;
  /** What a check says has changed, or one of several attempts has failed. */
  told(entry: BoardEntry<User>, news: Exclude<CheckerEffect, { kind: 'ask' | 'abandon' }>): void;
}

export class CheckBoard<User> {
  readonly #entries = new Map<CheckId, BoardEntry<User>>();
  readonly #asked = new Map<number, BoardEntry<User>>();
  readonly #due = new DueQueue<BoardEntry<User>>();
  #lastProbe = 0;

  entries(): Iterable<BoardEntry<User>> {
    return this.#entries.values();
  }

  entry(id: CheckId): BoardEntry<User> | undefined {
    return this.#entries.get(id);
  }

  nextDeadline(): Micros | undefined {
    return this.#due.next();
  }

  /**
   * What is wanted from now on. A check that is new begins with what one was known to say that asked the
   * same at another pace, or with what `known` says of it; `share` draws from [0, 1).
   */
  configure(
    now: Micros,
    wanted: ReadonlyMap<CheckId, WantedCheck<User>>,
    known: (id: CheckId) => 'up' | 'down' | undefined,
    share: () => number,
    orders: BoardOrders<User>,
  ): void {
    const left = new Map<CheckSubject, 'up' | 'down'>();
    for (const [id, entry] of this.#entries) {
      if (wanted.has(id)) continue;
      const { verdict, check } = entry.checker;
      if (verdict !== 'unknown') left.set(checkSubject(check), verdict);
      this.#entries.delete(id);
      this.#pause(entry, orders);
    }
    for (const [id, { check, users, urgency }] of wanted) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) {
        entry.users = users;
        continue;
      }
      const checker = new Checker(check);
      const before = known(id) ?? left.get(checkSubject(check));
      if (before !== undefined) checker.adopt(before);
      if (urgency === 'at once') checker.startAtOnce(now);
      else checker.start(now, share());
      const added: BoardEntry<User> = {
        ...{ id, checker, users, text: describeCheck(check) },
        probe: undefined,
        phase: 'checking',
      };
      this.#entries.set(id, added);
      this.#due.set(added, checker.nextDeadline());
    }
  }

  answered(now: Micros, probe: number, report: ProbeReport, orders: BoardOrders<User>): void {
    const entry = this.#asked.get(probe);
    if (entry === undefined) return;
    this.#asked.delete(probe);
    entry.probe = undefined;
    const effects: CheckerEffect[] = [];
    entry.checker.answered(now, report, effects);
    this.#due.set(entry, entry.checker.nextDeadline());
    this.#relay(entry, effects, orders);
  }

  expire(now: Micros, orders: BoardOrders<User>): void {
    for (;;) {
      const entry = this.#due.first();
      const at = this.#due.next();
      if (entry === undefined || at === undefined || at > now) return;
      const effects: CheckerEffect[] = [];
      entry.checker.expire(now, effects);
      this.#due.set(entry, entry.checker.nextDeadline());
      this.#relay(entry, effects, orders);
    }
  }

  /** A check is paused while none of its users wants to know. */
  setPhase(
    now: Micros,
    entry: BoardEntry<User>,
    phase: BoardEntry<User>['phase'],
    share: number,
    orders: BoardOrders<User>,
  ): void {
    if (entry.phase === phase) return;
    entry.phase = phase;
    if (phase === 'paused') {
      this.#pause(entry, orders);
      return;
    }
    entry.checker.start(now, share);
    this.#due.set(entry, entry.checker.nextDeadline());
  }

  stop(orders: BoardOrders<User>): void {
    for (const entry of this.#entries.values()) this.#pause(entry, orders);
    this.#entries.clear();
  }

  #pause(entry: BoardEntry<User>, orders: BoardOrders<User>): void {
    const effects: CheckerEffect[] = [];
    entry.checker.pause(effects);
    this.#due.set(entry, undefined);
    this.#relay(entry, effects, orders);
  }

  #relay(
    entry: BoardEntry<User>,
    effects: readonly CheckerEffect[],
    orders: BoardOrders<User>,
  ): void {
    for (const effect of effects) {
      if (effect.kind === 'ask') {
        const probe = ++this.#lastProbe;
        entry.probe = probe;
        this.#asked.set(probe, entry);
        orders.ask(probe, effect.request);
      } else if (effect.kind === 'abandon') {
        const { probe } = entry;
        if (probe === undefined) continue;
        entry.probe = undefined;
        this.#asked.delete(probe);
        orders.abandon(probe);
      } else orders.told(entry, effect);
    }
  }
}
