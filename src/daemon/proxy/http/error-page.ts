/** Pages of the configuration: whole responses, which go on as if a server had sent them. */

import type { LocalAnswer } from '../../../core/proxy/http/answers.ts';
import { withoutKeeping } from '../../../core/proxy/http/forwarding.ts';
import { responseFraming } from '../../../wire/http1/framing.ts';
import { decodeResponseHead } from '../../../wire/http1/head.ts';

const known = new Map<string, LocalAnswer>();

/** `status`: for which it stands; the log tells this one, whatever the page says. */
export function errorPage(text: string, status: number): LocalAnswer {
  const key = `${status} ${text}`;
  const page = known.get(key) ?? readPage(text, status);
  known.set(key, page);
  return page;
}

function readPage(text: string, status: number): LocalAnswer {
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const head = decodeResponseHead(bytes);
  // Nothing at all, so that nobody is told anything.
  if (head === 'incomplete' || 'error' in head)
    return { status, headers: [], body: '', after: 'close', raw: text };
  const body = text.slice(head.length);
  const framing = responseFraming(head, 'GET');
  const headers = withoutKeeping(head.headers).map(([name, value]) =>
    name === 'content-length' ? ([name, String(body.length)] as const) : ([name, value] as const),
  );
  const closing = head.headers.find(([name, value]) => name === 'connection' && value === 'close');
  const isBare = framing === 'malformed' || framing.kind === 'until-close';
  return {
    status,
    line: { version: head.version, code: head.code, reason: head.reason },
    headers,
    body,
    after: isBare || closing !== undefined ? 'close' : 'go-on',
    countedBesides: closing?.join('').length ?? 0,
  };
}
