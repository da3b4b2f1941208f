import type { Line } from './context.ts';

/** Whether the argument is a regular expression; it is told where it is not. */
export function isPattern(line: Line, at: number): boolean {
  if (isRegularExpression(line.text(at))) return true;
  line.fail(line.args[at], `'${line.text(at)}' is no regular expression`);
  return false;
}

export function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // PCRE knows flags and classes that are written otherwise here.
    return /\(\?[imsx-]+\)|\[\[:|\(\?P</.test(text);
  }
}
