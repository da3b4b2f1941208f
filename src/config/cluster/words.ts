import { failed, ok, type Result } from '../../base/result.ts';

export interface Word {
  readonly text: string;
  /** 1-based, of its first sign. */
  readonly column: number;
}

/**
 * Splits a line as a shell does, without expansion: blanks part, quotes join, a backslash takes the
 * next sign as it is, ` #` begins a comment. Fails with the quote that is never closed.
 */
export function splitWords(line: string, firstColumn: number): Result<readonly Word[], string> {
  const words: Word[] = [];
  let text = '';
  let column: number | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line.charAt(at);
    if (quote === '' && /\s/.test(sign)) {
      if (column !== undefined) words.push({ text, column });
      text = '';
      column = undefined;
      continue;
    }
    if (quote === '' && sign === '#' && column === undefined) break;
    column ??= firstColumn + at;
    if (sign === quote) quote = '';
    else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
    else if (sign === '\\' && quote !== "'" && at + 1 < line.length) text += line.charAt(++at);
    else text += sign;
  }
  if (quote !== '') return failed(quote);
  if (column !== undefined) words.push({ text, column });
  return ok(words);
}
