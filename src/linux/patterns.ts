/**
 * Patterns of the configuration, by the library that they were written for. JavaScript's own expressions
 * mean other things, cannot wait for more of a text, and put no limit to how long a server that knows
 * the pattern can hold the process up.
 */
import type {
  MatchOptions,
  MatchOutcome,
  Pattern,
  PatternCompiler,
  PatternFault,
} from '../ports/patterns.ts';
import { loadPcre2, type Pcre2 } from './ffi/pcre2.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const UTF = 0x80000;
const USE_OFFSET_LIMIT = 0x800000;
const MATCH_INVALID_UTF = 0x4000000;

/** Words of `regex_options` and their bits in pcre2.h. */
const optionBits: Readonly<Record<string, number>> = {
  allow_empty_class: 0x1,
  alt_bsux: 0x2,
  auto_callout: 0x4,
  caseless: 0x8,
  dollar_endonly: 0x10,
  dotall: 0x20,
  dupnames: 0x40,
  extended: 0x80,
  firstline: 0x100,
  match_unset_backref: 0x200,
  multiline: 0x400,
  never_ucp: 0x800,
  never_utf: 0x1000,
  no_auto_capture: 0x2000,
  no_auto_possess: 0x4000,
  no_dotstar_anchor: 0x8000,
  no_start_optimize: 0x10000,
  ucp: 0x20000,
  ungreedy: 0x40000,
  utf: UTF,
  never_backslash_c: 0x100000,
  alt_circumflex: 0x200000,
  alt_verbnames: 0x400000,
  use_offset_limit: USE_OFFSET_LIMIT,
};

const INFO_ALL_OPTIONS = 0;
const INFO_MAX_LOOKBEHIND = 15;
const PARTIAL_HARD = 0x20;
const ERROR_NO_MATCH = -1;
const ERROR_PARTIAL = -2;
/** Steps of one attempt; more than the longest text that is kept for a match. */
const MATCH_LIMIT = 4_000_000;
/** PCRE2_UNSET: ~0, which no number holds; nothing here is as long as this. */
const NO_OFFSET_LIMIT = Number.MAX_SAFE_INTEGER;
const UTF8_LONGEST = 4;

export function createPatternCompiler(): PatternCompiler {
  return {
    compile: (pattern, options) => {
      const library = loadPcre2();
      if (library === undefined) return fault('a regex needs libpcre2-8, which this host lacks');
      return compile(library, pattern, options);
    },
  };
}

function compile(
  library: Pcre2,
  pattern: string,
  words: readonly string[],
): Pattern | PatternFault {
  let bits = USE_OFFSET_LIMIT;
  for (const word of words) {
    const bit = optionBits[word];
    if (bit === undefined) return fault(`no option of a regex: ${word}`);
    bits |= bit;
  }
  const text = new TextEncoder().encode(pattern);
  const first = compileBytes(library, text, bits);
  if (typeof first !== 'number') return first;
  if ((readInfo(library, first, INFO_ALL_OPTIONS) & UTF) === 0) {
    return new CompiledPattern(library, first, 'bytes');
  }
  // Asked for by an option or by the pattern itself. What a server sends may be no UTF-8 at all.
  library.codeFree(first);
  const second = compileBytes(library, text, bits | UTF | MATCH_INVALID_UTF);
  return typeof second === 'number' ? new CompiledPattern(library, second, 'utf-8') : second;
}

function compileBytes(library: Pcre2, text: Uint8Array, bits: number): number | PatternFault {
  const error = new Uint8Array(4);
  const offset = new Uint8Array(8);
  const code = library.compile(text, text.length, bits, error, offset, 0);
  if (code !== 0) return code;
  const errno = new DataView(error.buffer).getInt32(0, littleEndian);
  const at = new DataView(offset.buffer).getBigUint64(0, littleEndian);
  return fault(`regex, at character ${at}: ${describe(library, errno)}`);
}

class CompiledPattern implements Pattern {
  readonly lookbehindBytes: number;
  readonly reads: 'bytes' | 'utf-8';
  readonly #library: Pcre2;
  readonly #code: number;
  readonly #data: number;
  readonly #context: number;
  #phase: 'usable' | 'freed' = 'usable';

  constructor(library: Pcre2, code: number, reads: 'bytes' | 'utf-8') {
    this.#library = library;
    this.#code = code;
    this.#data = library.matchDataCreate(code, 0);
    this.#context = library.contextCreate(0);
    library.setMatchLimit(this.#context, MATCH_LIMIT);
    const characters = readInfo(library, code, INFO_MAX_LOOKBEHIND);
    this.reads = reads;
    this.lookbehindBytes = reads === 'utf-8' ? characters * UTF8_LONGEST : characters;
  }

  match(subject: Uint8Array, { from, to = NO_OFFSET_LIMIT, end }: MatchOptions): MatchOutcome {
    if (this.#phase === 'freed') throw new Error('a pattern is used after it was freed');
    const library = this.#library;
    library.setOffsetLimit(this.#context, to);
    const options = end === 'open' ? PARTIAL_HARD : 0;
    const result = library.match(
      ...([this.#code, subject, subject.length, from] as const),
      ...([options, this.#data, this.#context] as const),
    );
    if (result >= 0) return { kind: 'match' };
    if (result === ERROR_NO_MATCH) return { kind: 'no-match' };
    if (result === ERROR_PARTIAL) {
      return { kind: 'partial', from: library.startOfMatch(this.#data) };
    }
    return { kind: 'error', reason: `regex: ${describe(library, result)}` };
  }

  free(): void {
    if (this.#phase === 'freed') return;
    this.#phase = 'freed';
    this.#library.matchDataFree(this.#data);
    this.#library.contextFree(this.#context);
    this.#library.codeFree(this.#code);
  }
}

function readInfo(library: Pcre2, code: number, what: number): number {
  const value = new Uint8Array(4);
  library.patternInfo(code, what, value);
  return new DataView(value.buffer).getUint32(0, littleEndian);
}

function describe(library: Pcre2, error: number): string {
  const text = new Uint8Array(256);
  const length = library.errorMessage(error, text, text.length);
  return length > 0 ? new TextDecoder().decode(text.subarray(0, length)) : `error ${error}`;
}

function fault(reason: string): PatternFault {
  return { kind: 'pattern-fault', reason };
}
