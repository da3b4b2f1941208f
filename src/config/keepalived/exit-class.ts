import type { Diagnostic } from '../../base/diagnostics.ts';
import type { ExitClass } from './code-entry.ts';
import { CODES, type Code } from './codes.ts';

const EXIT: Readonly<Record<ExitClass, number>> = {
  silent: 0,
  fatal: 4,
  config: 5,
  security: 6,
  parameter: 2,
};

/**
 * The exit code of `keepalived -t` for a configuration with these diagnostics: 0, 4 (it cannot be
 * read), 5 (something is wrong) or 6 (scripts that others may change); 2 where a keyword has no
 * value, at which keepalived stops reading.
 */
export function exitClassOf(diagnostics: readonly Pick<Diagnostic, 'code'>[]): number {
  const codes = diagnostics.map(({ code }) =>
    Object.hasOwn(CODES, code) ? EXIT[CODES[code as Code].exit] : EXIT.silent,
  );
  return codes.includes(EXIT.parameter) ? EXIT.parameter : Math.max(0, ...codes);
}
