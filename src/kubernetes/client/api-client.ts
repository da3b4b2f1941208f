/** Requests to the API server on Node's own https: one answer each, or a stream of lines. */
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { ApiError, retryAfterMs } from './api-error.ts';
import type { Credentials, TlsFacts } from './credentials.ts';
import { JsonLines } from './json-lines.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface StreamParts {
  /** What one line of it says. */
  onValue(value: unknown): void;
  /** The server has answered that there is such a stream. */
  begun?(): void;
  /** For so long it may say nothing. */
  readonly silenceMs: number;
  /** So long its beginning may take. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

const ANSWER_LIMIT_MS = 15_000;
const ANSWER_BYTES_MAX = 256 << 20;
/** A host that is gone without a word is noticed some 20 s later. */
const KEEP_ALIVE_MS = 10_000;
const MESSAGE_CHARACTERS_MAX = 300;

export class ApiClient {
  readonly #credentials: Credentials;
  readonly #userAgent: string;
  readonly #plain: PlainAgent;
  #agent: { readonly facts: TlsFacts; readonly agent: Agent } | undefined;

  constructor(credentials: Credentials, userAgent: string) {
    this.#credentials = credentials;
    this.#userAgent = userAgent;
    this.#plain = new PlainAgent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS });
  }

  /** Rejects with an ApiError only; of other states than 2xx, too. */
  async ask(asked: ApiRequest, limitMs = ANSWER_LIMIT_MS): Promise<unknown> {
    const signal = AbortSignal.timeout(limitMs);
    const response = await this.#send(asked, signal);
    const text = await readAll(response, signal);
    try {
      return JSON.parse(text);
    } catch {
      throw new ApiError('garbage', `${asked.path}: the answer is not JSON`);
    }
  }

  /** Resolves when the server has ended it; rejects with an ApiError where it breaks off. */
  async stream(asked: ApiRequest, parts: StreamParts): Promise<void> {
    const { onValue, silenceMs, answerMs, signal } = parts;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('silence')), answerMs);
    try {
      const response = await this.#send(asked, AbortSignal.any([signal, silence.signal]));
      const lines = new JsonLines(onValue);
      timer.refresh();
      parts.begun?.();
      await new Promise<void>((resolve, reject) => {
        const guard = setTimeout(() => response.destroy(new Error('it said nothing')), silenceMs);
        clearTimeout(timer);
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          guard.refresh();
          try {
            lines.push(text);
          } catch (error) {
            response.destroy();
            const { message } = error as Error;
            // What the stream itself says is wrong comes as one already.
            const isTold = error instanceof ApiError;
            reject(isTold ? error : new ApiError('garbage', `${asked.path}: ${message}`));
          }
        });
        response.on('end', resolve);
        response.on('error', reject);
        response.on('close', () => {
          clearTimeout(guard);
          reject(new ApiError('unreachable', `${asked.path}: the connection has broken off`));
        });
      });
    } catch (error) {
      throw asApiError(error, asked.path);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#agent?.agent.destroy();
  }

  #send(asked: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method = 'GET', path, query, body, contentType = 'application/json' } = asked;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(asApiError(error, path));
      try {
        const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
        const url = new URL(`${this.#credentials.url}${path}${search}`);
        const authorization = this.#credentials.authorization()?.reveal();
        const headers = {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...(authorization !== undefined && { authorization }),
          ...(body !== undefined && { 'content-type': contentType }),
        };
        const sent =
          url.protocol === 'http:'
            ? plainRequest(url, { method, headers, signal, agent: this.#plain })
            : request(url, { method, headers, signal, agent: this.#secureAgent() });
        sent.on('error', fail);
        sent.on('response', (response) => {
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) resolve(response);
          else
            readAll(response, signal).then((text) => reject(refusal(asked, response, text)), fail);
        });
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Connections that were made with other certificates end when they are idle. */
  #secureAgent(): Agent {
    const facts = this.#credentials.tls();
    if (this.#agent?.facts === facts) return this.#agent.agent;
    const { ca, cert, key, serverName, verify } = facts;
    const agent = new Agent({
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_MS,
      rejectUnauthorized: verify === 'always',
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key: key.reveal() }),
      ...(serverName !== undefined && { servername: serverName }),
    });
    this.#agent?.agent.destroy();
    this.#agent = { facts, agent };
    return agent;
  }
}

function readAll(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > ANSWER_BYTES_MAX) response.destroy(new Error('an endless answer'));
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', (error) => {
      reject(signal.aborted ? late() : asApiError(error, 'the answer'));
    });
    response.on('close', () => {
      reject(signal.aborted ? late() : new ApiError('unreachable', 'the answer breaks off'));
    });
  });
}

function late(): ApiError {
  return new ApiError('timeout', 'the answer does not end');
}

/** The server's own words, where it has any. */
function refusal({ path }: ApiRequest, response: IncomingMessage, text: string): ApiError {
  const { statusCode: status = 0, headers } = response;
  const said = messageIn(text).slice(0, MESSAGE_CHARACTERS_MAX);
  return new ApiError('refused', `${path}: ${status}${said === '' ? '' : ` ${said}`}`, {
    status,
    retryAfterMs: retryAfterMs(headers['retry-after']),
  });
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text);
    return typeof message === 'string' ? message.replace(/\p{Cc}/gu, ' ') : '';
  } catch {
    return '';
  }
}

function asApiError(error: unknown, path: string): ApiError {
  if (error instanceof ApiError) return error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  const isLate = name === 'TimeoutError' || name === 'AbortError' || message === 'it said nothing';
  // Several addresses, each with an error of its own.
  const inner = error instanceof AggregateError ? error.errors.map((one) => one.message) : [];
  const text = message || inner.join('; ') || code || name;
  return new ApiError(isLate ? 'timeout' : 'unreachable', `${path}: ${text}`);
}
