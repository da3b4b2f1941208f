import { ipToBytes, parseIp } from '../../../base/ip.ts';
import type { Acl, Condition, Sample } from '../../../config/model/proxy-rules.ts';
import { findConverter } from './converters.ts';
import type { SampleFacts } from './facts.ts';
import { findFetch, type SampleValue } from './fetches.ts';
import { headerCount } from './headers.ts';

/** What the expression takes, through all its converters; undefined: nothing. */
export function evaluateSample(sample: Sample, facts: SampleFacts): SampleValue | undefined {
  let value = findFetch(sample.fetch)?.(facts, sample.args);
  for (const { name, args } of sample.converters) {
    if (value === undefined) return undefined;
    value = findConverter(name)?.(value, args);
  }
  return value;
}

/** No condition holds always. */
export function holds(condition: Condition | undefined, facts: SampleFacts): boolean {
  if (condition === undefined) return true;
  return condition.some((terms) =>
    terms.every(({ negated, acls }) => acls.some((acl) => matches(acl, facts)) !== negated),
  );
}

/** Of a header without an occurrence each of its values may match. */
export function matches(acl: Acl, facts: SampleFacts): boolean {
  const { sample } = acl;
  const count = occurrences(sample, facts);
  for (let at = 1; at < count; at++) {
    const each = { ...sample, args: [...sample.args, String(at)] };
    if (matchesValue(acl, evaluateSample(each, facts))) return true;
  }
  return matchesValue(acl, evaluateSample(sample, facts));
}

/** How many values the sample has, of which it takes the last. */
function occurrences({ fetch, args }: Sample, { request, response }: SampleFacts): number {
  const [, from = '', kind] = /^(req\.|res\.|s)?(f?)hdr(?:_ip|_val)?$/.exec(fetch) ?? [];
  const [name] = args;
  if (kind === undefined || name === undefined || args.length > 1) return 1;
  const headers = (from === 'res.' || from === 's' ? response : request)?.headers ?? [];
  return headerCount(headers, name.toLowerCase(), kind === 'f' ? 'whole' : 'commas');
}

function matchesValue(acl: Acl, value: SampleValue | undefined): boolean {
  if (value === undefined) return false;
  if (acl.method === 'found') return true;
  if (acl.method === 'bool') return Number(value) !== 0;
  if (acl.method === 'int') return matchesNumber(Number(value), acl.patterns);
  if (acl.method === 'len') return matchesNumber(textOf(value, acl).length, acl.patterns);
  if (acl.method === 'ip') return acl.patterns.some((pattern) => isWithin(String(value), pattern));
  const text = textOf(value, acl);
  return acl.patterns.some((pattern) =>
    matchesText(text, acl.ignoreCase ? pattern.toLowerCase() : pattern, acl),
  );
}

function textOf(value: SampleValue, { ignoreCase, method }: Acl): string {
  const text = String(value);
  return ignoreCase && method !== 'reg' ? text.toLowerCase() : text;
}

function matchesText(text: string, pattern: string, { method, ignoreCase }: Acl): boolean {
  switch (method) {
    case 'beg':
      return text.startsWith(pattern);
    case 'end':
      return text.endsWith(pattern);
    case 'sub':
      return text.includes(pattern);
    case 'dir':
      return hasPart(text, pattern, /[/?]/);
    case 'dom':
      return hasPart(text, pattern, /[/?.:]/);
    case 'reg':
      return expressionOf(pattern, ignoreCase)?.test(text) === true;
    case 'bin':
      return (
        [...text].map((each) => each.charCodeAt(0).toString(16).padStart(2, '0')).join('') ===
        pattern
      );
    default:
      return text === pattern;
  }
}

/** Whether the pattern stands there, whole, between delimiters or the ends. */
function hasPart(text: string, pattern: string, delimiter: RegExp): boolean {
  const isEdge = (letter: string | undefined): boolean =>
    letter === undefined || letter === '' || delimiter.test(letter);
  const wanted = pattern.replace(/^[/?.:]+|[/?.:]+$/g, '');
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1))
    if (isEdge(text[at - 1]) && isEdge(text[at + wanted.length])) return true;
  return false;
}

const expressions = new Map<string, RegExp | undefined>();

/** The reader has tried each expression; one that Node cannot read matches nothing. */
function expressionOf(pattern: string, ignoreCase: boolean): RegExp | undefined {
  const key = `${ignoreCase ? 'i' : ''}/${pattern}`;
  if (!expressions.has(key)) expressions.set(key, compile(pattern, ignoreCase));
  return expressions.get(key);
}

function compile(pattern: string, ignoreCase: boolean): RegExp | undefined {
  try {
    return new RegExp(pattern, ignoreCase ? 'i' : '');
  } catch {
    return undefined;
  }
}

/** `5`, `1:10`, `5:`, `gt 5`. */
function matchesNumber(value: number, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const [, operator = 'eq', bound = ''] = /^(?:(eq|ge|gt|le|lt) )?(.*)$/.exec(pattern) ?? [];
    return compareNumber(value, operator, bound);
  });
}

function compareNumber(value: number, operator: string, pattern: string): boolean {
  const [low = '', high] = pattern.split(':');
  if (operator === 'eq') {
    if (high === undefined) return value === Number(low);
    return (low === '' || value >= Number(low)) && (high === '' || value <= Number(high));
  }
  const bound = Number(low);
  if (operator === 'ge') return value >= bound;
  if (operator === 'gt') return value > bound;
  return operator === 'le' ? value <= bound : value < bound;
}

/** `10.0.0.0/8`, or an address. */
export function isWithin(value: string, pattern: string): boolean {
  const [network = '', length] = pattern.split('/');
  const [ip, base] = [parseIp(value), parseIp(network)];
  if (ip === undefined || base === undefined) return false;
  const [a, b] = [ipToBytes(ip), ipToBytes(base)];
  if (a.length !== b.length) return false;
  const bits = length === undefined ? a.length * 8 : prefixLength(length);
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = (0xff << Math.max(0, 8 - (bits - bit))) & 0xff;
    if (((a[bit >> 3] ?? 0) & mask) !== ((b[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

function prefixLength(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const mask = parseIp(text);
  if (mask === undefined) return 0;
  return [...ipToBytes(mask)].reduce(
    (sum, byte) => sum + (byte.toString(2).match(/1/g) ?? []).length,
    0,
  );
}
