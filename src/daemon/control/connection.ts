/** One client of the control socket: what came of a request, what is left of an answer. */
import { REQUEST_BYTES_MAX } from '../../api/protocol.ts';
import type { Micros } from '../../base/time.ts';
import type { LocalConnection } from '../../ports/local-socket.ts';
import type { Purse } from './purse.ts';

const NEWLINE = 10;

/** Where a follower has got to. */
export interface Following {
  readonly id: string | number | undefined;
  readonly instance: string | undefined;
  readonly limit: number;
  since: number;
}

export interface ConnectionOptions {
  readonly rights: Connection['rights'];
  readonly purse: Purse;
  readonly at: Micros;
  /** REQUEST_BYTES_MAX where absent. */
  readonly requestBytesMax?: number | undefined;
}

export class Connection {
  readonly socket: LocalConnection;
  /** Whether it may change something. */
  readonly rights: 'change' | 'read';
  /** Who pays for what it asks. */
  readonly purse: Purse;
  /**
   * `waiting`: a request is read and will be answered, or the purse is empty; `answering`: an answer is
   * awaited or being written. Only `reading` and `following` are told of new bytes.
   */
  phase: 'reading' | 'waiting' | 'answering' | 'following' | 'closed' = 'reading';
  following: Following | undefined;
  /** Of requests in a row that were wrong. */
  mistakes = 0;
  /** When it last did something that is of any use. */
  activeAt: Micros;
  /** When the first byte of a request came that is not complete. */
  begunAt: Micros | undefined;
  afterAnswer: 'go on' | 'close' = 'go on';
  readonly requestBytesMax: number;
  #input = new Uint8Array(REQUEST_BYTES_MAX);
  #inputBytes = 0;
  #output: Uint8Array | undefined;

  constructor(socket: LocalConnection, options: ConnectionOptions) {
    this.socket = socket;
    this.requestBytesMax = options.requestBytesMax ?? REQUEST_BYTES_MAX;
    this.rights = options.rights;
    this.purse = options.purse;
    this.activeAt = options.at;
  }

  /** Reads what fits of the request that is being read. */
  read(): 'some' | 'none' | 'end' {
    if (this.#inputBytes === this.#input.length) this.#grow();
    const count = this.socket.read(this.#input.subarray(this.#inputBytes));
    if (count === 'end') return 'end';
    this.#inputBytes += count;
    return count > 0 ? 'some' : 'none';
  }

  /** The next request, if all of it is there. */
  takeLine(): string | 'incomplete' | 'too long' {
    const input = this.#input.subarray(0, this.#inputBytes);
    const end = input.indexOf(NEWLINE);
    if (end < 0) return this.#inputBytes === this.requestBytesMax ? 'too long' : 'incomplete';
    const line = Buffer.from(input.buffer, 0, end).toString('utf8');
    this.#input.copyWithin(0, end + 1, this.#inputBytes);
    this.#inputBytes -= end + 1;
    return line;
  }

  #grow(): void {
    const size = Math.min(this.#input.length * 4, this.requestBytesMax);
    if (size <= this.#input.length) return;
    const larger = new Uint8Array(size);
    larger.set(this.#input);
    this.#input = larger;
  }

  get hasInput(): boolean {
    return this.#inputBytes > 0;
  }

  get hasOutput(): boolean {
    return this.#output !== undefined;
  }

  /** One answer at a time: the next is made when this one has been taken. */
  write(line: string): 'all' | 'rest' | 'end' {
    this.#output = Buffer.from(`${line}\n`);
    return this.flush();
  }

  flush(): 'all' | 'rest' | 'end' {
    while (this.#output !== undefined) {
      const count = this.socket.write(this.#output);
      if (count === 'end') return 'end';
      if (count === 0) return 'rest';
      const rest = this.#output.subarray(count);
      this.#output = rest.length === 0 ? undefined : rest;
    }
    return 'all';
  }

  close(): void {
    this.phase = 'closed';
    this.#output = undefined;
    this.socket.close();
  }
}
