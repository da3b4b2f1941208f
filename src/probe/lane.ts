/** Probes of one kind of resource: so many at a time, the others wait in order. */
export class Lane {
  readonly #most: number;
  #running = 0;
  #phase: 'idle' | 'starting' = 'idle';
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Calls `start` now, or when its turn comes; what is answered takes it back while it waits. */
  enter(start: () => void): { withdraw(): void } {
    if (this.#running < this.#most) {
      this.#running++;
      start();
      return { withdraw: () => {} };
    }
    const begin = (): void => start();
    this.#waiting.add(begin);
    return { withdraw: () => this.#waiting.delete(begin) };
  }

  /** One that had started is over. */
  leave(): void {
    this.#running--;
    // What ends while it begins comes here from within the loop.
    if (this.#phase === 'starting') return;
    this.#phase = 'starting';
    for (const start of this.#waiting) {
      if (this.#running >= this.#most) break;
      this.#waiting.delete(start);
      this.#running++;
      start();
    }
    this.#phase = 'idle';
  }

  clear(): void {
    this.#waiting.clear();
  }
}
