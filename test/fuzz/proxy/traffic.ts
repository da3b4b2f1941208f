/**
 * Clients and servers that say anything, over real sockets, through a proxy in this process: nothing may throw,
 * and when they have gone, nothing may be left of them.
 */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createRng, type Rng } from '../../../src/base/rng.ts';
import type { ProxyWorker } from '../../../src/daemon/proxy/worker.ts';
import { type ProxyFuzzOptions, type ProxyFuzzReport, Tally } from './report.ts';
import { openStand, type Stand } from './stand.ts';
import { makeMessage, makeProxyHeader, proxyHeaders, requests, responses } from './texts.ts';

const LANES = 48;
/** Whoever hears nothing for so long goes away. */
const PATIENCE_MS = 300;
const QUIET_MS = 20_000;
/** Bytes that a stream may hold back, so that it comes in pieces. */
const PIECE_BYTES = 40;
const SOCKETS = ['web', 'web', 'web', 'accept', 'tcp'] as const;

export async function fuzzTraffic(options: ProxyFuzzOptions): Promise<ProxyFuzzReport> {
  const { seed, count, onProgress } = options;
  const rng = createRng(seed);
  const tally = new Tally();
  const stand = await openStand('fuzz-traffic');
  const upstream = await serveAnything(stand, rng.fork());
  const current = new Map<number, Uint8Array>();
  const onThrown = (error: unknown): void =>
    tally.fail(Buffer.concat([...current.values()].flatMap((bytes) => [bytes, SEPARATOR])), error);
  process.on('uncaughtException', onThrown);
  process.on('unhandledRejection', onThrown);
  let done = 0;
  const lane = async (number: number, own: Rng): Promise<void> => {
    while (done < count && !tally.isFull) {
      done += 1;
      const socket = own.pick(SOCKETS);
      const bytes = makeInput(own, socket);
      current.set(number, bytes);
      tally.count(`${socket}: ${await play(stand.path(`${socket}.sock`), bytes, own)}`);
      onProgress?.(done, tally.failures.length);
    }
    current.delete(number);
  };
  try {
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number, rng.fork())));
    const left = await whatIsLeft(stand.proxy.worker);
    if (left !== undefined) tally.fail('afterwards', left);
  } finally {
    process.off('uncaughtException', onThrown);
    process.off('unhandledRejection', onThrown);
    stand.close();
    upstream.close();
  }
  return tally.report('traffic', count);
}

const SEPARATOR = Buffer.from('\n-----\n');

async function serveAnything({ path }: Stand, rng: Rng): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      const way = rng.next();
      if (way < 0.02) socket.destroy();
      else if (way < 0.05) socket.end();
      else if (way < 0.4) socket.write(rng.pick(responses));
      else send(socket, makeMessage(rng, responses), rng);
      if (way > 0.7) socket.end();
    });
  });
  await once(server.listen(path('server.sock')), 'listening');
  return server;
}

function makeInput(rng: Rng, socket: (typeof SOCKETS)[number]): Uint8Array {
  const parts: Uint8Array[] = [];
  if (socket !== 'web') parts.push(rng.chance(0.6) ? rng.pick(proxyHeaders) : makeProxyHeader(rng));
  for (let count = rng.integer(1, 3); count > 0; count--)
    parts.push(rng.chance(0.3) ? rng.pick(requests) : makeMessage(rng, requests));
  return Buffer.concat(parts);
}

function send(socket: Socket, bytes: Uint8Array, rng: Rng): void {
  if (rng.chance(0.7)) {
    socket.write(bytes);
    return;
  }
  const cut = rng.integer(0, Math.min(PIECE_BYTES, bytes.length));
  socket.write(bytes.subarray(0, cut));
  setImmediate(() => {
    if (socket.writable) socket.write(bytes.subarray(cut));
  });
}

/** What came of it: the first line of the answer, or how it ended. */
function play(path: string, bytes: Uint8Array, rng: Rng): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    let [first, isStuck] = ['', false];
    const way = rng.next();
    socket.setTimeout(PATIENCE_MS, () => {
      isStuck = true;
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (data) => {
      first ||= data.toString('latin1');
      if (way > 0.9) socket.destroy();
    });
    socket.on('close', () =>
      resolve(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1] ?? other(first, isStuck)),
    );
    send(socket, bytes, rng);
    // Most say that they are done; otherwise they would be waited for.
    if (way < 0.05) setImmediate(() => socket.destroy());
    else if (way < 0.9) setImmediate(() => setImmediate(() => socket.end()));
  });
}

function other(first: string, isStuck: boolean): string {
  if (first !== '') return 'other bytes';
  return isStuck ? 'stuck' : 'closed';
}

async function whatIsLeft({ traffic, live }: ProxyWorker): Promise<string | undefined> {
  const limit = Date.now() + QUIET_MS;
  while (traffic.sessions.size > 0 && Date.now() < limit)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const counts: [string, number][] = [
    ['sessions', traffic.sessions.size],
    ['connections', live.current],
    ...live.proxies.flatMap(({ config, front, back }): [string, number][] => [
      [`${config.name}, front`, front?.counters.current ?? 0],
      [`${config.name}, back`, back?.counters.current ?? 0],
      ...(back?.servers ?? []).flatMap(({ config: { name }, counters }): [string, number][] => [
        [`${name}, sessions`, counters.current],
        [`${name}, queued`, counters.queued],
      ]),
    ]),
  ];
  const wrong = counts.filter(([, count]) => count !== 0);
  return wrong.length === 0 ? undefined : wrong.map((each) => each.join(' ')).join(', ');
}
