import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type Micros, micros } from '../base/time.ts';
import type { Finding, HttpProbe } from '../core/check/probe.ts';
import type { PatternCompiler } from '../ports/patterns.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import { encodeHttpRequest, HttpHeadReader } from '../wire/http.ts';
import type { Attempt } from './attempt.ts';
import { openConnection } from './connection.ts';
import { fail } from './failures.ts';
import { HttpBody } from './http-body.ts';
import { findingOf, openStream } from './stream.ts';
import { startTls } from './tls.ts';

export interface HttpParts {
  readonly sockets: ProbeSockets;
  readonly patterns: PatternCompiler;
  /** Throws where a certificate of the configuration is of no use. */
  readonly tlsContext: () => SecureContext;
}

const PORTS = { http: 80, https: 443 } as const;
/** Each step may take the connect timeout, as with keepalived; all of them so many times as long. */
const STEPS_MAX = 10;

/** One request; the answer ends with the connection, whatever its length is said to be. */
export function probeHttp(
  attempt: Attempt,
  parts: HttpParts,
  probe: HttpProbe,
): Finding | undefined {
  const body = HttpBody.open(probe, parts.patterns);
  if (!(body instanceof HttpBody)) return body;
  attempt.hold(() => body.free());
  let context: SecureContext | undefined;
  try {
    context = probe.kind === 'https' ? parts.tlsContext() : undefined;
  } catch (error) {
    return fail('local', `the certificate for SSL_GET: ${(error as Error).message}`);
  }
  const target = { ...probe.target, port: probe.target.port || PORTS[probe.kind] };
  return openConnection(attempt, parts.sockets, target, (connection) => {
    const socket = openStream(attempt, connection);
    const exchange = new HttpExchange(attempt, probe, body);
    if (context === undefined) exchange.start(socket);
    else exchange.secure(socket, context);
  });
}

class HttpExchange {
  readonly #attempt: Attempt;
  readonly #probe: HttpProbe;
  readonly #body: HttpBody;
  readonly #head = new HttpHeadReader();
  #status: number | undefined;
  #ending: 'clean' | 'truncated' = 'clean';

  constructor(attempt: Attempt, probe: HttpProbe, body: HttpBody) {
    this.#attempt = attempt;
    this.#probe = probe;
    this.#body = body;
  }

  secure(socket: Socket, context: SecureContext): void {
    const { strictTls, serverName } = this.#probe;
    const stream = startTls(socket, {
      context,
      ...(serverName !== undefined && { serverName }),
      ...(strictTls && {
        onTruncated: () => {
          this.#ending = 'truncated';
        },
      }),
    });
    this.#attempt.hold(() => stream.destroy());
    stream.on('error', (error) => this.#attempt.end(findingOf(error)));
    stream.once('secureConnect', () => this.start(stream));
    this.#expect('no TLS handshake');
  }

  start(stream: Socket): void {
    stream.on('data', (piece) => this.#onData(piece));
    stream.once('end', () => this.#onEnd());
    this.#expect('no answer');
    stream.write(encodeHttpRequest(this.#probe));
  }

  #onData(piece: Uint8Array): void {
    if (this.#attempt.isOver) return;
    if (this.#status === undefined) this.#readHead(piece);
    else this.#body.push(piece);
    this.#expect(this.#status === undefined ? 'no end of the header' : 'no end of the answer');
  }

  #readHead(piece: Uint8Array): void {
    const head = this.#head.push(piece);
    if (head.kind === 'head') {
      this.#status = head.status;
      this.#body.push(head.rest);
    } else if (head.kind === 'malformed') {
      const reason =
        head.reason === 'status-line' ? 'no HTTP status line' : 'the header is too long';
      this.#attempt.end(fail('answer', reason));
    }
  }

  #onEnd(): void {
    if (this.#attempt.isOver) return;
    if (this.#ending === 'truncated') {
      this.#attempt.end(fail('tls', 'the data ended without close_notify'));
    } else if (this.#status === undefined) {
      this.#attempt.end(fail('answer', 'the connection ended before the end of the header'));
    } else {
      this.#attempt.end(this.#body.judge(this.#status));
    }
  }

  #expect(missing: string): void {
    const { connectTimeout } = this.#probe.target;
    const left = micros(connectTimeout * STEPS_MAX - this.#attempt.elapsed());
    if (left > connectTimeout) this.#attempt.expect(connectTimeout, missing);
    else this.#attempt.expect(left as Micros, missing, micros(connectTimeout * STEPS_MAX));
  }
}
