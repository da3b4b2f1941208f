/** What the proxy itself answers: pages for failures, redirections, and what rules ask for. */
import type { Header } from '../../../wire/http1/head.ts';

export interface LocalAnswer {
  readonly status: number;
  readonly reason?: string;
  /** Instead of the line that follows from the status. */
  readonly line?: {
    readonly version: '1.0' | '1.1';
    readonly code: string;
    readonly reason: string;
  };
  readonly headers: readonly Header[];
  /** One character a byte. */
  readonly body: string;
  /** The request could not be read: nothing that follows can be. */
  readonly after: 'go-on' | 'close';
  /** Bytes that HAProxy counts for it though they are not sent. */
  readonly countedBesides?: number;
  /** Instead of all that: the whole response, sent as it is. */
  readonly raw?: string;
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Unauthorized',
  408: 'Request Time-out',
  410: 'Gone',
  413: 'Payload Too Large',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  425: 'Too Early',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Time-out',
};

const SENTENCES: Readonly<Record<number, string>> = {
  200: 'Service ready.',
  400: 'Your browser sent an invalid request.',
  401: 'You need a valid user and password to access this content.',
  403: 'Request forbidden by administrative rules.',
  404: 'The resource could not be found.',
  405: 'A request was made of a resource using a request method not supported by that resource',
  407: 'You need a valid user and password to access this content.',
  408: "Your browser didn't send a complete request in time.",
  410: 'The resource is no longer available and will not be available again.',
  413: 'The request entity exceeds the maximum allowed.',
  421: 'Request sent to a non-authoritative server.',
  422: 'The server cannot process the contained instructions.',
  425: 'Your browser sent early data.',
  429: 'You have sent too many requests in a given amount of time.',
  500: 'An internal server error occurred.',
  501: '.The server does not support the functionality required to fulfill the request.',
  502: 'The server returned an invalid or incomplete response.',
  503: 'No server is available to handle this request.',
  504: "The server didn't respond in time.",
};

const CLOSES = new Set([400, 408]);

export function reasonOf(status: number): string {
  return REASONS[status] ?? 'Unknown';
}

/** The page for a failure, as clients of HAProxy know it; `unread`: of a request that nobody could read. */
export function failurePage(status: number, request: 'read' | 'unread' = 'read'): LocalAnswer {
  const title = `${status} ${reasonOf(status)}`;
  const body = `<html><body><h1>${title}</h1>\n${SENTENCES[status] ?? title}\n</body></html>\n`;
  const size = String(body.length);
  if (request === 'unread') {
    // Of a request that was not read no version is known, so this one is a text as it stands.
    const close = CLOSES.has(status) ? ['Connection: close'] : [];
    const lines = ['Cache-Control: no-cache', ...close, 'Content-Type: text/html'];
    const head = [`HTTP/1.1 ${title}`, `Content-length: ${size}`, ...lines].join('\r\n');
    return { status, headers: [], body, after: 'close', raw: `${head}\r\n\r\n${body}` };
  }
  return {
    status,
    headers: [
      ['content-length', size],
      ['cache-control', 'no-cache'],
      ['content-type', 'text/html'],
    ],
    body,
    after: CLOSES.has(status) ? 'close' : 'go-on',
    countedBesides: CLOSES.has(status) ? 'connectionclose'.length : 0,
  };
}

/** Whoever may keep the answer is not told otherwise. */
const CACHEABLE = new Set([301, 308]);

export function redirection(status: number, location: string): LocalAnswer {
  return {
    status,
    headers: [
      ['content-length', '0'],
      ['location', location],
      ...(CACHEABLE.has(status) ? [] : [['cache-control', 'no-cache'] as const]),
    ],
    body: '',
    after: 'go-on',
  };
}

/** 401 of a realm, or 407 where the client speaks to a proxy. */
export function authenticationPage(realm: string): LocalAnswer {
  const page = failurePage(401);
  const challenge = `Basic realm="${realm.replace(/["\\]/g, '\\$&')}"`;
  return { ...page, headers: [...page.headers, ['www-authenticate', challenge]] };
}
