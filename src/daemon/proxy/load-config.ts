import { formatDiagnostic } from '../../base/diagnostics.ts';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import { hasErrors, readProxyConfig } from './read-config.ts';
import type { ProxyRunOptions } from './run-options.ts';

/** As HAProxy says what keeps it from its work. */
export function complain(text: string): void {
  process.stderr.write(`[ALERT]    (${process.pid}) : ${text}\n`);
}

/** The configuration, or undefined where it cannot be run; what is wrong was said. */
export function loadConfig({ paths, maxconn }: ProxyRunOptions): ProxyConfig | undefined {
  const { config, diagnostics } = readProxyConfig(paths);
  for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  if (hasErrors(diagnostics)) return undefined;
  return maxconn === undefined ? config : { ...config, global: { ...config.global, maxconn } };
}
