/** What comes of a request, and the line that says so. */
import { type Answer, type AnswerError, type RequestId, SCHEMA } from '../../api/protocol.ts';

export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: AnswerError };

/** Without its newline. */
export function renderAnswer(id: RequestId | undefined, outcome: Outcome): string {
  const answer: Answer = { schema: SCHEMA, ...(id !== undefined && { id }), ...outcome };
  return JSON.stringify(answer);
}
