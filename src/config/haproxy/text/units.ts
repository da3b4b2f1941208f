/** Numbers with units as haproxy.cfg has them: whole numbers, and at most one unit. */
import { type Micros, micros } from '../../../base/time.ts';

export type Quantity<Value> =
  /** `rest`: what follows the unit and means nothing. */
  | { readonly ok: true; readonly value: Value; readonly rest?: string }
  | { readonly ok: false; readonly reason: 'no-number' | 'bad-unit' | 'overflow' };

const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['ms', 1000],
  ['s', 1_000_000],
  ['m', 60_000_000],
  ['h', 3_600_000_000],
  ['d', 86_400_000_000],
]);

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
]);

/** What a signed 32-bit number of milliseconds holds: some 24 days. */
const MILLIS_MAX = 0x7fff_ffff;

/** A time, rounded up to milliseconds; a bare number counts in `unit`. */
export function readTime(text: string, unit: 'ms' | 's' = 'ms'): Quantity<Micros> {
  const found = /^(\d+)(us|ms|s|m|h|d)?(.*)$/s.exec(text);
  if (found === null) return { ok: false, reason: 'no-number' };
  const [, digits = '', letters, rest = ''] = found;
  if (letters === undefined && rest !== '') return { ok: false, reason: 'bad-unit' };
  const factor = TIME_UNITS.get(letters ?? unit) ?? 1;
  const value = Math.ceil((Number(digits) * factor) / 1000);
  if (value > MILLIS_MAX) return { ok: false, reason: 'overflow' };
  return { ok: true, value: micros(value * 1000), ...(rest !== '' && { rest }) };
}

/** A size in bytes. */
export function readSize(text: string): Quantity<number> {
  const found = /^(\d+)(.*)$/s.exec(text);
  if (found === null) return { ok: false, reason: 'no-number' };
  const [, digits = '', letters = ''] = found;
  const factor = letters === '' ? 1 : SIZE_UNITS.get(letters.toLowerCase());
  if (factor === undefined) return { ok: false, reason: 'bad-unit' };
  const value = Number(digits) * factor;
  return value > 0xffff_ffff ? { ok: false, reason: 'overflow' } : { ok: true, value };
}
