/** The HTTP server of the control child: few connections, small requests, nobody stays for ever. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AskError } from '../channel.ts';
import type { EventFeed } from './feed.ts';
import { errorReply, type Reply } from './reply.ts';
import { type FollowRequest, type ListenerKind, type RouteParts, route } from './routes.ts';

export interface HttpParts extends RouteParts {
  readonly feed: EventFeed;
  /** Told of each answer. */
  onAnswered(listener: ListenerKind, code: number): void;
  /** A bug of ours; whoever asked is told no more than that. */
  onBug(error: unknown): void;
}

const CONNECTIONS_MAX = 64;
const FOLLOWERS_MAX = 16;
const REQUESTS_PER_CONNECTION = 1000;
const HEADER_BYTES_MAX = 8192;
const HEADERS_MAX = 64;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5000;
const IDLE_MS = 30_000;
const CHECK_MS = 1000;
/** A follower that lags behind by so much is cut off; it asks again from where it was. */
const LAG_BYTES_MAX = 1024 * 1024;
const SSE_HEARTBEAT_MS = 15_000;

export function createHttpServer(parts: HttpParts, listener: ListenerKind): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => void serve(parts, listener, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  server.timeout = IDLE_MS;
  server.on('clientError', refuse);
  // Nobody here waits for leave to send a body, and nothing here is upgraded to.
  server.on('checkContinue', (request, response) => void serve(parts, listener, request, response));
  return server;
}

async function serve(
  parts: HttpParts,
  listener: ListenerKind,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => {});
  request.on('error', () => {});
  try {
    const routed = hasBody(request) ? refuseBody(request) : await route(parts, listener, request);
    if (!('follow' in routed)) {
      parts.onAnswered(listener, routed.status);
      write(request, response, routed);
    } else if (request.method === 'HEAD') {
      write(request, response, { status: 200, type: STREAM_TYPES[routed.follow.format], body: '' });
    } else follow(parts, routed.follow, response);
  } catch (error) {
    parts.onBug(error);
    parts.onAnswered(listener, 500);
    write(request, response, errorReply('failed', 'internal error of the control child'));
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** No request that is answered here has one. */
function refuseBody(request: IncomingMessage): Reply {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const close = { Connection: 'close' };
  if (isRead) return errorReply('too-large', 'a request has no body here', close);
  return errorReply(
    'method-not-allowed',
    'nothing can be changed over HTTP: use holdfast handover, drain, undrain, priority or reload',
    { Allow: 'GET, HEAD', ...close },
  );
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body, headers = {} }: Reply,
): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const STREAM_TYPES = { ndjson: 'application/x-ndjson', sse: 'text/event-stream' } as const;

function follow(parts: HttpParts, request: FollowRequest, response: ServerResponse): void {
  const { feed } = parts;
  if (feed.size >= FOLLOWERS_MAX) {
    parts.onAnswered('http', 503);
    write(response.req, response, errorReply('busy', `${FOLLOWERS_MAX} follow events already`));
    return;
  }
  const { since, instance, format } = request;
  parts.onAnswered('http', 200);
  response.writeHead(200, {
    'Content-Type': STREAM_TYPES[format],
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.flushHeaders();
  response.socket?.setTimeout(0);
  const send = (text: string): void => {
    if (response.writableLength > LAG_BYTES_MAX) response.destroy();
    else response.write(text);
  };
  const end = feed.follow({
    since,
    ...(instance !== undefined && { instance }),
    onEvent: (record) => {
      const line = JSON.stringify(record);
      send(format === 'ndjson' ? `${line}\n` : `id: ${record.number}\ndata: ${line}\n\n`);
    },
    onFailure: (error) => {
      // The answer has begun, so that it breaks off is how it says so.
      if (!(error instanceof AskError)) parts.onBug(error);
      response.destroy();
    },
  });
  // A line that means nothing to the reader tells us whether he is still there.
  const heartbeat = setInterval(() => format === 'sse' && send(':\n\n'), SSE_HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heartbeat);
    end();
  });
}

/** What is no HTTP, or too much of it. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
