import { type Position, positionAt, type TracedLine } from './traced.ts';
import { isBlank } from './words.ts';

/** One word of a line that is split with both kinds of quotes. */
export interface ScriptWord {
  readonly text: string;
  readonly at: Position;
}

/**
 * Splits a line the way keywords that take a command do: `'` and `"` quote. The command, as one
 * word, keeps its inner quotes and escapes; `splitCommand` makes an argv of it.
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
    const start = at;
    let word = '';
    while (at < text.length && !isBlank(text[at])) {
      const quote = text[at];
      if (quote !== '"' && quote !== "'") {
        const end = quote === '\\' ? at + 2 : at + 1;
        word += text.slice(at, end);
        at = end;
        continue;
      }
      const close = endOfQuote(text, at);
      word += text.slice(at + 1, close);
      at = close + 1;
    }
    words.push({ text: word, at: positionAt(line, start) });
  }
  return words;
}

/** Index of the quote that ends the one at `open`; the end of the text where there is none. */
function endOfQuote(text: string, open: number): number {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
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
  return argv;
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
