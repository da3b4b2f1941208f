import { formatDiagnostic } from '../../base/diagnostics.ts';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import { readHaproxyFiles } from '../haproxy-host.ts';
import { missingParts } from './missing-parts.ts';
import type { ProxyRunOptions } from './run-options.ts';

/** As HAProxy says what keeps it from its work. */
export function complain(text: string): void {
  process.stderr.write(`[ALERT]    (${process.pid}) : ${text}\n`);
}

/** The configuration, or undefined where it cannot be run; what is wrong was said. */
export function loadConfig({ paths, maxconn, told }: ProxyRunOptions): ProxyConfig | undefined {
  const { config, diagnostics } = readHaproxyFiles(paths);
  const isBroken = diagnostics.some(({ severity }) => severity === 'error' || severity === 'fatal');
  for (const diagnostic of told === true && !isBroken ? [] : diagnostics)
    process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  if (isBroken) return undefined;
  const missing = missingParts(config);
  for (const { file, line, what } of missing) complain(`parsing [${file}:${line}] : ${what}`);
  if (missing.length > 0) return undefined;
  return maxconn === undefined ? config : { ...config, global: { ...config.global, maxconn } };
}
