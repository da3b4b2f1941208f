import { type Micros, micros } from '../base/time.ts';
import type { Finding, ProbeReport } from '../core/check/probe.ts';
import type { Clock } from '../ports/clock.ts';
import { Deadline } from './deadline.ts';

/** One probe under way: what it holds, how long it may take, and its end, which comes once. */
export class Attempt {
  readonly #clock: Clock;
  readonly #begun: Micros;
  readonly #onEnd: (report: ProbeReport) => void;
  readonly #held: (() => void)[] = [];
  readonly #deadline = new Deadline();
  #phase: 'running' | 'over' = 'running';

  constructor(clock: Clock, onEnd: (report: ProbeReport) => void) {
    this.#clock = clock;
    this.#begun = clock.now();
    this.#onEnd = onEnd;
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** From the beginning until now. */
  elapsed(): Micros {
    return micros(this.#clock.now() - this.#begun);
  }

  /** Something to free at the end, at once where that has come; last held, first freed. */
  hold(free: () => void): void {
    if (this.isOver) free();
    else this.#held.push(free);
  }

  /** Replaces the limit. What came in time but is not read yet counts before the clock. */
  within(limit: Micros, onLate: () => void): void {
    if (!this.isOver) this.#deadline.set(limit, onLate);
  }

  /** As `within`: then it has failed by `timeout`. `missing`: what there was not, for people. */
  expect(limit: Micros, missing: string, told: Micros = limit): void {
    const detail = `${missing} within ${told / 1_000_000} s`;
    this.within(limit, () => this.end({ kind: 'failed', cause: 'timeout', detail }));
  }

  end(finding: Finding, latency: Micros = this.elapsed()): void {
    if (this.isOver) return;
    this.abandon();
    this.#onEnd({ finding, latency });
  }

  /** Frees everything; nobody is told. */
  abandon(): void {
    if (this.isOver) return;
    this.#phase = 'over';
    this.#deadline.clear();
    for (const free of this.#held.reverse()) free();
    this.#held.length = 0;
  }
}
