/** One end of a connection that is played by the suite: what it says, what it heard, and how it ended. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { withoutChunks } from './without-chunks.ts';

export type End = 'open' | 'FIN' | 'RST' | 'refused';

/** Whoever waits longer waits in vain; nothing that is compared takes so long. */
const PATIENCE_MS = 6000;
const SHOWN_BYTES_MAX = 4096;

export class Wire {
  readonly socket: Socket;
  end: End = 'open';
  /** What did not come in time. */
  missed: string | undefined;
  #heard = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  /** What was waited for before this has been dealt with. */
  #from = 0;
  #wake: (() => void) | undefined;
  /** By its own will: what follows says nothing of the other side. */
  #hasLeft = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#chunks.push(bytes);
      this.#wake?.();
    });
    socket.on('end', () => this.#over('FIN'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      this.#over(error.code === 'ECONNREFUSED' ? 'refused' : 'RST');
    });
    socket.on('close', () => this.#over('FIN'));
  }

  #over(end: End): void {
    if (this.end === 'open' && !this.#hasLeft) this.end = end;
    this.#wake?.();
  }

  leave(how: 'close' | 'reset'): void {
    this.#hasLeft = true;
    if (how === 'reset') this.socket.resetAndDestroy();
    else this.socket.destroy();
    this.#wake?.();
  }

  get heard(): Buffer {
    if (this.#chunks.length > 0) {
      this.#heard = Buffer.concat([this.#heard, ...this.#chunks]);
      this.#chunks = [];
    }
    return this.#heard;
  }

  get isGone(): boolean {
    return this.end !== 'open' || this.#hasLeft;
  }

  say(text: string | Buffer): Promise<void> {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    return new Promise((resolve) => {
      if (this.socket.destroyed || this.socket.writableEnded) resolve();
      else if (bytes.length <= SHOWN_BYTES_MAX) this.socket.write(bytes, () => resolve());
      else {
        // Whoever does not read holds up the writer, not the play.
        this.socket.write(bytes);
        resolve();
      }
    });
  }

  /** Until the text has come, or so many bytes, since what was heard last; or the end. */
  async hear(what: string | number): Promise<void> {
    const isThere = (): boolean => {
      const { heard } = this;
      if (typeof what === 'number') {
        if (heard.length - this.#from < what) return false;
        this.#from += what;
        return true;
      }
      const at = heard.indexOf(what, this.#from, 'latin1');
      if (at < 0) return false;
      this.#from = at + what.length;
      return true;
    };
    await this.#until(() => isThere() || this.isGone);
    if (!this.isGone && this.missed !== undefined) this.missed += `: ${what}`;
  }

  /** The end of the other side. */
  async gone(): Promise<void> {
    await this.#until(() => this.isGone);
  }

  async #until(isDone: () => boolean): Promise<void> {
    const limit = Date.now() + PATIENCE_MS;
    while (!isDone()) {
      const left = limit - Date.now();
      if (left <= 0) {
        this.missed ??= 'waited in vain';
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  /** Long texts by their length and their sum. */
  text(): string {
    const heard = withoutChunks(this.heard);
    if (heard.length <= SHOWN_BYTES_MAX) return heard.toString('latin1');
    const sum = createHash('sha256').update(heard).digest('hex').slice(0, 16);
    return `${heard.length} bytes, ${sum}`;
  }
}
