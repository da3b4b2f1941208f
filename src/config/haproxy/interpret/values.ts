/** Values of one word, with what is wrong told where it stands. */
import { nearestWord } from '../../../base/edit-distance.ts';
import type { Micros } from '../../../base/time.ts';
import { readSize, readTime } from '../text/units.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';

/** A whole number from `least` to `most`. */
export function readNumber(
  line: Line,
  word: Word | undefined,
  what: string,
  { least = 0, most = 0x7fff_ffff }: { least?: number; most?: number } = {},
): number | undefined {
  const text = word?.text ?? '';
  if (!/^-?\d+$/.test(text)) {
    line.tell('not-a-number', word, `${what} is a whole number${butNot(text)}`);
    return undefined;
  }
  const value = Number(text);
  if (value >= least && value <= most) return value;
  const range = most === 0x7fff_ffff ? `at least ${least}` : `from ${least} to ${most}`;
  line.tell('out-of-range', word, `${what} is ${range}, not ${text}`);
  return undefined;
}

export function readDuration(
  line: Line,
  word: Word | undefined,
  what: string,
  unit: 'ms' | 's' = 'ms',
): Micros | undefined {
  const text = word?.text ?? '';
  const read = readTime(text, unit);
  if (read.ok) {
    if (read.rest !== undefined) {
      line.tell(
        'surplus-after-unit',
        word,
        `'${read.rest}' behind the unit of '${text}' is ignored`,
      );
    }
    return read.value;
  }
  if (read.reason === 'overflow') {
    return line.fail(word, `${what}: '${text}' is too long: at most 2147483647ms, some 24 days`);
  }
  const hint =
    /^\d+[A-Z]+$/.test(text) && readTime(text.toLowerCase()).ok
      ? `write '${text.toLowerCase()}'`
      : 'us, ms, s, m, h or d behind a whole number; a bare one counts milliseconds';
  return line.fail(word, `${what} is a time${butNot(text)}`, hint);
}

export function readBytes(line: Line, word: Word | undefined, what: string): number | undefined {
  const text = word?.text ?? '';
  const read = readSize(text);
  if (read.ok) return read.value;
  return line.fail(word, `${what} is a size${butNot(text)}`, 'k, m or g behind a whole number');
}

/** One of a few words. */
export function readChoice<const Choice extends string>(
  line: Line,
  word: Word | undefined,
  what: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = word?.text ?? '';
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const nearest = nearestWord(text, choices);
  return line.fail(
    word,
    `${what} is ${listed(choices)}${butNot(text)}`,
    nearest === undefined ? undefined : `did you mean '${nearest}'?`,
  );
}

/** `'a', 'b' or 'c'`. */
export function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

export function butNot(text: string): string {
  return text === '' ? '; nothing is given' : `, not '${text}'`;
}

/** A hint at what may have been meant. */
export function meantHint(wrong: string, words: Iterable<string>): string | undefined {
  const nearest = nearestWord(wrong, words);
  return nearest === undefined ? undefined : `did you mean '${nearest}'?`;
}
