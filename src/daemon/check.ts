import { writeFileSync } from 'node:fs';
import { type Diagnostic, formatDiagnostic } from '../base/diagnostics.ts';
import { exitClass } from '../config/keepalived/index.ts';
import { hasErrors } from './configuration.ts';
import { type CheckedSource, checkConfigurationInPlace } from './held-configuration.ts';

/** As keepalived ends where it cannot write it. */
const NO_REPORT = 1;

/** keepalived's class of errors after which it would run. */
const SOMETHING_WRONG = 5;

export interface CheckOptions {
  readonly format?: 'text' | 'json';
  /** keepalived's `-t=FILE`; stderr where absent or empty. */
  readonly reportFile?: string;
  readonly summary?: 'print';
}

/** Reports every diagnostic; resolves with keepalived's exit code for it. */
export async function checkConfiguration(
  source: CheckedSource,
  { format = 'text', reportFile = '', summary }: CheckOptions,
): Promise<number> {
  const { diagnostics, proxyDiagnostics = [], model } = checkConfigurationInPlace(source);
  const render = (diagnostic: Diagnostic): string =>
    format === 'json' ? JSON.stringify(diagnostic) : formatDiagnostic(diagnostic);
  const report = diagnostics.map((diagnostic) => `${render(diagnostic)}\n`).join('');
  if (reportFile === '') process.stderr.write(report);
  else {
    try {
      writeFileSync(reportFile, report, { mode: 0o600 });
    } catch (error) {
      process.stderr.write(`cannot write the report: ${(error as Error).message}\n`);
      return NO_REPORT;
    }
  }
  if (summary === 'print' && format === 'text') {
    const instances = model?.instances.length ?? 0;
    const addresses = model?.instances.reduce((sum, one) => sum + one.addresses.length, 0) ?? 0;
    const said =
      diagnostics.length === 0 ? 'nothing to complain about' : `${diagnostics.length} diagnostics`;
    const { configFile, proxyFiles = [] } = source;
    const names = [configFile, ...proxyFiles].join(', ');
    process.stdout.write(`${names}: ${instances} instances, ${addresses} addresses, ${said}\n`);
  }
  const aboutProxy = new Set(proxyDiagnostics);
  const own = exitClass(diagnostics.filter((diagnostic) => !aboutProxy.has(diagnostic)));
  return own === 0 && hasErrors(proxyDiagnostics) ? SOMETHING_WRONG : own;
}
