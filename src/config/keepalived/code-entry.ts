import type { Severity } from '../../base/diagnostics.ts';

/**
 * How keepalived's own `-t` takes the same thing, and so which exit code it calls for: `config` 5,
 * `security` 6, `fatal` 4, `parameter` 2. `silent`: keepalived says nothing, or only in its log.
 */
export type ExitClass = 'silent' | 'config' | 'security' | 'fatal' | 'parameter';

export interface CodeEntry {
  readonly severity: Severity;
  readonly exit: ExitClass;
  /** What it means, for docs/errors.md. */
  readonly meaning: string;
}

export function entry(severity: Severity, exit: ExitClass, meaning: string): CodeEntry {
  return { severity, exit, meaning };
}
