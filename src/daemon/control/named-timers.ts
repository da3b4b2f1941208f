/** Timers by name, one each: what is asked for again while one runs is the same thing. */
export class NamedTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #phase: 'open' | 'closed' = 'open';

  /** They do not keep the process alive. */
  after(name: string, ms: number, act: () => void): void {
    if (this.#phase === 'closed' || this.#timers.has(name)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, ms);
    this.#timers.set(name, timer.unref());
  }

  close(): void {
    this.#phase = 'closed';
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
