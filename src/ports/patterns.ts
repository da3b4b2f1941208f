/** Regular expressions as PCRE2 has them, over bytes that come in pieces. */
export interface PatternCompiler {
  /** `options`: words of `regex_options`. The text says why there is no pattern. */
  compile(pattern: string, options: readonly string[]): Pattern | PatternFault;
}

export interface PatternFault {
  readonly kind: 'pattern-fault';
  readonly reason: string;
}

export interface Pattern {
  /** Bytes before a place that decide whether it matches there. */
  readonly lookbehindBytes: number;
  /** Whether it reads characters of UTF-8, and not bytes. */
  readonly reads: 'bytes' | 'utf-8';
  match(subject: Uint8Array, options: MatchOptions): MatchOutcome;
  free(): void;
}

export interface MatchOptions {
  /** A match begins at neither an earlier place nor a later one; indexes of the subject. */
  readonly from: number;
  readonly to?: number;
  /** Whether the subject is all there is. */
  readonly end: 'final' | 'open';
}

export type MatchOutcome =
  | { readonly kind: 'match' | 'no-match' }
  /** What follows decides; `from`: where the match would begin. Only of an open subject. */
  | { readonly kind: 'partial'; readonly from: number }
  | { readonly kind: 'error'; readonly reason: string };

export function isPatternFault(value: Pattern | PatternFault): value is PatternFault {
  return 'kind' in value;
}
