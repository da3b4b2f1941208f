/**
 * How many bytes HAProxy counts for the head of a message, in logs and statistics: not those of the wire,
 * but those of what it keeps of the head, as it was received or as it was made.
 */
import type { ProxyGlobal } from '../../../config/model/proxy.ts';
import type { Header } from '../../../wire/http1/head.ts';
import { withoutKeeping } from './forwarding.ts';

const START_LINE_BYTES = 20;
const END_BYTES = 1;
/** Of each header, and of what stands before and behind them. */
const ENTRY_BYTES = 8;
/** Of a buffer itself. */
const BUFFER_BYTES = 48;

/** `words`: of the start line, without blanks between them. */
export function countedHead(words: readonly string[], headers: readonly Header[]): number {
  let sum = START_LINE_BYTES + END_BYTES;
  for (const word of words) sum += word.length;
  for (const header of withoutKeeping(headers)) sum += header[0].length + header[1].length;
  return sum;
}

export function countedResponse(
  response: {
    readonly version?: string;
    readonly status: number;
    readonly code?: string;
    readonly reason: string;
  },
  headers: readonly Header[],
): number {
  const { version = '1.1', status, code = String(status), reason } = response;
  return countedHead([`HTTP/${version}`, code, reason], headers);
}

/**
 * Whether a head of so many counted bytes fits a buffer and leaves what rules may add
 * (`tune.bufsize`, `tune.maxrewrite`).
 */
export function fitsBuffer(
  countedBytes: number,
  headers: readonly Header[],
  { bufferSize, rewriteReserve }: Pick<ProxyGlobal, 'bufferSize' | 'rewriteReserve'>,
): boolean {
  const reserve = Math.min(rewriteReserve, bufferSize / 2);
  return countedBytes + ENTRY_BYTES * (headers.length + 2) <= bufferSize - BUFFER_BYTES - reserve;
}
