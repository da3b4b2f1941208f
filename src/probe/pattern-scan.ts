import type { HttpRegex } from '../config/model/health-check.ts';
import type { MatchOutcome, Pattern } from '../ports/patterns.ts';

/** The longest match that is found where it comes in pieces; keepalived keeps some thousand bytes. */
const KEPT_BYTES_MAX = 1 << 20;
/** For `^` after a line break, and the words' edges. */
const CONTEXT_BYTES = 2;

export type ScanResult =
  | { readonly kind: 'match' | 'no-match' }
  | { readonly kind: 'error'; readonly reason: string };

/** Looks for a pattern in a body that comes in pieces, and keeps of it only what may still matter. */
export class PatternScan {
  readonly #pattern: Pattern;
  readonly #offsets: Pick<HttpRegex, 'minOffset' | 'maxOffset'>;
  readonly #contextBytes: number;
  #text = new Uint8Array(0);
  /** Pieces behind the kept text, not looked at yet. */
  readonly #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Where in the body the kept text begins. */
  #base = 0;
  /** Where in the body a match may still begin. */
  #from: number;
  /** Until the kept text is as long there is nothing to be looked for. */
  #nextLookBytes = 0;
  #result: ScanResult | undefined;

  constructor(pattern: Pattern, offsets: Pick<HttpRegex, 'minOffset' | 'maxOffset'>) {
    this.#pattern = pattern;
    this.#offsets = offsets;
    this.#contextBytes = pattern.lookbehindBytes + CONTEXT_BYTES;
    this.#from = offsets.minOffset;
  }

  push(piece: Uint8Array): void {
    if (this.#result !== undefined) return;
    // Whoever hands it over may use its memory again.
    this.#pieces.push(Uint8Array.from(piece));
    this.#waitingBytes += piece.length;
    if (this.#text.length + this.#waitingBytes < this.#nextLookBytes) return;
    this.#join();
    const isUtf8 = this.#pattern.reads === 'utf-8';
    this.#look(isUtf8 ? wholeCharacters(this.#text) : this.#text.length);
  }

  /** The body is over. */
  finish(): ScanResult {
    this.#join();
    if (this.#result === undefined && this.#base + this.#text.length >= this.#from) {
      const outcome = this.#match(this.#text, 'final');
      this.#result = outcome.kind === 'partial' ? { kind: 'no-match' } : outcome;
    }
    return this.#result ?? { kind: 'no-match' };
  }

  #join(): void {
    const joined = new Uint8Array(this.#text.length + this.#waitingBytes);
    let at = 0;
    for (const piece of [this.#text, ...this.#pieces]) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#text = joined;
    this.#pieces.length = 0;
    this.#waitingBytes = 0;
  }

  #look(length: number): void {
    const end = this.#base + length;
    if (end > this.#from) {
      const outcome = this.#match(this.#text.subarray(0, length), 'open');
      if (outcome.kind === 'match' || outcome.kind === 'error') {
        this.#result = outcome;
        this.#text = new Uint8Array(0);
        return;
      }
      this.#from = outcome.kind === 'partial' ? this.#base + outcome.from : end;
    }
    this.#forget(end);
  }

  #match(text: Uint8Array, end: 'final' | 'open'): MatchOutcome {
    const { maxOffset } = this.#offsets;
    if (maxOffset !== undefined && this.#from > maxOffset) return { kind: 'no-match' };
    return this.#pattern.match(text, {
      from: this.#from - this.#base,
      ...(maxOffset !== undefined && { to: maxOffset - this.#base }),
      end,
    });
  }

  #forget(end: number): void {
    // A match that grows and grows is given up, as if it had not begun.
    if (end - this.#from > KEPT_BYTES_MAX) this.#from = end;
    const start = Math.max(this.#base, Math.min(this.#from, end) - this.#contextBytes);
    this.#text = this.#text.slice(start - this.#base);
    this.#base = start;
    // What has been looked at once without a decision is looked at again when there is twice as much.
    this.#nextLookBytes = this.#from < end ? this.#text.length * 2 : 0;
  }
}

/** The length without a last character of which bytes are missing. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
