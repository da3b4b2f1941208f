import { headText, type ResponseHead, writeLatin1 } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';

const LEFT_MAX = 16_384;

export function isInterim({ status }: ResponseHead): boolean {
  return status >= 100 && status < 200 && status !== 101;
}

/** A response before the response, behind what is `left` of others; what the client does not take now. */
export function sendInterim(
  { client, traffic }: ExchangeOptions,
  head: ResponseHead,
  left: string,
): string {
  const { shared } = traffic;
  const text = left + headText(`HTTP/1.1 ${head.code} ${head.reason}`, head.headers);
  // Whoever takes nothing goes without those that would not fit (RFC 9110, 15.2).
  if (text.length > LEFT_MAX) return left;
  const sent = client.send(shared, 0, writeLatin1(text, shared.bytes, 0));
  return text.slice(Math.max(0, sent));
}
