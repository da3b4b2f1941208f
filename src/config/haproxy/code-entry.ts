import type { Severity } from '../../base/diagnostics.ts';

export interface CodeEntry {
  readonly severity: Severity;
  /**
   * How `haproxy -c` takes the same thing; `varies`: some are errors there, others are taken for 0
   * or nothing.
   */
  readonly original: 'error' | 'warning' | 'silent' | 'varies';
  /** What it means, for docs/errors.md. */
  readonly meaning: string;
}

export function entry(
  severity: Severity,
  original: CodeEntry['original'],
  meaning: string,
): CodeEntry {
  return { severity, original, meaning };
}
