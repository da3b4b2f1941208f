import { parseIp } from '../../../base/ip.ts';
import { hashOfText } from '../balance/hashing.ts';
import type { SampleValue } from './fetches.ts';

type Converter = (value: SampleValue, args: readonly string[]) => SampleValue | undefined;

const text = (value: SampleValue): string =>
  typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
const number = (value: SampleValue): number => Number(value);
const arithmetic =
  (compute: (a: number, b: number) => number): Converter =>
  (value, [operand]) =>
    Math.trunc(compute(number(value), Number(operand)));

const CONVERTERS: Readonly<Record<string, Converter>> = {
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  length: (value) => text(value).length,
  bool: (value) => number(value) !== 0,
  not: (value) => number(value) === 0,
  even: (value) => number(value) % 2 === 0,
  odd: (value) => number(value) % 2 !== 0,
  neg: (value) => -number(value),
  add: arithmetic((a, b) => a + b),
  sub: arithmetic((a, b) => a - b),
  mul: arithmetic((a, b) => a * b),
  div: arithmetic((a, b) => (b === 0 ? 0 : a / b)),
  mod: arithmetic((a, b) => (b === 0 ? 0 : a % b)),
  and: arithmetic((a, b) => a & b),
  or: arithmetic((a, b) => a | b),
  xor: arithmetic((a, b) => a ^ b),
  hex: (value) =>
    [...text(value)]
      .map((each) => each.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase())
      .join(''),
  sdbm: (value) => hashOfText(text(value)),
  host_only: (value) => text(value).replace(/:\d+$/, '').toLowerCase(),
  port_only: (value) => Number(/:(\d+)$/.exec(text(value))?.[1] ?? 0),
  field: (value, [index = '1', delimiters = '']) =>
    split(value, delimiters, 'every').at(Number(index) - 1),
  word: (value, [index = '1', delimiters = '']) =>
    split(value, delimiters, 'filled').at(Number(index) - 1),
  bytes: (value, [from = '0', count]) =>
    text(value).slice(Number(from), count === undefined ? undefined : Number(from) + Number(count)),
  concat: (value, [before = '', , after = '']) => `${text(value)}${before}${after}`,
  rtrim: (value, [characters = '']) => trimmed(text(value), characters, 'end'),
  ltrim: (value, [characters = '']) => trimmed(text(value), characters, 'start'),
  strcmp: (value, [other = '']) => compare(text(value), other),
  iif: (value, [yes, no]) => (number(value) === 0 ? no : yes),
  ipmask: (value, [mask = '32']) => maskedIp(text(value), mask),
  url_dec: (value) => decodePercent(text(value)),
};

function split(
  value: SampleValue,
  delimiters: string,
  which: 'every' | 'filled',
): readonly string[] {
  const parts: string[] = [''];
  for (const letter of text(value)) {
    if (delimiters.includes(letter)) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${letter}`);
  }
  return which === 'every' ? parts : parts.filter((part) => part !== '');
}

function trimmed(value: string, characters: string, side: 'start' | 'end'): string {
  let [from, to] = [0, value.length];
  if (side === 'start') while (from < to && characters.includes(value[from] ?? '')) from += 1;
  else while (to > from && characters.includes(value[to - 1] ?? '')) to -= 1;
  return value.slice(from, to);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function maskedIp(value: string, mask: string): string | undefined {
  const ip = parseIp(value);
  if (ip === undefined || ip.includes(':')) return ip;
  const bits = /^\d+$/.test(mask) ? Number(mask) : bitsOf(mask);
  const word = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const kept = bits <= 0 ? 0 : Math.floor(word / 2 ** (32 - bits)) * 2 ** (32 - bits);
  return [24, 16, 8, 0].map((shift) => Math.floor(kept / 2 ** shift) % 256).join('.');
}

function bitsOf(mask: string): number {
  return mask
    .split('.')
    .reduce((sum, part) => sum + (Number(part).toString(2).match(/1/g) ?? []).length, 0);
}

function decodePercent(value: string): string {
  return value.replace(/%([0-9a-fA-F]{2})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

export function findConverter(name: string): Converter | undefined {
  return CONVERTERS[name];
}
