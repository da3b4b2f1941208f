import { headText, type ResponseHead, writeLatin1 } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';

export function isInterim({ status }: ResponseHead): boolean {
  return status >= 100 && status < 200 && status !== 101;
}

/** A response before the response: a client that takes nothing now goes without it. */
export function sendInterim({ client, traffic }: ExchangeOptions, head: ResponseHead): void {
  const { shared } = traffic;
  const text = headText(`HTTP/1.1 ${head.code} ${head.reason}`, head.headers);
  client.send(shared, 0, writeLatin1(text, shared.bytes, 0));
}
