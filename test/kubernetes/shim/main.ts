/**
 * What is newer than the API server of the tests, before that server: `discovery.k8s.io/v1` with all its conditions,
 * `loadBalancerClass` and `ipMode`, watch-list. Whatever the server has itself passes through untouched. It is also
 * what answers by 410, by 429, late or never, on order: standard input has one JSON object a line, `{"faults": [...]}`,
 * `{"cut": PATH}`, `{"gone": PATH}`. Standard output says what was played, and has each write as `write JSON`.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { Faults, sendStatus } from './faults.ts';
import { Relay, type RelayParts } from './relay.ts';
import { readWhole, Upstream } from './upstream.ts';
import { Watches } from './watches.ts';

export interface ShimSettings extends Pick<RelayParts, 'plays'> {
  readonly port: number;
  readonly upstream: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const settings: ShimSettings = JSON.parse(process.argv[2] ?? '{}');
const upstream = new Upstream(settings.upstream, readFileSync(settings.ca, 'utf8'));
const faults = new Faults();
const watches = new Watches(upstream);
const relay = new Relay({ upstream, watches, plays: settings.plays });

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const body = await readWhole(request);
  if (method !== 'GET') {
    const agent = headers['user-agent'] ?? '';
    const text = body.toString('utf8');
    console.log(`write ${JSON.stringify({ agent, method, path: url, body: text })}`);
  }
  if (await faults.meet(`${method} ${url}`, response)) return;
  await relay.answer({ method, path: url, headers, body }, response);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.faults !== undefined) faults.set(order.faults);
  if (order.cut !== undefined) watches.cut(order.cut);
  if (order.gone !== undefined) {
    watches.tell(order.gone, { code: 410, reason: 'Expired', message: 'too old resource version' });
  }
  console.log('ordered');
});

createServer(
  { key: readFileSync(settings.key), cert: readFileSync(settings.cert) },
  (request, response) => {
    response.on('error', () => {});
    answer(request, response).catch((error: Error) => {
      // The server is gone: whoever asks sees no more of it than by itself.
      console.log(`failed ${request.method} ${request.url}: ${error.message}`);
      if (response.headersSent) response.destroy();
      else sendStatus(response, 502, error.message);
    });
  },
).listen(settings.port, () => console.log('listening'));
