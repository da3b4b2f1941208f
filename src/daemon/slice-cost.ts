/** How many operations of a kind may go to the kernel in one piece, learnt from what they cost. */
import type { IpFamily } from '../base/ip.ts';

/** Nothing else of this process runs during a piece: it shall not block longer than this. */
export const SLICE_BUDGET_US = 2000;

const WEIGHT_OF_NEW = 0.3;

export class SliceCost {
  /** Moving average of what one operation costs, by family. */
  readonly #costUs: Map<IpFamily, number>;
  readonly #countMax: number;

  /** `guessUs`: what one operation is taken to cost before one was seen. */
  constructor(guessUs: Readonly<Record<IpFamily, number>>, countMax: number) {
    this.#costUs = new Map<IpFamily, number>([
      [4, guessUs[4]],
      [6, guessUs[6]],
    ]);
    this.#countMax = countMax;
  }

  /** At least one. */
  countMax(family: IpFamily): number {
    const fitting = Math.floor(SLICE_BUDGET_US / (this.#costUs.get(family) ?? SLICE_BUDGET_US));
    return Math.max(1, Math.min(this.#countMax, fitting));
  }

  learn(family: IpFamily, count: number, tookUs: number): void {
    const each = tookUs / count;
    const before = this.#costUs.get(family) ?? each;
    this.#costUs.set(family, before * (1 - WEIGHT_OF_NEW) + each * WEIGHT_OF_NEW);
  }
}
