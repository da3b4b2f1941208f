/** How long to wait before the next try: longer each time, and never in step with others. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;

export class Backoff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  /** `random` in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** From half of it to all of it; not less than what was asked for. */
  nextMs(atLeastMs = 0): number {
    const base = this.#nextMs;
    this.#nextMs = Math.min(LONGEST_MS, base * 2);
    const waitMs = base * (0.5 + this.#random() / 2);
    return atLeastMs === 0 ? waitMs : atLeastMs * (1 + this.#random() / 10);
  }

  /** Something went well. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
