import { ChunkReader } from './chunks.ts';
import type { Framing } from './framing.ts';

/** How many bytes of what came are the body's, and whether that was all of it. */
export interface BodyReader {
  /**
   * Bytes `from` to `to` came; the answer is where the body's part of them ends, or -1: no body. What
   * goes on is in their place, from `from` to `written`: chunks lose what only readers before us need.
   */
  read(bytes: Uint8Array, from: number, to: number): number;
  readonly written: number;
  readonly isComplete: boolean;
  /** Bytes of content and trailers so far, without what only delimits them. */
  readonly counted: number;
}

export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'none':
      return NO_BODY_READER;
    case 'length':
      return new LengthReader(framing.bytes);
    case 'chunked':
      return new ChunkReader();
    case 'until-close':
    case 'tunnel':
      return new EndlessReader();
  }
}

const NO_BODY_READER: BodyReader = {
  read: (_bytes, from) => from,
  written: 0,
  isComplete: true,
  counted: 0,
};

class EndlessReader implements BodyReader {
  readonly isComplete = false;
  written = 0;
  counted = 0;

  read(_bytes: Uint8Array, from: number, to: number): number {
    this.counted += to - from;
    this.written = to;
    return to;
  }
}

class LengthReader implements BodyReader {
  #left: number;
  written = 0;
  counted = 0;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  read(_bytes: Uint8Array, from: number, to: number): number {
    const count = Math.min(this.#left, to - from);
    this.#left -= count;
    this.counted += count;
    this.written = from + count;
    return this.written;
  }
}
