/** The real API server, asked as whoever asks the shim. */
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

export interface UpstreamRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: string | Buffer | undefined;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Of one connection alone, or of a body that is made anew. */
const OWN_HEADERS = [
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'host',
];

export class Upstream {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, ca: string) {
    this.#url = url;
    this.#agent = new Agent({ ca, keepAlive: true });
  }

  /** Rejects where the server cannot be reached. */
  async open({ method, path, headers, body }: UpstreamRequest): Promise<IncomingMessage> {
    const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name));
    const sent = request(`${this.#url}${path}`, {
      method,
      headers: Object.fromEntries(kept) as Record<string, string>,
      agent: this.#agent,
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', (error) => response.destroy(error));
    return response;
  }

  async ask(asked: UpstreamRequest): Promise<UpstreamAnswer> {
    const response = await this.open(asked);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: (await readWhole(response)).toString('utf8'),
    };
  }
}

export async function readWhole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
