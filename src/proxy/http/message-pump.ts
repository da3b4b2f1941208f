import { type Block, END, type Stream, type Streams, WOULD_BLOCK } from '../../ports/streams.ts';
import type { BodyReader } from '../../wire/http1/body.ts';
import { CHUNK_BYTES } from '../pump.ts';
import type { Inbox } from './inbox.ts';
import { writeText } from './native-text.ts';

/**
 * `done`: the whole message has been sent. `source-ended`: before its end, or at it where the end of the
 * connection is the end of the body.
 */
export type MessageState =
  | 'waiting'
  | 'busy'
  | 'done'
  | 'source-ended'
  | 'malformed'
  | 'broken-source'
  | 'broken-sink';

const CHUNKS_MAX = 16;

/** Sends the head of a message, and its body as it comes, from one connection to another. */
export class MessagePump {
  readonly #source: Stream;
  readonly #inbox: Inbox;
  readonly #sink: Stream;
  readonly #streams: Streams;
  readonly #shared: Block;
  readonly #onBytes: (count: number) => void;
  readonly #body: BodyReader;
  #kept: Block | undefined;
  #from = 0;
  #to = 0;
  #maySend = true;
  #sourceEnded = false;
  /** What came with the head; a reader that has failed cannot be asked again. */
  #isMalformed = false;
  #counted = 0;
  /** How often something went. */
  departures = 0;

  constructor(options: {
    readonly source: Stream;
    readonly inbox: Inbox;
    readonly sink: Stream;
    readonly streams: Streams;
    readonly shared: Block;
    readonly body: BodyReader;
    readonly onBytes: (count: number) => void;
  }) {
    this.#source = options.source;
    this.#inbox = options.inbox;
    this.#sink = options.sink;
    this.#streams = options.streams;
    this.#shared = options.shared;
    this.#body = options.body;
    this.#onBytes = options.onBytes;
  }

  get isBodyComplete(): boolean {
    return this.#body.isComplete;
  }

  /** Bytes that the receiver has not taken. */
  get backlog(): number {
    return this.#to - this.#from;
  }

  /** Goes first; the first part of the body goes with it, in one packet. */
  queueHead(text: string): void {
    const block = this.#streams.createBlock(CHUNK_BYTES);
    writeText(text, block.bytes, 0);
    this.#kept = block;
    this.#from = 0;
    this.#to = text.length;
    this.#appendInbox(block);
  }

  sinkReady(): void {
    this.#maySend = true;
  }

  run(): MessageState {
    const flushed = this.#flush();
    if (flushed !== undefined) return flushed;
    for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
      if (this.#isMalformed) return 'malformed';
      if (this.#body.isComplete) return 'done';
      if (this.#sourceEnded) return 'source-ended';
      if (!this.#maySend) return 'waiting';
      const state = this.#inbox.length > 0 ? this.#carryInbox() : this.#carryChunk();
      if (state !== undefined) return state;
    }
    return 'busy';
  }

  drop(): void {
    if (this.#kept !== undefined) this.#streams.freeBlock(this.#kept);
    this.#kept = undefined;
    this.#from = 0;
    this.#to = 0;
  }

  #appendInbox(block: Block): void {
    const count = Math.min(this.#inbox.length, CHUNK_BYTES - this.#to);
    if (count === 0 || this.#body.isComplete) return;
    const { bytes } = this.#inbox;
    const end = this.#body.read(bytes, 0, count);
    if (end < 0) this.#isMalformed = true;
    if (end <= 0) return;
    const { written } = this.#body;
    block.bytes.set(bytes.subarray(0, written), this.#to);
    this.#to += written;
    this.#count();
    this.#inbox.consume(end);
  }

  #flush(): MessageState | undefined {
    if (this.#kept === undefined) return undefined;
    if (!this.#maySend) return 'waiting';
    const sent = this.#sink.send(this.#kept, this.#from, this.#to);
    if (sent < 0 && sent !== WOULD_BLOCK) return 'broken-sink';
    if (sent > 0) this.departures += 1;
    this.#from += Math.max(0, sent);
    if (this.#from < this.#to) {
      this.#maySend = false;
      return 'waiting';
    }
    this.drop();
    return undefined;
  }

  #carryInbox(): MessageState | undefined {
    const bytes = this.#inbox.bytes;
    const end = this.#body.read(bytes, 0, bytes.length);
    if (end < 0) return 'malformed';
    const { written } = this.#body;
    this.#shared.bytes.set(bytes.subarray(0, written));
    this.#inbox.consume(end);
    return this.#send(written);
  }

  #carryChunk(): MessageState | undefined {
    if (!this.#inbox.hasNews) return 'waiting';
    const count = this.#receive();
    if (count === END) {
      this.#sourceEnded = true;
      return undefined;
    }
    if (count === WOULD_BLOCK) return 'waiting';
    if (count < 0) return 'broken-source';
    const end = this.#body.read(this.#shared.bytes, 0, count);
    if (end < 0) return 'malformed';
    if (end < count) this.#inbox.put(this.#shared.bytes.subarray(end, count));
    return this.#send(this.#body.written);
  }

  #count(): void {
    const { counted } = this.#body;
    this.#onBytes(counted - this.#counted);
    this.#counted = counted;
  }

  /** Not more than the inbox could keep, in case that another message begins in it. */
  #receive(): number {
    return this.#inbox.receiveInto(this.#source, this.#shared);
  }

  #send(end: number): MessageState | undefined {
    this.#count();
    if (end === 0) return undefined;
    const sent = this.#sink.send(this.#shared, 0, end);
    if (sent > 0) this.departures += 1;
    if (sent === end) return undefined;
    if (sent < 0 && sent !== WOULD_BLOCK) return 'broken-sink';
    const kept = this.#streams.createBlock(CHUNK_BYTES);
    const rest = this.#shared.bytes.subarray(Math.max(0, sent), end);
    kept.bytes.set(rest);
    this.#kept = kept;
    this.#from = 0;
    this.#to = rest.length;
    this.#maySend = false;
    return 'waiting';
  }
}
