/** What an operator is told about his own text: where, what is wrong, what to write instead. */
export interface Diagnostic {
  /** Stable kebab-case id, listed in docs/errors.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units of the line as written; 1 where the whole line is meant. */
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
}

/**
 * `error`: what was written does not take effect. `security`: a script or key file others may change.
 * `warning`: it takes effect otherwise than it reads. `fatal`: nothing can run. `info`: changes nothing.
 */
export type Severity = 'fatal' | 'error' | 'security' | 'warning' | 'info';

/** One diagnostic as `FILE:LINE:COLUMN: severity: message (hint) [code]`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, hint, code } = diagnostic;
  return `${file}:${line}:${column}: ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`} [${code}]`;
}
