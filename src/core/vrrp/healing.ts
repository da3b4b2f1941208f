/**
 * Addresses of ours that something else removes are put back. Whoever removes one again and again is
 * told of once; then the operator's policy decides.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, millis, seconds } from '../../base/time.ts';
import type { Deadlines } from './deadlines.ts';

/** A link that goes down takes its addresses along, and is told of just after them. */
const FIRST_DELAY = millis(10);
/** Two who undo each other's work shall not keep a processor busy. */
const NEXT_DELAY = millis(50);
const CALM = seconds(1);
const WINDOW = seconds(60);
const REMOVALS_MAX = 5;
/** Addresses put back that are told of one by one within a window. */
const TOLD_MAX = 10;

export interface Contest {
  readonly removals: number;
  readonly withinUs: number;
}

interface Losses {
  times: Micros[];
  told: 'no' | 'contested';
}

/** For the program that takes over from this one. */
export interface HealingState {
  readonly losses: readonly (readonly [IpAddress, Losses])[];
  readonly pending: readonly IpAddress[];
  readonly told: readonly Micros[];
}

export class Healing {
  readonly #deadlines: Pick<Deadlines<'heal'>, 'set' | 'clear' | 'get'>;
  readonly #losses = new Map<IpAddress, Losses>();
  readonly #pending = new Set<IpAddress>();
  #told: Micros[] = [];

  constructor(deadlines: Pick<Deadlines<'heal'>, 'set' | 'clear' | 'get'>) {
    this.#deadlines = deadlines;
  }

  exportState(): HealingState {
    return { losses: [...this.#losses], pending: [...this.#pending], told: this.#told };
  }

  importState({ losses, pending, told }: HealingState): void {
    for (const [address, { times, told: isTold }] of losses) {
      this.#losses.set(address, { times: [...times], told: isTold });
    }
    for (const address of pending) this.#pending.add(address);
    this.#told = [...told];
  }

  /** An address was removed; returns what is to be said the first time that it has become a contest. */
  lost(now: Micros, address: IpAddress): Contest | undefined {
    const losses = this.#losses.get(address) ?? { times: [], told: 'no' };
    this.#losses.set(address, losses);
    const last = losses.times.at(-1);
    losses.times = losses.times.filter((time) => now - time < WINDOW);
    if (losses.times.length === 0) losses.told = 'no';
    losses.times.push(now);
    if (losses.times.length > REMOVALS_MAX) losses.times.shift();
    const isCalm = last === undefined || now - last >= CALM;
    this.#schedule(micros(now + (isCalm ? FIRST_DELAY : NEXT_DELAY)));
    this.#pending.add(address);
    if (losses.times.length < REMOVALS_MAX || losses.told === 'contested') return undefined;
    losses.told = 'contested';
    return { removals: losses.times.length, withinUs: now - (losses.times[0] ?? now) };
  }

  isContested(address: IpAddress): boolean {
    return this.#losses.get(address)?.told === 'contested';
  }

  /** What is to be put back now. */
  take(): ReadonlySet<IpAddress> {
    const taken = new Set(this.#pending);
    this.#pending.clear();
    this.#deadlines.clear('heal');
    return taken;
  }

  /** Whether to tell of one that is put back; if so, it counts as told. */
  isWorthTelling(now: Micros, address: IpAddress): boolean {
    if (this.isContested(address)) return false;
    this.#told = this.#told.filter((time) => now - time < WINDOW);
    if (this.#told.length >= TOLD_MAX) return false;
    this.#told.push(now);
    return true;
  }

  /** Nothing is held any more; what happened is remembered. */
  stop(): void {
    this.#pending.clear();
    this.#deadlines.clear('heal');
  }

  #schedule(at: Micros): void {
    const due = this.#deadlines.get('heal');
    if (due === undefined || at < due) this.#deadlines.set('heal', at);
  }
}
