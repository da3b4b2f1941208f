/** A line of the other end of a control connection as an answer. Nothing of it throws. */
import type { AnswerError } from './protocol.ts';

/** What every answer has; the result is believed to fit what was asked. */
export type ParsedAnswer =
  | { readonly id?: unknown; readonly ok: true; readonly result: unknown }
  | { readonly id?: unknown; readonly ok: false; readonly error: AnswerError };

/** Undefined for what is no answer: something else is at the other end. */
export function parseAnswer(line: string): ParsedAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return isObject(answer) && isWhole(answer) ? (answer as unknown as ParsedAnswer) : undefined;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isWhole({ ok, error }: Fields): boolean {
  if (ok === true) return true;
  if (ok !== false || !isObject(error)) return false;
  return typeof error.code === 'string' && typeof error.message === 'string';
}
