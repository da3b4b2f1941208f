import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { AskError } from '../channel.ts';
import { MetricsPage } from '../prometheus/page.ts';
import { testResult } from '../prometheus/test-figures.ts';
import type { EventRecord, EventsResult, ReadRequest } from '../protocol.ts';
import { EventFeed } from './feed.ts';
import { type Asks, Questions } from './questions.ts';
import type { ListenerKind } from './routes.ts';
import { createHttpServer } from './server.ts';

const servers: Server[] = [];
const bugs: unknown[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  assert.deepEqual(bugs.splice(0), []);
});

interface Served {
  readonly port: number;
  readonly feed: EventFeed;
  readonly codes: string[];
}

/** `answer` gives what the VRRP process would, or throws. */
async function serve(
  answer: (request: ReadRequest) => unknown,
  listener: ListenerKind = 'http',
): Promise<Served> {
  const asks: Asks = { ask: async (asked) => answer(asked) as never };
  const questions = new Questions(asks);
  const feed = new EventFeed(questions);
  const codes: string[] = [];
  const server = createHttpServer(
    {
      questions,
      feed,
      page: new MetricsPage(),
      childFigures: () => ({ residentBytes: 1, requests: [] }),
      serverFigures: async () => 'none',
      onAnswered: (kind, code) => codes.push(`${kind} ${code}`),
      onBug: (error) => bugs.push(error),
    },
    listener,
  );
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, feed, codes };
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function begin(port: number, path: string, options: Options = {}): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

async function get(port: number, path: string, options: Options = {}): Promise<Got> {
  const response = await begin(port, path, options);
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) text += part;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

function record(number: number, instance: string | null = 'VI_1'): EventRecord {
  return {
    number,
    time: '2026-01-01T00:00:00.000Z',
    monotonicUs: number,
    kind: 'transition',
    instance,
    text: `event ${number}`,
    cause: null,
    event: {},
  };
}

/** A history that grows; answers `events` as the VRRP process does. */
class History {
  readonly records: EventRecord[] = [];

  add(...records: EventRecord[]): EventsResult {
    this.records.push(...records);
    return { events: records, last: this.records.length, more: false, lost: 0 };
  }

  page({ since = 0, limit = 100 }: Extract<ReadRequest, { op: 'events' }>): EventsResult {
    const after = this.records.filter(({ number }) => number > since);
    const events = after.slice(0, limit);
    const last = events.at(-1)?.number ?? since;
    return { events, last, more: after.length > limit, lost: 0 };
  }
}

describe('HTTP', () => {
  test('passes questions on, and answers as the control socket does', async () => {
    const asked: ReadRequest[] = [];
    const { port, codes } = await serve((question) => {
      asked.push(question);
      return { of: question.op };
    });
    for (const [path, of] of [
      ['/v1/status', 'status'],
      ['/v1/status?instance=VI_1', 'status'],
      ['/v1/explain/VI%20%2f1', 'explain'],
      ['/v1/metrics', 'metrics'],
      ['/v1/events?since=7&limit=5000', 'events'],
    ] as const) {
      const { status, headers, text } = await get(port, path);
      assert.equal(status, 200, path);
      assert.match(headers['content-type'] ?? '', /^application\/json/);
      assert.deepEqual(JSON.parse(text), { schema: 1, ok: true, result: { of } });
    }
    assert.deepEqual(asked, [
      { op: 'status' },
      { op: 'status', instance: 'VI_1' },
      { op: 'explain', instance: 'VI /1' },
      { op: 'metrics' },
      { op: 'events', since: 7, limit: 200 },
    ]);
    assert.deepEqual(codes, Array(5).fill('http 200'));
  });

  test('lists what there is', async () => {
    const { port } = await serve(({ op }) => (op === 'metrics' ? testResult() : {}));
    const { result } = JSON.parse((await get(port, '/')).text);
    for (const { path } of result.paths) {
      const bare = path.replace(/\?.*/, '').replace('NAME', 'VI_1');
      assert.equal((await get(port, bare, { method: 'HEAD' })).status, 200, path);
    }
  });

  test('answers HEAD without a body', async () => {
    const { port } = await serve(() => ({ a: 1 }));
    const whole = await get(port, '/v1/status');
    const head = await get(port, '/v1/status', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers['content-length'], String(whole.text.length));
  });

  test('changes nothing, whatever is sent', async () => {
    const asked: ReadRequest[] = [];
    const { port } = await serve((question) => asked.push(question));
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const headers = { 'Content-Length': '14' };
      for (const options of [{ method }, { method, headers, body: '{"op":"drain"}' }]) {
        const got = await get(port, '/v1/status', options);
        assert.equal(got.status, 405, method);
        assert.equal(got.headers.allow, 'GET, HEAD');
        assert.match(JSON.parse(got.text).error.message, /holdfast handover/);
      }
    }
    // The shapes of the control socket lead nowhere either.
    for (const path of ['/v1/drain', '/v1/handover/VI_1', '/v1/reload', '/v1/priority/VI_1/1']) {
      assert.equal((await get(port, path)).status, 404, path);
    }
    assert.deepEqual(asked, []);
  });

  test('says what is wrong', async () => {
    const { port } = await serve((question) => {
      if (question.op === 'explain') throw new AskError('no-such-instance', 'there is no NAME');
      if (question.op === 'status') throw new AskError('busy', 'much to do');
      if (question.op === 'metrics') throw new AskError('no-answer', 'no answer within 2 s');
      throw new AskError('failed', 'it failed');
    });
    for (const [path, status, code, message] of [
      ['/v1/explain/NAME', 404, 'no-such-instance', /there is no NAME/],
      ['/v1/status', 503, 'busy', /much to do/],
      ['/v1/metrics', 504, 'no-answer', /does not answer: .* last answered at 20/],
      ['/v1/events', 500, 'failed', /it failed/],
      ['/v1/events?since=-1', 400, 'invalid-argument', /whole numbers/],
      ['/v1/events?limit=0', 400, 'invalid-argument', /whole numbers/],
      ['/v1/explain/%zz', 400, 'malformed', /encoded/],
      ['/v1/explain/a/b', 404, 'not-found', /GET \/ lists/],
      ['/v2/status', 404, 'not-found', /GET \/ lists/],
      ['//evil/v1/status', 404, 'not-found', /there is no/],
    ] as const) {
      const got = await get(port, path);
      const { schema, ok, error } = JSON.parse(got.text);
      assert.equal(got.status, status, path);
      assert.deepEqual([schema, ok, error.code], [1, false, code], path);
      assert.match(error.message, message);
    }
  });

  test('refuses what is no request, and goes on', async () => {
    const { port } = await serve(() => ({}));
    const send = async (bytes: string): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      socket.setEncoding('latin1');
      socket.on('error', () => {});
      socket.write(bytes);
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      await once(socket, 'close');
      return text.split('\r\n')[0] ?? '';
    };
    assert.equal(await send('\x16\x03\x01\x02\x00\x01\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
    const long = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
    assert.equal(await send(long), 'HTTP/1.1 431 Request Header Fields Too Large');
    const body = 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde';
    assert.equal(await send(body), 'HTTP/1.1 413 Payload Too Large');
    assert.equal((await get(port, '/v1/status')).status, 200);
  });

  test('on the metrics listener serves metrics alone', async () => {
    const { port } = await serve(() => testResult(), 'metrics');
    for (const path of ['/', '/v1/status', '/v1/metrics', '/v1/events?follow=1']) {
      assert.equal((await get(port, path)).status, 404, path);
    }
    const plain = await get(port, '/metrics');
    assert.equal(plain.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(plain.text, /^holdfast_vrrp_up 1$/m);
    const headers = { Accept: 'application/openmetrics-text; version=1.0.0' };
    const open = await get(port, '/metrics', { headers });
    assert.match(open.headers['content-type'] ?? '', /^application\/openmetrics-text/);
    assert.match(open.text, /# EOF\n$/);
    assert.equal((await get(port, '/metrics', { method: 'POST' })).status, 405);
  });

  test('tells in the metrics that the VRRP process hangs', async () => {
    const { port } = await serve(() => {
      throw new AskError('no-answer', 'no answer within 2 s');
    }, 'metrics');
    const { status, text } = await get(port, '/metrics');
    assert.equal(status, 200);
    assert.match(text, /^holdfast_vrrp_up 0$/m);
    assert.doesNotMatch(text, /^holdfast_vrrp_state\{/m);
  });
});

describe('events over HTTP', () => {
  /** Reads a stream line by line. */
  async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
    let rest = '';
    response.setEncoding('utf8');
    for await (const part of response) {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  async function take(lines: AsyncGenerator<string>, count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const { value, done } = await lines.next();
      assert(done !== true, `ended after ${taken.length} lines`);
      taken.push(value);
    }
    return taken;
  }

  const numbers = (lines: string[]): number[] => lines.map((line) => JSON.parse(line).number);

  test('tell what was, then what comes, each once', async () => {
    const history = new History();
    history.add(...[1, 2, 3].map((number) => record(number)));
    const { port, feed } = await serve((question) =>
      question.op === 'events' ? history.page(question) : {},
    );
    const response = await begin(port, '/v1/events?follow=1&since=1');
    assert.equal(response.headers['content-type'], 'application/x-ndjson');
    const lines = linesOf(response);
    assert.deepEqual(numbers(await take(lines, 2)), [2, 3]);
    feed.onNews(history.add(record(4)));
    assert.deepEqual(numbers(await take(lines, 1)), [4]);
    // News that were not heard of are asked for.
    history.add(record(5), record(6));
    feed.onNews(history.add(record(7)));
    assert.deepEqual(numbers(await take(lines, 3)), [5, 6, 7]);
    // Told once only.
    feed.onNews({ events: [record(7)], last: 7, more: false, lost: 0 });
    feed.onNews(history.add(record(8)));
    assert.deepEqual(numbers(await take(lines, 1)), [8]);
    assert.equal(feed.size, 1);
    response.destroy();
    while (feed.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('come in pages where there are many', async () => {
    const history = new History();
    history.add(...Array.from({ length: 450 }, (_, index) => record(index + 1)));
    const { port } = await serve((question) =>
      question.op === 'events' ? history.page(question) : {},
    );
    const response = await begin(port, '/v1/events?follow=1');
    const all = numbers(await take(linesOf(response), 450));
    assert.deepEqual([all[0], all.at(-1), new Set(all).size], [1, 450, 450]);
    response.destroy();
  });

  test('of one instance', async () => {
    const history = new History();
    history.add(record(1), record(2, 'VI_2'), record(3, null), record(4));
    const { port, feed } = await serve((question) =>
      question.op === 'events' ? history.page(question) : {},
    );
    const response = await begin(port, '/v1/events?follow=1&instance=VI_1');
    const lines = linesOf(response);
    assert.deepEqual(numbers(await take(lines, 2)), [1, 4]);
    feed.onNews(history.add(record(5, 'VI_2'), record(6)));
    assert.deepEqual(numbers(await take(lines, 1)), [6]);
    response.destroy();
  });

  test('as server-sent events go on where the browser left', async () => {
    const history = new History();
    history.add(record(1), record(2), record(3));
    const { port } = await serve((question) =>
      question.op === 'events' ? history.page(question) : {},
    );
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': '2' };
    const response = await begin(port, '/v1/events', { headers });
    assert.equal(response.headers['content-type'], 'text/event-stream');
    const [id, data = '', end] = await take(linesOf(response), 3);
    assert.deepEqual([id, end], ['id: 3', '']);
    assert.equal(JSON.parse(data.slice('data: '.length)).number, 3);
    response.destroy();
  });

  test('are followed by so many and no more', async () => {
    const { port } = await serve(() => new History().page({ op: 'events' }));
    const following: IncomingMessage[] = [];
    for (let count = 0; count < 16; count++) {
      following.push(await begin(port, '/v1/events?follow=1'));
    }
    assert(following.every(({ statusCode }) => statusCode === 200));
    const { status, text } = await get(port, '/v1/events?follow=1');
    assert.equal(status, 503);
    assert.equal(JSON.parse(text).error.code, 'busy');
    for (const response of following) response.destroy();
  });

  test('break off where the VRRP process does not answer', async () => {
    const { port, feed } = await serve(() => {
      throw new AskError('no-answer', 'no answer within 2 s');
    });
    const response = await begin(port, '/v1/events?follow=1');
    response.resume();
    await assert.rejects(once(response, 'end'), /aborted/);
    assert.equal(feed.size, 0);
  });
});
