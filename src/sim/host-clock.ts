/** The monotonic clock of one host: the world's, unless it runs slow. */
import { type Micros, micros } from '../base/time.ts';

export class HostClock {
  readonly #world: () => Micros;
  #slowness = 1;
  /** When the pace changed last: on the world's clock, and on this one. */
  #since: Micros = micros(0);
  #from: Micros = micros(0);

  constructor(world: () => Micros) {
    this.#world = world;
  }

  now(): Micros {
    const now = this.#world();
    if (this.#slowness === 1 && this.#since === this.#from) return now;
    return micros(this.#from + (now - this.#since) / this.#slowness);
  }

  /** How long the world waits until this clock shows `at`; 0 where it is past. */
  until(at: Micros): number {
    const left = Math.max(0, at - this.now());
    return this.#slowness === 1 ? left : Math.ceil(left * this.#slowness);
  }

  /** From now on a second of this clock lasts so many of the world's; 1: as usual. */
  slowDown(slowness: number): void {
    const now = this.now();
    this.#since = this.#world();
    this.#from = now;
    this.#slowness = slowness;
  }
}
