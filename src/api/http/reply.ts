/** What an HTTP answer is before it is written, and the errors among them. */
import type { AskError } from '../channel.ts';
import { SCHEMA } from '../protocol.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonReply(result: unknown): Reply {
  return { status: 200, type: JSON_TYPE, body: line({ schema: SCHEMA, ok: true, result }) };
}

export type HttpErrorCode = AskError['code'] | 'not-found' | 'method-not-allowed' | 'too-large';

const STATUS: Readonly<Record<HttpErrorCode, number>> = {
  malformed: 400,
  'unknown-op': 404,
  'invalid-argument': 400,
  'no-such-instance': 404,
  forbidden: 403,
  busy: 503,
  failed: 500,
  'no-answer': 504,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-large': 413,
};

/** Errors are told as on the control socket. */
export function errorReply(
  code: HttpErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = line({ schema: SCHEMA, ok: false, error: { code, message } });
  return { status: STATUS[code], type: JSON_TYPE, body, headers };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
