import type { Diagnostic } from '../../base/diagnostics.ts';

/** As `haproxy -c` of 2.6 ends: 0 valid, 1 not valid, 2 valid, but nothing listens. */
export function exitCode(diagnostics: readonly Diagnostic[]): 0 | 1 | 2 {
  const isBad = diagnostics.some(({ severity }) => severity === 'error' || severity === 'fatal');
  if (isBad) return 1;
  return diagnostics.some(({ code }) => code === 'no-listener') ? 2 : 0;
}
