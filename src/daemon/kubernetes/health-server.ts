/** What kubelet asks: whether the daemon answers, and whether it does what the cluster wants. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { DaemonLink } from './daemon-link.ts';
import type { MetricsPage } from './pod-metrics.ts';

export interface HealthParts {
  readonly daemon: Pick<DaemonLink, 'status'>;
  readonly port: number;
  /** For Prometheus; `accept`: the header by that name. */
  metrics(accept: string | undefined): Promise<MetricsPage>;
  /** Why the pod is not ready, or undefined. */
  unready(): string | undefined;
  tell(level: 'info' | 'warning', text: string): void;
}

const TEXT = 'text/plain; charset=utf-8';
const RETRY_MS = 5000;
const CONNECTIONS_MAX = 50;
const REQUEST_LIMIT_MS = 5000;

export function serveHealth(parts: HealthParts): Server {
  const server = createServer((request, response) => {
    void answer(parts, request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_LIMIT_MS;
  server.headersTimeout = REQUEST_LIMIT_MS;
  server.on('error', (error) => {
    parts.tell('warning', `no health server at port ${parts.port}: ${error.message}`);
    setTimeout(() => server.listen(parts.port), RETRY_MS);
  });
  server.listen(parts.port);
  return server;
}

/** `/health` is kube-keepalived-vip's; the others are those that kubelet's users expect. */
async function answer(
  parts: HealthParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? '').split('?');
  if (path === '/metrics') {
    const { type, text } = await parts.metrics(request.headers.accept);
    reply(response, 200, text, type);
    return;
  }
  const isReadiness = path === '/readyz';
  if (!isReadiness && path !== '/health' && path !== '/livez' && path !== '/healthz') {
    reply(response, 404, 'there is /health, /livez, /readyz and /metrics');
    return;
  }
  const why = (await unwell(parts)) ?? (isReadiness ? parts.unready() : undefined);
  reply(response, why === undefined ? 200 : 500, why ?? 'OK');
}

async function unwell({ daemon }: HealthParts): Promise<string | undefined> {
  try {
    await daemon.status();
    return undefined;
  } catch (error) {
    return `the VRRP process does not answer: ${(error as Error).message}`;
  }
}

function reply(response: ServerResponse, code: number, text: string, type = TEXT): void {
  response.writeHead(code, { 'content-type': type });
  response.end(text);
}
