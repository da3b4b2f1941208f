import type { Sample } from '../../../config/model/proxy-rules.ts';
import { evaluateSample } from '../samples/evaluate.ts';
import type { SampleFacts } from '../samples/facts.ts';

type Part = string | Sample;

/** The client, and where it came in, in the words of the log. */
const VARIABLES: Readonly<Record<string, Sample>> = {
  ci: sampleOf('src'),
  cp: sampleOf('src_port'),
  fi: sampleOf('dst'),
  fp: sampleOf('dst_port'),
  ft: sampleOf('fe_name'),
  f: sampleOf('fe_name'),
  b: sampleOf('be_name'),
  s: sampleOf('srv_name'),
  HM: sampleOf('method'),
  HP: sampleOf('path'),
  HU: sampleOf('url'),
  HQ: sampleOf('query'),
  H: sampleOf('hostname'),
};

const known = new Map<string, readonly Part[]>();

/** Text with `%[sample]` and `%variable` in it; what there is not leaves nothing. */
export function expand(format: string, facts: SampleFacts): string {
  const parts = known.get(format) ?? partsOf(format);
  known.set(format, parts);
  return parts.map((part) => (typeof part === 'string' ? part : textOf(part, facts))).join('');
}

function textOf(sample: Sample, facts: SampleFacts): string {
  const value = evaluateSample(sample, facts);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value === undefined ? '' : String(value);
}

function partsOf(format: string): readonly Part[] {
  const parts: Part[] = [];
  const pattern =
    /%%|%(?:\{[^}]*\})?\[((?:[^\]"']|"[^"]*"|'[^']*')*)\]|%(?:\{[^}]*\})?([A-Za-z]+)/g;
  let at = 0;
  for (const match of format.matchAll(pattern)) {
    parts.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[0] === '%%') parts.push('%');
    else if (match[1] !== undefined) parts.push(readSample(match[1]));
    else parts.push(VARIABLES[match[2] ?? ''] ?? '');
  }
  parts.push(format.slice(at));
  return parts;
}

/** `hdr(host),lower`; the reader of the configuration has judged it. */
export function readSample(text: string): Sample {
  const calls = [...text.matchAll(/([^,()\s]+)(?:\(((?:[^)"']|"[^"]*"|'[^']*')*)\))?/g)].map(
    ([, name = '', list]) => ({
      name,
      args: list === undefined || list === '' ? [] : list.split(',').map(unquoted),
    }),
  );
  const [fetch, ...converters] = calls;
  return { fetch: fetch?.name ?? '', args: fetch?.args ?? [], converters };
}

function unquoted(text: string): string {
  return text.replace(/^\s*(["'])(.*)\1\s*$/, '$2');
}

function sampleOf(fetch: string): Sample {
  return { fetch, args: [], converters: [] };
}
