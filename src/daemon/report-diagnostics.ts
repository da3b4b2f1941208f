/** What is wrong with a configuration, in the log. */
import { type Diagnostic, formatDiagnostic, type Severity } from '../base/diagnostics.ts';
import type { LogLevel, LogSink } from '../ports/log.ts';

const LEVELS: Readonly<Record<Severity, LogLevel>> = {
  fatal: 'error',
  error: 'error',
  security: 'warning',
  warning: 'warning',
  info: 'info',
};

export function reportDiagnostics(diagnostics: readonly Diagnostic[], log: LogSink): void {
  for (const diagnostic of diagnostics) {
    log.write({ level: LEVELS[diagnostic.severity], text: formatDiagnostic(diagnostic) });
  }
}
