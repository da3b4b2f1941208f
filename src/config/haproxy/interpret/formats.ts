/** Formats of log lines and headers: `%ci`, `%{+Q}r`, `%[sample]`, `%%`. */
import { HTTP_LOG_VARIABLES, LOG_FLAGS, LOG_VARIABLES } from '../grammar/log-variables.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';
import { readCalls, sampleOf } from './samples.ts';

/** Whether it can be written; what is wrong with it is told. Variables of HTTP it used are added. */
export function isFormat(line: Line, word: Word | undefined, ofHttp?: Set<string>): boolean {
  const text = word?.text ?? '';
  let at = 0;
  for (;;) {
    const percent = text.indexOf('%', at);
    if (percent === -1) return true;
    const end = readItem(line, word, percent, ofHttp);
    if (end === undefined) return false;
    at = end;
  }
}

/** Where the item that begins at a `%` ends. */
function readItem(
  line: Line,
  word: Word | undefined,
  start: number,
  ofHttp: Set<string> | undefined,
): number | undefined {
  const text = word?.text ?? '';
  let at = start + 1;
  if (text[at] === '%') return at + 1;
  if (text[at] === '{') {
    const close = text.indexOf('}', at);
    const flags = close === -1 ? undefined : text.slice(at + 1, close);
    const wrong = flags?.split(',').find((flag) => flag !== '' && !LOG_FLAGS.has(flag.slice(1)));
    if (flags === undefined || wrong !== undefined) {
      const what = flags === undefined ? "'}' is missing" : `'${wrong ?? ''}' is no flag`;
      return fail(line, word, `${what} in the format '${text}'`);
    }
    at = close + 1;
  }
  if (text[at] === '[') {
    const close = closing(text, at);
    if (close === -1) return fail(line, word, `']' is missing in the format '${text}'`);
    return isSample(line, word, text.slice(at + 1, close)) ? close + 1 : undefined;
  }
  const name = /^[a-zA-Z]+/.exec(text.slice(at))?.[0] ?? '';
  const isOfHttp = HTTP_LOG_VARIABLES.has(name);
  // Flags may stand alone: they hold for what follows.
  if (name === '' && text[at - 1] === '}') return at;
  if (!isOfHttp && !LOG_VARIABLES.has(name)) {
    return fail(line, word, `'%${name}' is no variable of a format`, "a mere percent is '%%'");
  }
  if (isOfHttp) ofHttp?.add(name);
  return at + name.length;
}

/** The bracket that closes the one at `from`, outside quotes and parentheses. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from + 1; at < text.length; at++) {
    const letter = text[at];
    if (letter === '\\') at++;
    else if (letter === '(') depth++;
    else if (letter === ')') depth--;
    else if (letter === ']' && depth <= 0) return at;
  }
  return -1;
}

function isSample(line: Line, word: Word | undefined, text: string): boolean {
  const read = readCalls(text);
  if (read.ok) return sampleOf(line, word, read.calls) !== undefined;
  line.tell('bad-format', word, read.message);
  return false;
}

function fail(line: Line, word: Word | undefined, message: string, hint?: string): undefined {
  line.tell('bad-format', word, message, hint);
  return undefined;
}
