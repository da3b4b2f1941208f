/** Replies of a mail server (RFC 5321 §4.2): three digits a line, `-` behind them where more follow. */
export type SmtpReply =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly reason: 'no-code' | 'too-long' }
  /** `code`: 100..999. */
  | { readonly kind: 'reply'; readonly code: number };

/** The whole reply; of lines some servers send many. */
const REPLY_BYTES_MAX = 16_384;
const LF = 0x0a;

/** Reads replies that come in pieces, one after the other; after one that is malformed it is done with. */
export class SmtpReplyReader {
  #line = '';
  #bytes = 0;

  /** What is left behind a reply is dropped: nobody answers before he is asked. */
  push(piece: Uint8Array): SmtpReply {
    for (const byte of piece) {
      if (++this.#bytes > REPLY_BYTES_MAX) return { kind: 'malformed', reason: 'too-long' };
      if (byte !== LF) {
        this.#line += String.fromCharCode(byte);
        continue;
      }
      const [, code, mark] = /^([1-9]\d\d)(?:([- ]).*)?\r?$/s.exec(this.#line) ?? [];
      if (code === undefined) return { kind: 'malformed', reason: 'no-code' };
      this.#line = '';
      if (mark === '-') continue;
      this.#bytes = 0;
      return { kind: 'reply', code: Number(code) };
    }
    return { kind: 'incomplete' };
  }
}
