import { endOfPlaceholder } from './placeholder.ts';
import { type Position, positionAt, type TracedLine } from './traced.ts';

/** One word of a line, without its quotes. */
export interface Word {
  readonly text: string;
  readonly at: Position;
  /** Index into the line where it starts (at its quote) and behind its end. */
  readonly start: number;
  readonly end: number;
  readonly quoting: 'bare' | 'quoted';
}

export function isBlank(character: string | undefined): boolean {
  return (
    character === ' ' ||
    character === '\t' ||
    character === '\f' ||
    character === '\v' ||
    character === '\r' ||
    character === '\n'
  );
}

/** Splits at blanks; `"…"` is one word, and its opening quote also ends a word before it. */
export function splitWords(line: TracedLine): Word[] {
  const { text } = line;
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text[at])) {
      at++;
      continue;
    }
    const start = at;
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1);
      const end = close === -1 ? text.length : close;
      at = close === -1 ? end : close + 1;
      words.push({
        text: text.slice(start + 1, end),
        at: positionAt(line, start),
        start,
        end: at,
        quoting: 'quoted',
      });
      continue;
    }
    while (at < text.length && !isBlank(text[at]) && text[at] !== '"') {
      at = text[at] === '{' ? Math.max(at + 1, endOfPlaceholder(text, at)) : at + 1;
    }
    words.push({
      text: text.slice(start, at),
      at: positionAt(line, start),
      start,
      end: at,
      quoting: 'bare',
    });
  }
  return words;
}
