/** What a client says in the clear before TLS begins (RFC 8446, 4.1.2; RFC 6066, 3). */

export interface ClientHello {
  /** 3 and 1 for TLS 1.0, and so on: the highest byte pair offered in the record, major in the high half. */
  readonly version: number;
  readonly serverName?: string;
  readonly alpn?: string;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;

/** Undefined: it is none, or not all of it has come. */
export function readClientHello(bytes: Uint8Array): ClientHello | undefined {
  const reader = new Reader(bytes);
  if (reader.u8() !== HANDSHAKE) return undefined;
  reader.pass(2);
  reader.u16();
  if (reader.u8() !== CLIENT_HELLO) return undefined;
  reader.pass(3);
  const version = (reader.u8() << 16) | reader.u8();
  reader.pass(32);
  reader.pass(reader.u8());
  reader.pass(reader.u16());
  reader.pass(reader.u8());
  const end = reader.u16() + reader.at;
  if (reader.failed || end > bytes.length) return undefined;
  const found: { serverName?: string; alpn?: string } = {};
  while (reader.at < end && !reader.failed) {
    const kind = reader.u16();
    const length = reader.u16();
    const body = reader.bytes(length);
    if (kind === SERVER_NAME) found.serverName = text(body.subarray(5));
    // A list of names, each with its length before it; the first is the one that is preferred.
    else if (kind === ALPN) found.alpn = text(body.subarray(3, 3 + (body[2] ?? 0)));
  }
  return reader.failed ? undefined : { version, ...found };
}

const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
/** More is no beginning of a conversation: OpenSSL refuses it as well. */
const HELLO_BYTES_MAX = 16_384;

/**
 * The name that the first message asks for, where it may come in pieces; `incomplete`: more has to come.
 * Undefined: it names nobody, or is nothing that could.
 */
export function requestedName(bytes: Uint8Array): string | undefined | 'incomplete' {
  const message: number[] = [];
  for (let at = 0; ; ) {
    const [kind, major = 3, , high = 0, low = 0] = bytes.subarray(at, at + RECORD_HEAD_BYTES);
    if (kind === undefined) return 'incomplete';
    if (kind !== HANDSHAKE || major !== 3) return undefined;
    const from = at + RECORD_HEAD_BYTES;
    const to = from + ((high << 8) | low);
    if (to > bytes.length || from > bytes.length) return 'incomplete';
    for (const byte of bytes.subarray(from, to)) message.push(byte);
    if (message.length > HELLO_BYTES_MAX || to === from) return undefined;
    const [, b = 0xff, c = 0xff, d = 0xff] = message;
    const length = (b << 16) | (c << 8) | d;
    if (message.length >= MESSAGE_HEAD_BYTES && length > HELLO_BYTES_MAX) return undefined;
    if (message.length >= MESSAGE_HEAD_BYTES + length) break;
    at = to;
  }
  return readClientHello(Uint8Array.from([HANDSHAKE, 3, 1, 0, 0, ...message]))?.serverName;
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 255));
}

/** Reads on past the end without an exception, and tells that it did. */
class Reader {
  readonly #bytes: Uint8Array;
  at = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    const value = this.#bytes[this.at];
    this.at += 1;
    if (value === undefined) this.failed = true;
    return value ?? 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  pass(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) this.failed = true;
  }

  bytes(count: number): Uint8Array {
    const from = this.at;
    this.pass(count);
    return this.#bytes.subarray(from, this.at);
  }
}
