/** The answer to one request of a check: status, headers and as much of the body as there is. */
import type { Answer } from '../steps.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whether all of the body is there. */
  readonly end: 'open' | 'ended';
}

const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/\d\.\d ([1-9]\d\d)(?: ([^\r\n]*))?$/;

/** `malformed` also where the connection ended within the head. */
export function readHttpAnswer({ bytes, end }: Answer): HttpAnswer | 'more' | 'malformed' {
  const headEnd = bytes.indexOf(HEAD_END, 0, 'latin1');
  if (headEnd < 0) return end === 'ended' || !mayBegin(bytes) ? 'malformed' : 'more';
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const match = STATUS_LINE.exec(first);
  if (match === null) return 'malformed';
  const headers: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return 'malformed';
    headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  }
  const status = Number(match[1]);
  const body = readBody(bytes.subarray(headEnd + HEAD_END.length), { status, headers, end });
  return body === 'malformed' ? body : { status, reason: match[2] ?? '', headers, ...body };
}

function mayBegin(bytes: Buffer): boolean {
  const begin = 'HTTP/';
  const start = bytes.toString('latin1', 0, begin.length);
  return begin.startsWith(start);
}

type Body = Pick<HttpAnswer, 'body' | 'end'>;

function readBody(
  bytes: Buffer,
  head: Pick<HttpAnswer, 'status' | 'headers' | 'end'>,
): Body | 'malformed' {
  const { status, headers, end } = head;
  if (status < 200 || status === 204 || status === 304)
    return { body: bytes.subarray(0, 0), end: 'ended' };
  const valuesOf = (name: string): string[] =>
    headers.filter(([other]) => other === name).map(([, value]) => value);
  if (valuesOf('transfer-encoding').some((value) => /(?:^|,)\s*chunked\s*$/i.test(value)))
    return readChunks(bytes, end);
  const [length] = valuesOf('content-length');
  if (length === undefined) return { body: bytes, end };
  if (!/^\d{1,15}$/.test(length)) return 'malformed';
  const size = Number(length);
  return bytes.length >= size
    ? { body: bytes.subarray(0, size), end: 'ended' }
    : { body: bytes, end };
}

function readChunks(bytes: Buffer, end: HttpAnswer['end']): Body | 'malformed' {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return { body: Buffer.concat(pieces), end };
    const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(bytes.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) return 'malformed';
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body: Buffer.concat(pieces), end: 'ended' };
    const start = lineEnd + 2;
    pieces.push(bytes.subarray(start, start + length));
    if (start + length + 2 > bytes.length) return { body: Buffer.concat(pieces), end };
    at = start + length + 2;
  }
}
