import { MICROS_PER_SECOND, type Micros, micros } from '../../../base/time.ts';
import type { Report } from '../report.ts';
import { placeholderHint } from '../text/placeholder.ts';
import type { Word } from '../text/words.ts';

/** A range, and what is done about a number outside it, for the message. */
export interface NumberRule {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly fallback: string;
  readonly unit?: string;
}

export function readInteger(word: Word, rule: NumberRule, report: Report): number | undefined {
  return readNumber(word, rule, report, /^([+-]?\d+)(.*)$/s);
}

const DECIMAL = /^([+-]?(?:\d+\.?\d*|\.\d+))(.*)$/s;

/** Decimal milliseconds as microseconds. */
export function readMillis(word: Word, rule: NumberRule, report: Report): Micros | undefined {
  const value = readNumber(word, { unit: 'ms', ...rule }, report, DECIMAL);
  if (value === undefined) return undefined;
  reportPlaces(word, 3, report);
  return micros(value * 1000);
}

/** Decimal seconds as microseconds. */
export function readSeconds(word: Word, rule: NumberRule, report: Report): Micros | undefined {
  const value = readNumber(word, { unit: 's', ...rule }, report, DECIMAL);
  if (value === undefined) return undefined;
  reportPlaces(word, 6, report);
  return micros(value * MICROS_PER_SECOND);
}

/** Everything is kept in microseconds; keepalived minds further digits even where they are zeros. */
function reportPlaces(word: Word, max: 3 | 6, report: Report): void {
  const [, places = ''] = /\.(\d+)/.exec(word.text) ?? [];
  if (places.length <= max) return;
  report.add(
    'too-many-places',
    word.at,
    `'${word.text}' has more than ${max} decimal places: it is rounded`,
  );
}

function readNumber(
  word: Word,
  rule: NumberRule,
  report: Report,
  pattern: RegExp,
): number | undefined {
  const { what, min, max, fallback, unit = '' } = rule;
  const [, digits, junk = ''] = pattern.exec(word.text) ?? [];
  const value = Number(digits);
  const allowed = `a number from ${min} to ${max}${unit === '' ? '' : ` ${unit}`}`;
  if (digits === undefined || /^[.,]\d/.test(junk)) {
    report.add(
      'invalid-number',
      word.at,
      `${what} must be ${allowed}, not '${word.text}': ${fallback}`,
      placeholderHint(word.text),
    );
    return undefined;
  }
  if (/^x[0-9a-f]+$/i.test(junk) && value === 0) {
    const decimal = Number.parseInt(junk.slice(1), 16);
    report.add(
      'invalid-number',
      word.at,
      `${what} must be a decimal number, not '${word.text}': ${fallback}`,
      `write ${decimal}`,
    );
    return undefined;
  }
  if (value < min || value > max) {
    report.add(
      'number-out-of-range',
      word.at,
      `${what} must be ${allowed}, not ${word.text}: ${fallback}`,
    );
    return undefined;
  }
  if (junk !== '') {
    report.add(
      'number-with-junk',
      word.at,
      `'${junk}' does not belong to a number: ${digits} is used`,
      `write ${digits}`,
    );
  }
  return value;
}
