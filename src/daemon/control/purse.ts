import type { Micros } from '../../base/time.ts';

export interface PurseOptions {
  /** What comes in, in microseconds of the process's time. */
  readonly perSecondUs: number;
  /** What it holds at most. */
  readonly mostUs: number;
}

export interface ControlPurses {
  /** Of those who may change something. */
  readonly changers: PurseOptions;
  readonly readers: PurseOptions;
}

/** 3 % of a processor for those who may change something, 1 % for all others. */
export const REAL_TIME_PURSES: ControlPurses = {
  changers: { perSecondUs: 30_000, mostUs: 100_000 },
  readers: { perSecondUs: 10_000, mostUs: 50_000 },
};

/**
 * What somebody may cost, in time of the process. It may be overdrawn by one thing that took longer than
 * thought; then nothing is spent until that is made up for.
 */
export class Purse {
  readonly #options: PurseOptions;
  #balanceUs: number;
  #at: Micros | undefined;

  constructor(options: PurseOptions) {
    this.#options = options;
    this.#balanceUs = options.mostUs;
  }

  /** 0 where there is something to spend, or the time until there is. */
  waitUs(now: Micros): number {
    const { perSecondUs, mostUs } = this.#options;
    const passed = this.#at === undefined ? 0 : Math.max(0, now - this.#at);
    this.#at = now;
    this.#balanceUs = Math.min(mostUs, this.#balanceUs + (passed * perSecondUs) / 1e6);
    return this.#balanceUs > 0 ? 0 : (1e6 * (1 - this.#balanceUs)) / perSecondUs;
  }

  charge(costUs: number): void {
    this.#balanceUs -= costUs;
  }
}
