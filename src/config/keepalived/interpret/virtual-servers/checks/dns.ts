import type { DnsRecordType, HealthCheck } from '../../../../model/health-check.ts';
import type { CheckReading } from './check.ts';
import { readTiming } from './polled.ts';
import { readTarget } from './target.ts';

const TYPES: readonly DnsRecordType[] = [
  'A',
  'NS',
  'CNAME',
  'SOA',
  'MX',
  'TXT',
  'AAAA',
  'RRSIG',
  'DNSKEY',
];

const RETRIES = 3;

export function interpretDnsCheck(reading: CheckReading): HealthCheck {
  const { values, server, place, context } = reading;
  const layers = [values, ...place.layers];
  return {
    kind: 'dns',
    ...readTiming(layers, { retries: RETRIES, retryDelay: 'interval' }, context),
    target: readTarget(values, server, layers, context),
    recordType: readType(reading) ?? 'SOA',
    name: readName(reading) ?? '.',
  };
}

/** Of several lines the last that is right counts. */
function readType({ values, context: { report } }: CheckReading): DnsRecordType | undefined {
  let type: DnsRecordType | undefined;
  for (const word of values.all('type').flatMap(({ words }) => words.slice(0, 1))) {
    const found = TYPES.find((one) => one === word.text.toUpperCase());
    type = found ?? type;
    if (found !== undefined) continue;
    report.add(
      'invalid-choice',
      word.at,
      `'type' takes ${TYPES.join(', ')}, not '${word.text}': ${type ?? 'SOA'} is used`,
    );
  }
  return type;
}

function readName({ values, context: { report } }: CheckReading): string | undefined {
  let name: string | undefined;
  for (const word of values.all('name').flatMap(({ words }) => words.slice(0, 1))) {
    if (word.text === '.' || !/^\.|\.\./.test(word.text)) {
      name = word.text;
      continue;
    }
    report.add(
      'invalid-dns-name',
      word.at,
      `'${word.text}' has an empty label: '${name ?? '.'}' is used`,
      'write one dot between two labels',
    );
  }
  return name;
}
