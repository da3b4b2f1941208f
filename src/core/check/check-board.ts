/** All checks that ask by themselves, each once, with those who want to know what it says. */
import type { Micros } from '../../base/time.ts';
import { DueQueue } from '../due-queue.ts';
import { Checker, type CheckerEffect, type KnownAnswer } from './checker.ts';
import { type CheckId, type CheckSubject, describeCheck, subjectOf } from './identity.ts';
import type { ProbeReport, ProbeRequest } from './probe.ts';
import type { AskingCheck } from './requests.ts';

/** One check and its users. */
export interface BoardEntry<User> {
  readonly id: CheckId;
  /** In words. */
  readonly text: string;
  readonly checker: Checker;
  users: readonly User[];
  failures: WantedCheck<User>['failures'];
  /** Its question, while one is under way. */
  probe: number | undefined;
  phase: 'checking' | 'paused';
}

export interface WantedCheck<User> {
  readonly check: AskingCheck;
  readonly users: readonly User[];
  /** Somebody waits for its first result. */
  readonly urgency: 'at once' | 'after warm-up';
  /** Which ones are told: `log_all_failures` tells those of what is down as well. */
  readonly failures: 'told while up' | 'all told';
}

export interface BoardOrders<User> {
  ask(probe: number, request: ProbeRequest): void;
  abandon(probe: number): void;
  /** What a check says has changed, or one of several attempts has failed. */
  told(entry: BoardEntry<User>, news: Exclude<CheckerEffect, { kind: 'ask' | 'abandon' }>): void;
}

export interface BoardChange<User> {
  readonly wanted: ReadonlyMap<CheckId, WantedCheck<User>>;
  readonly gone: Iterable<CheckId>;
  /** What a check that is new begins with; undefined where nothing is known. */
  readonly foreseen: ((id: CheckId) => KnownAnswer | undefined) | undefined;
}

class Entry<User> implements BoardEntry<User> {
  readonly id: CheckId;
  readonly checker: Checker;
  users: readonly User[];
  failures: WantedCheck<User>['failures'];
  probe: number | undefined = undefined;
  phase: BoardEntry<User>['phase'] = 'checking';

  constructor(id: CheckId, checker: Checker, { users, failures }: WantedCheck<User>) {
    this.id = id;
    this.checker = checker;
    this.users = users;
    this.failures = failures;
  }

  /** Of most checks nothing is told. */
  get text(): string {
    return describeCheck(this.checker.check);
  }
}

export class CheckBoard<User> {
  readonly #entries = new Map<CheckId, BoardEntry<User>>();
  readonly #asked = new Map<number, BoardEntry<User>>();
  readonly #due = new DueQueue<BoardEntry<User>>();
  #lastProbe = 0;
  /** By what they ask; made when a single one is looked for. */
  #bySubject: Map<CheckSubject, Set<BoardEntry<User>>> | undefined;

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
   * What a check would begin with, or goes on with, if it were wanted now; `known` is that of `configure`.
   * Undefined where nothing is known: of ten thousand checks that are all new nothing is looked for.
   */
  foresee(
    known: ReadonlyMap<CheckId, KnownAnswer>,
  ): ((id: CheckId) => KnownAnswer | undefined) | undefined {
    const answers = new Map<CheckSubject, KnownAnswer>();
    for (const [id, answer] of known) answers.set(subjectOf(id), answer);
    for (const [id, { checker }] of this.#entries) {
      if (checker.known !== undefined) answers.set(subjectOf(id), checker.known);
    }
    if (answers.size === 0) return undefined;
    return (id) => {
      const entry = this.#entries.get(id);
      if (entry !== undefined) return entry.checker.known;
      return known.get(id) ?? answers.get(subjectOf(id));
    };
  }

  /** The same for one check, without a look at all others; `known` is nothing. */
  foreseeOne(id: CheckId): KnownAnswer | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry.checker.known;
    const alike = [...(this.#subjects().get(subjectOf(id)) ?? [])];
    return alike.findLast(({ checker }) => checker.known !== undefined)?.checker.known;
  }

  /**
   * What is wanted from now on. A check that is new begins with what was `known` of one that asked the
   * same, at this pace or at another; `share` draws from [0, 1).
   */
  configure(
    now: Micros,
    wanted: ReadonlyMap<CheckId, WantedCheck<User>>,
    known: ReadonlyMap<CheckId, KnownAnswer>,
    share: () => number,
    orders: BoardOrders<User>,
  ): void {
    const foreseen = this.foresee(known);
    const gone = [...this.#entries.keys()].filter((id) => !wanted.has(id));
    this.change(now, { wanted, gone, foreseen }, share, orders);
  }

  /** These are wanted from now on, those no more; all others go on as they are. */
  change(
    now: Micros,
    { wanted, gone, foreseen }: BoardChange<User>,
    share: () => number,
    orders: BoardOrders<User>,
  ): void {
    for (const id of gone) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      this.#entries.delete(id);
      if (this.#bySubject !== undefined) forget(this.#bySubject, entry);
      this.#pause(entry, orders);
    }
    for (const [id, want] of wanted) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) {
        entry.users = want.users;
        entry.failures = want.failures;
        if (want.urgency === 'at once' && entry.checker.verdict === 'unknown') {
          entry.checker.startAtOnce(now);
          this.#due.set(entry, entry.checker.nextDeadline());
        }
        continue;
      }
      const checker = new Checker(want.check);
      const answer = foreseen?.(id);
      if (answer !== undefined) checker.adopt(answer);
      if (want.urgency === 'at once') checker.startAtOnce(now);
      else checker.start(now, share());
      this.#add(id, checker, want);
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
    share: () => number,
    orders: BoardOrders<User>,
  ): void {
    if (entry.phase === phase) return;
    entry.phase = phase;
    if (phase === 'paused') {
      this.#pause(entry, orders);
      return;
    }
    if (entry.checker.nextDeadline() === undefined) entry.checker.start(now, share());
    this.#due.set(entry, entry.checker.nextDeadline());
  }

  stop(orders: BoardOrders<User>): void {
    for (const entry of this.#entries.values()) this.#pause(entry, orders);
    this.#entries.clear();
    this.#bySubject = undefined;
  }

  #subjects(): ReadonlyMap<CheckSubject, ReadonlySet<BoardEntry<User>>> {
    if (this.#bySubject === undefined) {
      this.#bySubject = new Map();
      for (const entry of this.#entries.values()) note(this.#bySubject, entry);
    }
    return this.#bySubject;
  }

  #add(id: CheckId, checker: Checker, want: WantedCheck<User>): void {
    const entry = new Entry(id, checker, want);
    this.#entries.set(id, entry);
    if (this.#bySubject !== undefined) note(this.#bySubject, entry);
    this.#due.set(entry, checker.nextDeadline());
  }

  #pause(entry: BoardEntry<User>, orders: BoardOrders<User>): void {
    const effects: CheckerEffect[] = [];
    entry.checker.pause(effects);
    this.#due.set(entry, undefined);
    this.#relay(entry, effects, orders);
  }

  #isWanted({ checker, failures }: BoardEntry<User>, { kind }: CheckerEffect): boolean {
    return kind !== 'attemptFailed' || checker.verdict !== 'down' || failures === 'all told';
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
      } else if (this.#isWanted(entry, effect)) orders.told(entry, effect);
    }
  }
}

function note<User>(
  bySubject: Map<CheckSubject, Set<BoardEntry<User>>>,
  entry: BoardEntry<User>,
): void {
  const subject = subjectOf(entry.id);
  const alike = bySubject.get(subject);
  if (alike === undefined) bySubject.set(subject, new Set([entry]));
  else alike.add(entry);
}

function forget<User>(
  bySubject: Map<CheckSubject, Set<BoardEntry<User>>>,
  entry: BoardEntry<User>,
): void {
  const subject = subjectOf(entry.id);
  const alike = bySubject.get(subject);
  alike?.delete(entry);
  if (alike?.size === 0) bySubject.delete(subject);
}
