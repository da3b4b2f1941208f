import { includeChecks } from '../text/include.ts';

const PLAIN = /^[\w.:/+\-|,=%*^&;()<>[\]?@~$]+$/;
/** Between quotes a backslash might take the closing one with it. */
const PLAIN_WORD = /^[\w.:/+\-|,=%*^&;()<>[\]?@~$\\]+$/;
/** What a line may not begin with, because it would be taken for something else. */
const SPECIAL = /^[@~$]/;

/** A word as it must be written to be read as `text`: between quotes where it needs them. */
export function writeWord(text: string, place: 'first' | 'later'): string {
  const isInclude = place === 'first' && includeChecks(text, new Set()) !== undefined;
  const isPlain = PLAIN_WORD.test(text) && !(place === 'first' && SPECIAL.test(text)) && !isInclude;
  return isPlain ? text : `"${text}"`;
}

export function writeWords(words: readonly { readonly text: string }[]): string {
  return words.map(({ text }, index) => writeWord(text, index === 0 ? 'first' : 'later')).join(' ');
}

/**
 * A command as one word of a line, to be split into `argv` again. Both splittings read escapes, so
 * whatever means something to either is written as a number behind two backslashes.
 */
export function writeCommand(argv: readonly string[]): string {
  const written = argv.map((argument) => {
    const escaped = argument.replace(UNSAFE, writeAsNumber);
    return argument === '' || /[ \t]/.test(argument) ? `'${escaped}'` : escaped;
  });
  const [only = ''] = written;
  return written.length === 1 && PLAIN.test(only) ? only : `"${written.join(' ')}"`;
}

/** A user or group behind a command, which is split but once. */
export function writeIdentity(text: string): string {
  const escaped = text.replace(UNSAFE, (character) => `\\${inOctal(character)}`);
  return PLAIN.test(escaped) ? escaped : `"${escaped}"`;
}

/** Quotes, backslashes and what is no character of a line; a dollar would begin a reference. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must be escaped
const UNSAFE = /["'\\$\u0000-\u0008\u000a-\u001f]/g;

function writeAsNumber(character: string): string {
  return `\\\\${inOctal(character)}`;
}

/** Octal, since keepalived 2.2.7 takes any number of hexadecimal digits. */
function inOctal(character: string): string {
  return character.charCodeAt(0).toString(8).padStart(3, '0');
}
