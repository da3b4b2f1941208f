import type { Severity } from '../../base/diagnostics.ts';

export interface CodeEntry {
  readonly severity: Severity;
  /** How `haproxy -c` takes the same thing; `differs`: otherwise than we do, for the reason given. */
  readonly original: 'error' | 'warning' | 'silent';
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
