/** Something did not happen in time; `message` says what and what was seen instead. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** A list of waiters that re-examine a condition whenever somebody says that something changed. */
export class Changes {
  readonly #waiters = new Set<() => void>();

  /** To be called after every change that somebody may wait for. */
  notify(): void {
    for (const examine of [...this.#waiters]) examine();
  }

  /** Calls back after every change, until the returned function is called. */
  subscribe(callback: () => void): () => void {
    this.#waiters.add(callback);
    return () => this.#waiters.delete(callback);
  }

  /**
   * Resolves to the first defined value of `examine`, which runs now and after each change.
   * `describe` is asked only when time runs out.
   */
  until<Value>(
    examine: () => Value | undefined,
    options: { readonly timeoutMs: number; readonly describe: () => string },
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(attempt);
        act();
      };
      const attempt = (): void => {
        try {
          const value = examine();
          if (value !== undefined) finish(() => resolve(value));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      this.#waiters.add(attempt);
      timer = setTimeout(() => {
        const text = `after ${options.timeoutMs / 1000} s: ${options.describe()}`;
        finish(() => reject(new TimeoutError(text)));
      }, options.timeoutMs);
      attempt();
    });
  }
}
