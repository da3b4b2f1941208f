import { type Block, type Stream, type Streams, WOULD_BLOCK } from '../../ports/streams.ts';

/** It holds as much as it may. */
export const FULL = -105;

/** Bytes of one connection that were received and not used yet; without any it has no memory. */
export class Inbox {
  readonly #streams: Streams;
  readonly #sizeBytes: number;
  #block: Block | undefined;
  #from = 0;
  #to = 0;
  #mayReceive = true;
  /** How often something came. */
  arrivals = 0;
  /**
   * The other end said that nothing follows what is in the socket, or may have said so to whoever had
   * the stream before: read on to the end.
   */
  #endIsNear = true;

  constructor(streams: Streams, sizeBytes: number) {
    this.#streams = streams;
    this.#sizeBytes = sizeBytes;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** Valid until the next call. */
  get bytes(): Uint8Array {
    return this.#block?.bytes.subarray(this.#from, this.#to) ?? NOTHING;
  }

  get isFull(): boolean {
    return this.length === this.#sizeBytes;
  }

  ready(end: 'end' | 'open'): void {
    this.#mayReceive = true;
    if (end === 'end') this.#endIsNear = true;
  }

  /** There is nothing to receive until `ready` says so. */
  expectNews(): void {
    this.#mayReceive = false;
    this.#endIsNear = false;
  }

  /** How many came; END, WOULD_BLOCK, FULL, or a negative errno. */
  receive(stream: Stream): number {
    if (!this.#mayReceive) return WOULD_BLOCK;
    const block = this.#room();
    const room = this.#sizeBytes - this.#to;
    if (room === 0) return FULL;
    const count = stream.receive(block, this.#to, room);
    if (count > 0) this.#to += count;
    this.#note(count, room);
    if (count <= 0) this.#freeIfEmpty();
    return count;
  }

  /** Past it: what comes now is in `block`, at most as much as the inbox would hold. */
  receiveInto(stream: Stream, block: Block): number {
    if (!this.#mayReceive) return WOULD_BLOCK;
    const room = Math.min(this.#sizeBytes, block.bytes.length);
    const count = stream.receive(block, 0, room);
    this.#note(count, room);
    return count;
  }

  /** Less than there was room for: the socket is empty, and what follows will be told of. */
  #note(count: number, room: number): void {
    if (count > 0) this.arrivals += 1;
    if (count === WOULD_BLOCK) this.#endIsNear = false;
    if (count === WOULD_BLOCK || (count > 0 && count < room && !this.#endIsNear))
      this.#mayReceive = false;
  }

  consume(count: number): void {
    this.#from += count;
    this.#freeIfEmpty();
  }

  /** These came after what is in it; it has room for them, since it was empty. */
  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const block = this.#room();
    block.bytes.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Whether an END may be waiting that was told of by the edge. */
  get hasNews(): boolean {
    return this.#mayReceive;
  }

  drop(): void {
    this.#from = 0;
    this.#to = 0;
    this.#freeIfEmpty();
  }

  #room(): Block {
    this.#block ??= this.#streams.createBlock(this.#sizeBytes);
    if (this.#from > 0) {
      this.#block.bytes.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    return this.#block;
  }

  #freeIfEmpty(): void {
    if (this.#from < this.#to || this.#block === undefined) return;
    this.#streams.freeBlock(this.#block);
    this.#block = undefined;
    this.#from = 0;
    this.#to = 0;
  }
}

const NOTHING = new Uint8Array(0);
