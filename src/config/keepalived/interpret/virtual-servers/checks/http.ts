import { seconds } from '../../../../../base/time.ts';
import type { HealthCheck, HttpCheck } from '../../../../model/health-check.ts';
import { inheritedFlag, inheritedText } from '../inherited.ts';
import type { CheckReading } from './check.ts';
import { readTiming } from './polled.ts';
import { readTarget } from './target.ts';
import { readUrl } from './url.ts';

const VERSIONS: Readonly<Record<string, HttpCheck['version']>> = {
  '1.0': '1.0',
  '1.0C': '1.0-close',
  '1.1': '1.1',
};

const RETRY_SECONDS = 3;

export function interpretHttpCheck(
  kind: HttpCheck['kind'],
  reading: CheckReading,
): HealthCheck | undefined {
  const { statement, values, server, place, context } = reading;
  const layers = [values, ...place.layers];
  const virtualHost = inheritedText(layers, 'virtualhost');
  const lines = values.all('url');
  const urls = lines.flatMap((url) => readUrl(url, virtualHost, context) ?? []);
  const version = readVersion(reading) ?? '1.0';
  const target = readTarget(values, server, layers, context);
  if (urls.length === 0) {
    // A url that was wrong has been told already.
    if (lines.length === 0) {
      context.report.add(
        'incomplete-check',
        statement.keyword.at,
        `${statement.definition.name} without url is left out; keepalived 2.2.7 crashes on it`,
        'url { path / }',
      );
    }
    return undefined;
  }
  const serverName = values.text('sni_name') ?? virtualHost;
  return {
    kind,
    ...readTiming(layers, { retryDelay: seconds(RETRY_SECONDS) }, context),
    target,
    version,
    sendServerName: values.has('enable_sni'),
    ...(serverName !== undefined && { serverName }),
    fastRecovery: inheritedFlag([values], 'fast_recovery'),
    strictTls: values.has('tls_compliant'),
    urls,
  };
}

/** Of several lines the last that is right counts. */
function readVersion({ values, context: { report } }: CheckReading) {
  let version: HttpCheck['version'] | undefined;
  for (const word of values.all('http_protocol').flatMap(({ words }) => words.slice(0, 1))) {
    const found = VERSIONS[word.text.toUpperCase()];
    version = found ?? version;
    if (found !== undefined) continue;
    report.add(
      'invalid-choice',
      word.at,
      `'http_protocol' takes 1.0, 1.0C or 1.1, not '${word.text}': ${version ?? '1.0'} is used`,
    );
  }
  return version;
}
