/** How many operations of a kind may go to the kernel in one piece, learnt from what they cost. */
import type { IpFamily } from '../base/ip.ts';

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

  /** At least one. Nothing else of this process runs meanwhile, which shall not block longer than `budgetUs`. */
  countMax(family: IpFamily, budgetUs: number): number {
    const fitting = Math.floor(budgetUs / (this.#costUs.get(family) ?? budgetUs));
    return Math.max(1, Math.min(this.#countMax, fitting));
  }

  learn(family: IpFamily, count: number, tookUs: number): void {
    const each = tookUs / count;
    const before = this.#costUs.get(family) ?? each;
    this.#costUs.set(family, before * (1 - WEIGHT_OF_NEW) + each * WEIGHT_OF_NEW);
  }
}
