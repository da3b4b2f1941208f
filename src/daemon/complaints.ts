/** Trouble that may come back a thousand times a second, told once until it is over. */
import type { LogSink } from '../ports/log.ts';

/** Different troubles remembered at a time. */
const REMEMBERED_MAX = 1000;

export class Complaints {
  readonly #log: LogSink;
  readonly #told = new Set<string>();

  constructor(log: LogSink) {
    this.#log = log;
  }

  tell(key: string, text: string): void {
    if (this.#told.has(key) || this.#told.size >= REMEMBERED_MAX) return;
    this.#told.add(key);
    this.#log.write({ level: 'warning', text });
  }

  /** It is over: the next time is news again. */
  forget(prefix: string): void {
    if (this.#told.size === 0) return;
    for (const key of this.#told) if (key.startsWith(prefix)) this.#told.delete(key);
  }
}
