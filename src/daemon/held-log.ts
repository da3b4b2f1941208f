/** A log of which nobody knows yet where it begins: its lines wait until the lines that belong before them are out. */
import type { LogRecord, LogSink } from '../ports/log.ts';

export class HeldLog implements LogSink {
  readonly #open: () => LogSink;
  readonly #held: LogRecord[] = [];
  #sink: LogSink | undefined;

  constructor(open: () => LogSink) {
    this.#open = open;
  }

  write(record: LogRecord): void {
    if (this.#sink === undefined) this.#held.push(record);
    else this.#sink.write(record);
  }

  /** From now on lines go out as they come. */
  release(): void {
    if (this.#sink !== undefined) return;
    this.#sink = this.#open();
    for (const record of this.#held.splice(0)) this.#sink.write(record);
  }

  close(): void {
    this.release();
    this.#sink?.close();
  }
}
