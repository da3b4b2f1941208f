/** What is changed in messages on their way, besides what rules ask for (RFC 9110, 7.6.1). */
import type { ForwardFor, ProxySection } from '../../../config/model/proxy.ts';
import type { Header, RequestHead, ResponseHead } from '../../../wire/http1/head.ts';
import { isWithin } from '../samples/evaluate.ts';
import type { RequestFacts } from '../samples/facts.ts';
import { framedHeaders } from './framed.ts';

/** Who keeps a connection after this message. */
export type Keeping = 'keep' | 'close';

function names(headers: readonly Header[], wanted: string): readonly string[] {
  if (!hasHeader(headers, wanted)) return NOTHING;
  return headers.filter(([name]) => name === wanted).flatMap(([, value]) => wordsOf(value));
}

const NOTHING: readonly string[] = [];

/** Asked several times of each message, so it takes no pair apart. */
function hasHeader(headers: readonly Header[], wanted: string): boolean {
  for (let index = 0; index < headers.length; index++)
    if (headers[index]?.[0] === wanted) return true;
  return false;
}

/** What the client wants of its connection. */
export function clientKeeping({
  version,
  headers,
}: Pick<RequestFacts, 'version' | 'headers'>): Keeping {
  if (says(headers, 'close')) return 'close';
  return version === '1.1' || says(headers, 'keep-alive') ? 'keep' : 'close';
}

export function serverKeeping({ version, headers }: ResponseHead): Keeping {
  if (says(headers, 'close')) return 'close';
  return version === '1.1' || says(headers, 'keep-alive') ? 'keep' : 'close';
}

export function isUpgrade(headers: readonly Header[]): boolean {
  return says(headers, 'upgrade') && hasHeader(headers, 'upgrade');
}

/**
 * Whether a word is one of those of `connection`. Servers that keep connections say so each time, and it is
 * asked several times of each message: a single word needs no list.
 */
function says(headers: readonly Header[], word: 'close' | 'keep-alive' | 'upgrade'): boolean {
  for (let index = 0; index < headers.length; index++) {
    const header = headers[index] as Header;
    if (header[0] !== 'connection') continue;
    const [, value] = header;
    if (value === word) return true;
    if (value === 'keep-alive' || value === 'close') continue;
    if (wordsOf(value).includes(word)) return true;
  }
  return false;
}

function wordsOf(value: string): readonly string[] {
  return value.split(',').map((part) => part.trim().toLowerCase());
}

/** What only says who keeps the connection is between two neighbours; the rest of the header stays. */
export function withoutKeeping(headers: readonly Header[]): readonly Header[] {
  if (!hasHeader(headers, 'connection')) return headers;
  const rest: Header[] = [];
  for (const header of headers) {
    const left = header[0] === 'connection' ? withoutKeepingWords(header) : header;
    if (left !== undefined) rest.push(left);
  }
  return rest;
}

const KEEPING_WORD = /^(?:close|keep-alive)$/i;

/** Undefined: there is nothing else in it. */
function withoutKeepingWords(header: Header): Header | undefined {
  if (KEEPING_WORD.test(header[1])) return undefined;
  const words = header[1].split(',').map((word) => word.trim());
  const others = words.filter((word) => !KEEPING_WORD.test(word));
  if (others.length === words.length) return header;
  return others.length === 0 ? undefined : [header[0], others.join(', ')];
}

export function requestHeaders(
  request: RequestFacts,
  forwardFor: ForwardFor | undefined,
  source: string | undefined,
  keeping: Keeping,
): readonly Header[] {
  const headers = [...request.headers];
  if (forwardFor !== undefined) addForwardedFor(headers, forwardFor, source);
  // What a rule has said of the connection counts.
  if (isUpgrade(request.headers) || saysClose(headers)) return headers;
  if (keeping === 'close') {
    if (request.version === '1.1') headers.push(['connection', 'close']);
  } else if (request.version === '1.0') headers.push(['connection', 'keep-alive']);
  return headers;
}

function addForwardedFor(headers: Header[], rule: ForwardFor, source: string | undefined): void {
  const name = rule.header.toLowerCase();
  if (source === undefined) return;
  if (rule.ifNone && headers.some(([other]) => other === name)) return;
  const { except } = rule;
  if (except !== undefined && isWithin(source, `${except.ip}/${except.length}`)) return;
  headers.push([name, source]);
}

export function responseHeaders(
  response: ResponseHead,
  request: RequestFacts,
  keeping: Keeping,
): readonly Header[] {
  const { status } = response;
  // What can have no body does not tell where that ends (RFC 9110, 8.6; RFC 9112, 6.1).
  const isBare = status < 200 || status === 204;
  const headers = [...(isBare ? framedHeaders(response.headers, NO_BODY) : response.headers)];
  if (status !== 101 && !saysClose(headers))
    headers.push(...connectionHeaders(request, keeping, response.version));
  return headers;
}

/** Without its key a websocket cannot be opened (RFC 6455, 4.2.1): who asks so is no such client. */
export function isBadUpgrade({ headers }: RequestHead): boolean {
  if (!isUpgrade(headers) || !names(headers, 'upgrade').includes('websocket')) return false;
  return !headers.some(([name]) => name === 'sec-websocket-key');
}

const NO_BODY = { kind: 'none' } as const;

/** Of what is left of the header once neighbours' words are taken out: only a rule can have said so. */
export function saysClose(headers: readonly Header[]): boolean {
  for (let index = 0; index < headers.length; index++) {
    const header = headers[index] as Header;
    if (header[0] === 'connection' && /^close$/i.test(header[1])) return true;
  }
  return false;
}

/** A websocket begins with the server's proof that it knows what that is (RFC 6455, 4.2.2). */
export function isUnacceptedWebsocket(
  request: readonly Header[],
  response: readonly Header[],
): boolean {
  const isAsked = isUpgrade(request) && names(request, 'upgrade').includes('websocket');
  return isAsked && !response.some(([name]) => name === 'sec-websocket-accept');
}

/** What the client is told of its connection, where that is not plain from the version. */
export function connectionHeaders(
  { version }: Pick<RequestFacts, 'version'>,
  keeping: Keeping,
  answered: '1.0' | '1.1' = '1.1',
): readonly Header[] {
  if (keeping === 'close') return answered === '1.1' ? [['connection', 'close']] : [];
  return version === '1.0' || answered === '1.0' ? [['connection', 'keep-alive']] : [];
}

/** What the configuration allows of both. */
export function allowedKeeping(
  front: ProxySection,
  back: ProxySection | undefined,
): { readonly client: Keeping; readonly server: Keeping } {
  const here = front.httpConnection;
  const there = back?.httpConnection ?? 'keep-alive';
  return {
    client: here === 'close' || there === 'close' ? 'close' : 'keep',
    server: here !== 'keep-alive' || there !== 'keep-alive' ? 'close' : 'keep',
  };
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether it makes no difference that a server may have got the request before (RFC 9110, 9.2.2). */
export function isSafelyRepeated(method: string): boolean {
  return IDEMPOTENT.has(method);
}
