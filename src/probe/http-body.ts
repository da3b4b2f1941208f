import { createHash, type Hash } from 'node:crypto';
import type { Finding, HttpProbe } from '../core/check/probe.ts';
import { isPatternFault, type Pattern, type PatternCompiler } from '../ports/patterns.ts';
import { fail } from './failures.ts';
import { PatternScan } from './pattern-scan.ts';

type BodyWishes = Pick<HttpProbe, 'digest' | 'regex'>;

/** What is wanted of a body, found out while it passes by: nothing of it is kept but what a regex needs. */
export class HttpBody {
  readonly #hash: Hash | undefined;
  readonly #scan: PatternScan | undefined;
  readonly #pattern: Pattern | undefined;
  #bytes = 0;

  /** Or why this host cannot find it out. `free` must be called. */
  static open(wishes: BodyWishes, patterns: PatternCompiler): HttpBody | Finding {
    const { regex } = wishes;
    const pattern = regex && patterns.compile(regex.pattern, regex.options);
    if (pattern !== undefined && isPatternFault(pattern)) return fail('local', pattern.reason);
    try {
      const hash = wishes.digest === 'wanted' ? createHash('md5') : undefined;
      const scan = pattern && regex && new PatternScan(pattern, regex);
      return new HttpBody({ hash, scan, pattern });
    } catch {
      // A host that keeps to FIPS.
      pattern?.free();
      return fail('local', 'this host makes no MD5 sums');
    }
  }

  private constructor(parts: {
    readonly hash: Hash | undefined;
    readonly scan: PatternScan | undefined;
    readonly pattern: Pattern | undefined;
  }) {
    this.#hash = parts.hash;
    this.#scan = parts.scan;
    this.#pattern = parts.pattern;
  }

  push(piece: Uint8Array): void {
    this.#bytes += piece.length;
    this.#hash?.update(piece);
    this.#scan?.push(piece);
  }

  /** What was found, now that it is over; called once. */
  judge(status: number): Finding {
    const regex = this.#scan?.finish();
    if (regex?.kind === 'error') return fail('local', regex.reason);
    return {
      kind: 'http-answered',
      status,
      ...(this.#hash !== undefined && { digest: this.#hash.digest('hex') }),
      ...(regex !== undefined && { regex: regex.kind }),
      bodyBytes: this.#bytes,
    };
  }

  free(): void {
    this.#pattern?.free();
  }
}
