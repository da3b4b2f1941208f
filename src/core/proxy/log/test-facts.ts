import type { SessionFacts } from './facts.ts';

/** A session for tests: a request that went well. */
export function sampleFacts(change: Partial<SessionFacts> = {}): SessionFacts {
  return { ...ordinary, ...change };
}

const loopback = '127.0.0.1' as never;

const ordinary: SessionFacts = {
  frontend: 'web',
  isTls: false,
  backend: 'app',
  server: 's1',
  client: { kind: 'ip', ip: loopback, port: 50230 },
  destination: { kind: 'ip', ip: loopback, port: 20101 },
  source: { kind: 'ip', ip: loopback, port: 39018 },
  target: { kind: 'ip', ip: loopback, port: 20111 },
  // 2026-11-26T07:35:08.042Z
  acceptedAtMs: 1_795_678_508_042,
  requestAtMs: 1_795_678_508_042,
  times: {
    handshake: 0,
    idle: 0,
    request: 0,
    queue: 0,
    connect: 0,
    response: 3,
    active: 5,
    total: 5,
  },
  bytesOut: 116,
  bytesIn: 108,
  status: 200,
  termination: { cause: '-', phase: '-', cookie: '-', cookieAction: '-' },
  counts: { process: 1, frontend: 1, backend: 0, server: 0 },
  retries: 0,
  isRedispatched: false,
  serverQueue: 0,
  backendQueue: 0,
  request: { method: 'GET', uri: '/p%20q?x="1"&y=a|b', version: 'HTTP/1.1' },
  requestNumber: 1,
  logNumber: 0,
  isEarly: false,
};
