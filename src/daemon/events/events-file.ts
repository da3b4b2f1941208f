/**
 * Appends events to a file, one JSON text a line. The file system may take its time, or never come back:
 * writing goes on beside the event loop, and what does not fit in between is dropped and counted. A file
 * that has grown large becomes `FILE.1`, and a new one begins.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { LogSink } from '../../ports/log.ts';

const FILE_BYTES_MAX = 10 << 20;
const WAITING_MAX = 2000;
const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Not into a link that somebody has put there, and never waiting for the reader of a pipe. */
const FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK;

/** Made when it is written. */
export interface Line {
  readonly json: string;
}

export class EventsFile {
  readonly path: string;
  readonly #log: LogSink;
  readonly #bytesMax: number;
  #waiting: Line[] = [];
  #dropped = 0;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #phase: 'idle' | 'writing' | 'closing' | 'closed' = 'idle';
  #complaint: string | undefined;
  #onClosed: (() => void) | undefined;
  #opened: 'as asked' | 'to be opened anew' = 'as asked';

  constructor(path: string, log: LogSink, bytesMax = FILE_BYTES_MAX) {
    this.path = path;
    this.#log = log;
    this.#bytesMax = bytesMax;
  }

  write(line: Line): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    if (this.#phase !== 'idle') return;
    this.#phase = 'writing';
    // What is recorded in one turn goes out together.
    setImmediate(() => void this.#writeAll());
  }

  /** Somebody may have moved the file away: from now on what is at the path is written to. */
  reopen(): void {
    this.#opened = 'to be opened anew';
  }

  /** What waits is still written; calls back when that is done, or has turned out to be impossible. */
  close(done: () => void = () => {}): void {
    if (this.#phase === 'closed') {
      done();
      return;
    }
    this.#onClosed = done;
    const idle = this.#phase === 'idle';
    this.#phase = 'closing';
    if (idle) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = `${this.#take()}\n`;
      try {
        await this.#append(Buffer.from(text));
        this.#complaint = undefined;
      } catch (error) {
        this.#complain((error as Error).message);
        await this.#handle?.close().catch(() => {});
        this.#handle = undefined;
      }
    }
    if (this.#phase === 'writing') {
      this.#phase = 'idle';
      return;
    }
    this.#phase = 'closed';
    await this.#handle?.close().catch(() => {});
    this.#onClosed?.();
  }

  #take(): string {
    const lines = this.#waiting.map(({ json }) => json);
    this.#waiting = [];
    if (this.#dropped > 0) {
      lines.push(JSON.stringify({ kind: 'lost', count: this.#dropped }));
      this.#dropped = 0;
    }
    return lines.join('\n');
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#opened === 'to be opened anew') {
      this.#opened = 'as asked';
      await this.#handle?.close();
      this.#handle = undefined;
    }
    if (this.#handle === undefined) await this.#open();
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#bytesMax) {
      await this.#handle?.close();
      this.#handle = undefined;
      await rename(this.path, `${this.path}.1`);
      await this.#open();
    }
    await this.#handle?.appendFile(bytes);
    this.#bytes += bytes.length;
  }

  async #open(): Promise<void> {
    const handle = await open(this.path, FLAGS, 0o640);
    const facts = await handle.stat();
    if (!facts.isFile()) {
      await handle.close();
      throw new Error('is no file');
    }
    this.#handle = handle;
    this.#bytes = facts.size;
  }

  /** Once, until it has worked again. */
  #complain(message: string): void {
    if (this.#complaint === message) return;
    this.#complaint = message;
    const text = `events cannot be written to ${this.path}: ${message}`;
    this.#log.write({ level: 'warning', text });
  }
}
