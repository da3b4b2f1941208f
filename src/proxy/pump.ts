import {
  type Block,
  END,
  ENDING,
  isLastWord,
  READABLE,
  type Readiness,
  type Stream,
  type Streams,
  WOULD_BLOCK,
} from '../ports/streams.ts';

/** Large enough that one call carries a window; small enough to stay in the processor's cache. */
export const CHUNK_BYTES = 65_536;
/** Chunks of one turn: others want theirs. */
const CHUNKS_MAX = 16;

/**
 * `waiting`: for either side. `busy`: there is more, but it is others' turn. `ended`: all was sent, and
 * the receiver has been told that nothing follows. A side of which an operation failed is broken.
 */
export type PumpState = 'waiting' | 'busy' | 'ended' | 'broken-source' | 'broken-sink';

/**
 * Carries bytes one way. What was received goes out at once from the block that all share; only what
 * the receiver does not take is kept, in a block of its own, and then nothing more is received.
 */
export class Pump {
  readonly #source: Stream;
  readonly #sink: Stream;
  readonly #streams: Streams;
  readonly #shared: Block;
  readonly #onBytes: (count: number) => void;
  #kept: Block | undefined;
  #from = 0;
  #to = 0;
  #mayReceive = true;
  #maySend = true;
  /**
   * The other end has said that nothing follows what is in the socket, or may have said so to whoever
   * had the stream before: a short read is not the last one then.
   */
  #endIsNear = true;
  /** It has said so to us: what is received now is followed by more, or by the end. */
  #endIsTold = false;
  /** And all that it has said is there to be received. */
  #isLastWord = false;
  #hasEnded = false;
  #isRead = false;
  /** `kept`: the receiver is not told of the end, since its connection will be broken off. */
  end: 'passed' | 'kept' = 'passed';
  state: PumpState = 'waiting';
  /** Of the operation that failed, positive. */
  errno = 0;

  constructor(
    source: Stream,
    sink: Stream,
    streams: Streams,
    shared: Block,
    onBytes: (count: number) => void,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#streams = streams;
    this.#shared = shared;
    this.#onBytes = onBytes;
  }

  /** Bytes that were received and not taken yet. */
  get backlog(): number {
    return this.#to - this.#from;
  }

  get hasEnd(): boolean {
    return this.#hasEnded;
  }

  /** The source's own end has been received: nothing is left in its socket. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** All that edges have told of the source so far: what they have not told of is not tried. */
  expect(told: Readiness): void {
    this.#mayReceive = false;
    this.#endIsNear = false;
    this.sourceTold(told);
  }

  /** Bytes that stand at the beginning of the block were received before, and go first. */
  preload(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#kept = this.#streams.createBlock(Math.max(CHUNK_BYTES, bytes.length));
    this.#kept.bytes.set(bytes);
    this.#from = 0;
    this.#to = bytes.length;
  }

  /** What an edge has told of the source. */
  sourceTold(readiness: Readiness): void {
    const isEnding = (readiness & ENDING) !== 0;
    if (!isEnding && (readiness & READABLE) === 0) return;
    this.#mayReceive = true;
    if (!isEnding) return;
    this.#endIsNear = true;
    this.#endIsTold = true;
    this.#isLastWord = this.#source.isTcp === true && isLastWord(readiness);
  }

  sinkReady(): void {
    this.#maySend = true;
  }

  /** Nothing more is received: as if the source had ended. */
  finish(): void {
    this.#hasEnded = true;
    this.#mayReceive = false;
  }

  run(): PumpState {
    this.state = this.#carry();
    return this.state;
  }

  /** Nothing is carried any more. */
  drop(): void {
    if (this.#kept !== undefined) this.#streams.freeBlock(this.#kept);
    this.#kept = undefined;
    this.#from = 0;
    this.#to = 0;
  }

  #carry(): PumpState {
    if (this.state === 'ended') return 'ended';
    if (this.#kept !== undefined) {
      const state = this.#sendKept(this.#kept);
      if (state !== undefined) return state;
    }
    for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
      if (this.#hasEnded) {
        if (this.end === 'passed') this.#sink.shutdown();
        return 'ended';
      }
      if (!this.#mayReceive || !this.#maySend) return 'waiting';
      const state = this.#carryChunk();
      if (state !== undefined) return state;
    }
    return 'busy';
  }

  /** Undefined: it can go on. */
  #carryChunk(): PumpState | undefined {
    const count = this.#source.receive(this.#shared, 0, CHUNK_BYTES);
    if (count === END) {
      this.#hasEnded = true;
      this.#isRead = true;
      return undefined;
    }
    if (count < 0) {
      if (count !== WOULD_BLOCK) return this.#broken('broken-source', count);
      this.#mayReceive = false;
      this.#endIsNear = false;
      return 'waiting';
    }
    // Less than there was room for: the socket is empty, and what follows will be told of.
    if (count < CHUNK_BYTES && !this.#endIsNear) this.#mayReceive = false;
    if (count < CHUNK_BYTES && this.#isLastWord) {
      this.#hasEnded = true;
      this.#isRead = true;
    }
    this.#onBytes(count);
    // The last bytes and the end go in one packet.
    const more = this.#endIsTold ? 'more' : undefined;
    const sent = this.#sink.send(this.#shared, 0, count, more);
    if (sent === count) return undefined;
    if (sent < 0 && sent !== WOULD_BLOCK) return this.#broken('broken-sink', sent);
    this.#keep(Math.max(0, sent), count);
    return 'waiting';
  }

  #keep(from: number, to: number): void {
    const kept = this.#streams.createBlock(CHUNK_BYTES);
    kept.bytes.set(this.#shared.bytes.subarray(from, to));
    this.#kept = kept;
    this.#from = 0;
    this.#to = to - from;
    this.#maySend = false;
  }

  #sendKept(kept: Block): PumpState | undefined {
    if (!this.#maySend) return 'waiting';
    const sent = this.#sink.send(kept, this.#from, this.#to);
    if (sent < 0 && sent !== WOULD_BLOCK) return this.#broken('broken-sink', sent);
    this.#from += Math.max(0, sent);
    if (this.#from < this.#to) {
      this.#maySend = false;
      return 'waiting';
    }
    this.drop();
    return undefined;
  }

  #broken(state: 'broken-source' | 'broken-sink', errno: number): PumpState {
    this.errno = -errno;
    return state;
  }
}
