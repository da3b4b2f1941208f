/** Where the body of a message ends (RFC 9112, 6): the place where smuggled requests come in. */
import { type Header, type RequestHead, type ResponseHead, trimBlanks } from './head.ts';

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Of responses only. */
  | { readonly kind: 'until-close' }
  /** What follows is another protocol. */
  | { readonly kind: 'tunnel' };

/** Values of a header, one for each element of its comma-separated lists. */
export function elementsOf(headers: readonly Header[], name: string): readonly string[] {
  const elements: string[] = [];
  for (const [key, value] of headers)
    if (key === name) for (const part of value.split(',')) elements.push(trimBlanks(part));
  return elements;
}

export function hasElement(headers: readonly Header[], name: string, word: string): boolean {
  return elementsOf(headers, name).some((element) => element.toLowerCase() === word);
}

export function requestFraming({ headers, version }: RequestHead): Framing | 'malformed' {
  const declared = declaredFraming(headers);
  if (declared === 'malformed') return 'malformed';
  if (declared === undefined) return { kind: 'none' };
  // A 1.0 reader does not know chunks, and would find another end.
  return declared.kind === 'chunked' && version === '1.0' ? 'malformed' : declared;
}

export function responseFraming(
  { headers, status }: ResponseHead,
  method: string,
): Framing | 'malformed' {
  if (status === 101) return { kind: 'tunnel' };
  if (method === 'CONNECT' && status >= 200 && status < 300) return { kind: 'tunnel' };
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { kind: 'none' };
  return declaredFraming(headers) ?? { kind: 'until-close' };
}

function declaredFraming(headers: readonly Header[]): Framing | 'malformed' | undefined {
  const codings = elementsOf(headers, 'transfer-encoding').filter((coding) => coding !== '');
  if (headers.some(([name]) => name === 'transfer-encoding')) {
    // Chunked, once, last: with anything else the end of the body is a matter of opinion.
    const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked';
    return isChunked ? { kind: 'chunked' } : 'malformed';
  }
  const lengths = elementsOf(headers, 'content-length');
  const [first] = lengths;
  if (first === undefined) return undefined;
  if (!/^\d{1,15}$/.test(first) || lengths.some((length) => length !== first)) return 'malformed';
  return { kind: 'length', bytes: Number(first) };
}

/** How many bytes of what came are the body's, and whether that was all of it. */
export interface BodyReader {
  /** Bytes `from` to `to` came; the answer is where the body's part of them ends, or -1: no body. */
  read(bytes: Uint8Array, from: number, to: number): number;
  readonly isComplete: boolean;
  /** Bytes of content and trailers so far, without what only delimits them. */
  readonly counted: number;
}

export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'none':
      return { read: (_bytes, from) => from, isComplete: true, counted: 0 };
    case 'length':
      return new LengthReader(framing.bytes);
    case 'chunked':
      return new ChunkReader();
    case 'until-close':
    case 'tunnel':
      return new EndlessReader();
  }
}

class EndlessReader implements BodyReader {
  readonly isComplete = false;
  counted = 0;

  read(_bytes: Uint8Array, from: number, to: number): number {
    this.counted += to - from;
    return to;
  }
}

class LengthReader implements BodyReader {
  #left: number;
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
    return from + count;
  }
}

type ChunkState =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer'
  | 'end-lf'
  | 'done';

const CR = 13;
const LF = 10;
const SEMICOLON = 59;
const SIZE_DIGITS_MAX = 8;
/** The colon of a field and the blank behind it. */
const TRAILER_DELIMITERS = 2;

/** Follows the chunks without changing them (RFC 9112, 7.1). */
class ChunkReader implements BodyReader {
  #state: ChunkState = 'size';
  #left = 0;
  #digits = 0;
  counted = 0;

  get isComplete(): boolean {
    return this.#state === 'done';
  }

  read(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state !== 'done') {
      if (this.#state === 'data') {
        const count = Math.min(this.#left, to - at);
        this.#left -= count;
        this.counted += count;
        at += count;
        if (this.#left === 0) this.#state = 'data-cr';
        continue;
      }
      if (!this.#step(bytes[at] ?? 0)) return -1;
      at += 1;
    }
    return at;
  }

  #step(byte: number): boolean {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte);
      case 'extension':
        if (byte === CR) this.#state = 'size-lf';
        return byte !== LF;
      case 'size-lf':
        if (byte !== LF || this.#digits === 0) return false;
        this.#state = this.#left === 0 ? 'trailer-start' : 'data';
        this.#digits = 0;
        return true;
      case 'data-cr':
        this.#state = 'data-lf';
        return byte === CR;
      case 'data-lf':
        this.#state = 'size';
        this.#left = 0;
        return byte === LF;
      case 'trailer-start':
        this.#state = byte === CR ? 'end-lf' : 'trailer';
        this.counted += byte === CR ? 0 : 1 - TRAILER_DELIMITERS;
        return byte !== LF;
      case 'trailer':
        if (byte === LF) this.#state = 'trailer-start';
        else if (byte !== CR) this.counted += 1;
        return byte !== 0;
      case 'end-lf':
        this.#state = 'done';
        this.counted += 1;
        return byte === LF;
      default:
        return false;
    }
  }

  #readSize(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      return this.#digits <= SIZE_DIGITS_MAX;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) this.#state = 'size-lf';
    else if (byte === SEMICOLON || byte === 32 || byte === 9) this.#state = 'extension';
    else return false;
    return true;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
