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

function readType({ values, context: { report } }: CheckReading): DnsRecordType | undefined {
  const word = values.statement('type')?.words[0];
  if (word === undefined) return undefined;
  const type = TYPES.find((one) => one === word.text.toUpperCase());
  if (type !== undefined) return type;
  report.add(
    'invalid-choice',
    word.at,
    `'type' takes ${TYPES.join(', ')}, not '${word.text}': SOA is used`,
  );
  return undefined;
}

function readName({ values, context: { report } }: CheckReading): string | undefined {
  const word = values.statement('name')?.words[0];
  if (word === undefined || word.text === '.' || !/^\.|\.\./.test(word.text)) return word?.text;
  report.add(
    'invalid-dns-name',
    word.at,
    `'${word.text}' has an empty label: '.' is used`,
    'write one dot between two labels',
  );
  return undefined;
}
