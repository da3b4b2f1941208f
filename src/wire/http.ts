/** As much of HTTP/1 as a health check speaks: one request, and the head of its answer. */

export interface HttpRequest {
  readonly version: '1.0' | '1.0-close' | '1.1';
  readonly path: string;
  /** The value of the Host header. */
  readonly host: string;
}

/** The bytes that keepalived sends. */
export function encodeHttpRequest({ version, path, host }: HttpRequest): string {
  const lines = [
    `GET ${path} HTTP/${version === '1.1' ? '1.1' : '1.0'}`,
    'User-Agent: KeepAliveClient',
    ...(version === '1.0' ? [] : ['Connection: close']),
    `Host: ${host}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export type HttpHead =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly reason: 'status-line' | 'too-long' }
  /** `status`: 100..999. `rest`: the beginning of the body, a view of what was pushed last. */
  | { readonly kind: 'head'; readonly status: number; readonly rest: Uint8Array };

/** keepalived takes some 4000. */
const HEAD_BYTES_MAX = 65_536;
const STATUS_LINE_MAX = 256;
const CR = 0x0d;
const LF = 0x0a;

/** Reads the head of an answer that comes in pieces; once it has an outcome it is done with. */
export class HttpHeadReader {
  #length = 0;
  /** The first bytes, as Latin-1. */
  #start = '';
  /** How much of CR LF CR LF the last bytes were. */
  #matched = 0;

  push(piece: Uint8Array): HttpHead {
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (this.#length++ < STATUS_LINE_MAX) this.#start += String.fromCharCode(byte);
      this.#follow(byte);
      if (this.#matched === 4) return this.#judge(piece.subarray(at + 1));
      if (this.#length === HEAD_BYTES_MAX) return { kind: 'malformed', reason: 'too-long' };
    }
    return { kind: 'incomplete' };
  }

  #follow(byte: number): void {
    const wanted = this.#matched % 2 === 0 ? CR : LF;
    if (byte === wanted) this.#matched++;
    else this.#matched = byte === CR ? 1 : 0;
  }

  /** Any word may stand in the place of the version. */
  #judge(rest: Uint8Array): HttpHead {
    const [, digits] = /^[^ \r\n]* +([1-9]\d\d) /.exec(this.#start) ?? [];
    return digits === undefined
      ? { kind: 'malformed', reason: 'status-line' }
      : { kind: 'head', status: Number(digits), rest };
  }
}
