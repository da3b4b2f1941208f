import { type Position, positionAt, type TracedLine } from './traced.ts';
import { isBlank } from './words.ts';

/** One word of a line that is split with both kinds of quotes. */
export interface ScriptWord {
  readonly text: string;
  readonly at: Position;
}

/**
 * Splits a line the way keywords that take a command do: `'` and `"` quote, backslashes escape. The
 * command comes out as one word, of which `splitCommand` then makes an argv, escapes and all again.
 */
export function splitScriptLine(line: TracedLine): ScriptWord[] {
  const { text } = line;
  const words: ScriptWord[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text[at])) {
      at++;
      continue;
    }
    const word = readWord(text, at);
    words.push({ text: word.text, at: positionAt(line, at) });
    at = word.end;
  }
  return words;
}

/** The word that starts at `start`, up to the next blank outside quotes. */
function readWord(text: string, start: number): { text: string; end: number } {
  let word = '';
  let quote = '';
  let at = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '\\') {
      const escaped = readEscape(text, at);
      word += escaped.text;
      at = escaped.end;
      continue;
    }
    if (quote === '' && isBlank(character)) break;
    at++;
    if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else word += character;
  }
  return { text: word, end: at };
}

/** What is missing at the end of a command: a quote, or what a backslash would escape. */
export function commandFault(command: string): 'quote' | 'escape' | undefined {
  let quote = '';
  for (let at = 0; at < command.length; at++) {
    const character = command[at] ?? '';
    if (character === '\\') {
      if (at + 1 === command.length) return 'escape';
      at++;
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote === '' ? undefined : 'quote';
}

/** Splits a command into argv: blanks separate, quotes group, backslashes escape. */
export function splitCommand(command: string): string[] {
  const argv: string[] = [];
  let current: string | undefined;
  let quote = '';
  let at = 0;
  while (at < command.length) {
    const character = command[at] ?? '';
    if (character === '\\') {
      const escaped = readEscape(command, at);
      current = (current ?? '') + escaped.text;
      at = escaped.end;
      continue;
    }
    at++;
    if (quote !== '') {
      if (character === quote) quote = '';
      else current = (current ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      current ??= '';
    } else if (isBlank(character)) {
      if (current !== undefined) argv.push(current);
      current = undefined;
    } else current = (current ?? '') + character;
  }
  if (current !== undefined) argv.push(current);
  // The kernel takes what follows a NUL for the end of an argument.
  return argv.map((argument) => argument.split('\0', 1)[0] ?? '');
}

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** `\\n`, `\\101`, `\\x41`, `\\cA` and such; any other character stands for itself. */
function readEscape(text: string, at: number): { text: string; end: number } {
  const rest = text.slice(at + 1, at + 4);
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) {
    const code = Number.parseInt(octal, 8) & 0xff;
    return { text: String.fromCharCode(code), end: at + 1 + octal.length };
  }
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)?.[1];
  if (hex !== undefined) {
    return { text: String.fromCharCode(Number.parseInt(hex, 16)), end: at + 2 + hex.length };
  }
  if (rest[0] === 'c' && rest.length > 1) {
    return { text: String.fromCharCode(rest.charCodeAt(1) & 0x1f), end: at + 3 };
  }
  const letter = rest[0] ?? '';
  return { text: LETTERS[letter] ?? letter, end: at + 2 };
}
