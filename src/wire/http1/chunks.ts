import type { BodyReader } from './body.ts';

type ChunkState =
  | 'size'
  | 'blanks'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'line-start'
  | 'name'
  | 'value'
  | 'line-lf'
  | 'end-lf'
  | 'done';

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const COLON = 58;
const SEMICOLON = 59;
const DELETE = 127;
const SIZE_DIGITS_MAX = 8;
/** The colon of a field and the blank behind it. */
const TRAILER_DELIMITERS = 2;

/** Follows chunks (RFC 9112, 7.1): extensions are dropped, names of trailers put in lower case. */
export class ChunkReader implements BodyReader {
  #state: ChunkState = 'size';
  #left = 0;
  #digits = 0;
  written = 0;
  counted = 0;

  get isComplete(): boolean {
    return this.#state === 'done';
  }

  read(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    let out = from;
    while (at < to && this.#state !== 'done') {
      if (this.#state === 'data') {
        const count = Math.min(this.#left, to - at);
        if (out < at) bytes.copyWithin(out, at, at + count);
        this.#left -= count;
        this.counted += count;
        at += count;
        out += count;
        if (this.#left === 0) this.#state = 'data-cr';
        continue;
      }
      const byte = bytes[at] ?? 0;
      const next = this.#step(byte);
      if (next === 'wrong') return -1;
      at += 1;
      if (next === 'drop') continue;
      bytes[out] = next === 'lower' ? lower(byte) : byte;
      out += 1;
    }
    this.written = out;
    return at;
  }

  #step(byte: number): 'keep' | 'lower' | 'drop' | 'wrong' {
    switch (this.#state) {
      case 'size':
      case 'blanks':
        return this.#readSize(byte);
      case 'extension':
        if (byte === CR) this.#state = 'size-lf';
        return byte === LF ? 'wrong' : byte === CR ? 'keep' : 'drop';
      case 'size-lf':
        this.#state = this.#left === 0 ? 'line-start' : 'data';
        this.#digits = 0;
        return byte === LF ? 'keep' : 'wrong';
      case 'data-cr':
        this.#state = 'data-lf';
        return byte === CR ? 'keep' : 'wrong';
      case 'data-lf':
        this.#state = 'size';
        this.#left = 0;
        return byte === LF ? 'keep' : 'wrong';
      case 'line-start':
      case 'name':
        return this.#readName(byte);
      case 'value':
        if (byte === CR) this.#state = 'line-lf';
        else this.counted += 1;
        return byte === LF || byte === 0 ? 'wrong' : 'keep';
      case 'line-lf':
        this.#state = 'line-start';
        return byte === LF ? 'keep' : 'wrong';
      case 'end-lf':
        this.#state = 'done';
        this.counted += 1;
        return byte === LF ? 'keep' : 'wrong';
      default:
        return 'wrong';
    }
  }

  #readSize(byte: number): 'keep' | 'drop' | 'wrong' {
    const digit = this.#state === 'size' ? hexDigit(byte) : -1;
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      return this.#digits <= SIZE_DIGITS_MAX ? 'keep' : 'wrong';
    }
    if (this.#digits === 0) return 'wrong';
    if (byte === CR) {
      this.#state = 'size-lf';
      return 'keep';
    }
    if (byte === SEMICOLON) this.#state = 'extension';
    else if (byte === SPACE || byte === TAB) this.#state = 'blanks';
    else return 'wrong';
    return 'drop';
  }

  /** Of a trailer, or the empty line behind the last one; none goes on in the next line. */
  #readName(byte: number): 'keep' | 'lower' | 'wrong' {
    if (this.#state === 'line-start') {
      if (byte === CR) {
        this.#state = 'end-lf';
        return 'keep';
      }
      if (byte === COLON) return 'wrong';
      this.counted -= TRAILER_DELIMITERS;
    }
    this.counted += 1;
    this.#state = byte === COLON ? 'value' : 'name';
    return byte <= SPACE || byte >= DELETE ? 'wrong' : 'lower';
  }
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
