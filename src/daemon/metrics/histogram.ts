import type { Histogram } from '../../api/metrics.ts';

/** Counts durations by size: an addition and a short search for each. */
export class DurationHistogram {
  readonly #boundsUs: readonly number[];
  readonly #counts: number[];
  #sumUs = 0;
  #maxUs = 0;

  /** `boundsUs` are upper bounds, rising. */
  constructor(boundsUs: readonly number[]) {
    this.#boundsUs = boundsUs;
    this.#counts = Array.from({ length: boundsUs.length + 1 }, () => 0);
  }

  observe(durationUs: number): void {
    let at = 0;
    for (const bound of this.#boundsUs) {
      if (durationUs <= bound) break;
      at++;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumUs += durationUs;
    if (durationUs > this.#maxUs) this.#maxUs = durationUs;
  }

  /** Adds what another program has counted, unless it counted otherwise. */
  importFigures({ boundsUs, counts, sumUs, maxUs }: Histogram): void {
    if (boundsUs.join() !== this.#boundsUs.join()) return;
    for (const [at, count] of counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#sumUs += sumUs;
    this.#maxUs = Math.max(this.#maxUs, maxUs);
  }

  figures(): Histogram {
    return {
      boundsUs: this.#boundsUs,
      counts: [...this.#counts],
      sumUs: this.#sumUs,
      maxUs: this.#maxUs,
    };
  }
}
