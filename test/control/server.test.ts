import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Answer, EventsResult, Request } from '../../src/api/protocol.ts';
import { type Micros, micros, seconds } from '../../src/base/time.ts';
import type { Outcome } from '../../src/daemon/control/outcome.ts';
import { ControlServer, type Reply } from '../../src/daemon/control/server.ts';
import { EventHistory } from '../../src/daemon/events/history.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openLocalListener } from '../../src/linux/local-socket.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { testPath } from '../../tools/sweep.ts';

const skip: string | false = process.platform === 'linux' ? false : 'needs Linux';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for what must come; a test that waits in vain says for what. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); await pause(5)) {
    if (Date.now() > deadline) assert.fail(`waited in vain: ${what}`);
  }
}

/** A client that keeps what it is told. */
class Client {
  readonly socket: Socket;
  readonly answers: Answer[] = [];
  ended = false;
  #text = '';

  constructor(path: string, reads: 'reads' | 'does not read' = 'reads') {
    this.socket = connect(path);
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.ended = true;
    });
    if (reads === 'does not read') this.socket.pause();
    else {
      this.socket.on('data', (text: string) => {
        const lines = (this.#text + text).split('\n');
        this.#text = lines.pop() ?? '';
        this.answers.push(...lines.map((line): Answer => JSON.parse(line)));
      });
    }
  }

  send(...lines: readonly string[]): this {
    this.socket.write(lines.map((line) => `${line}\n`).join(''));
    return this;
  }

  get errors(): readonly string[] {
    return this.answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code]));
  }
}

describe('the control server', { skip }, () => {
  const folder = testPath('control-server');
  const path = join(folder, 'it.sock');
  let watcher: FdWatcher;
  let server: ControlServer;
  let history: EventHistory;
  let now: Micros;
  let rights: 'change' | 'read';
  let dueUs: number;
  let handled: Request[];
  let handle: (request: Request, reply: Reply) => void;
  const figures = { connections: 0, requests: 0, refused: {} as Record<string, number> };
  const clients: Client[] = [];

  before(async () => {
    mkdirSync(folder, { recursive: true });
    watcher = await openFdWatcher();
  });
  beforeEach(() => {
    now = seconds(1000);
    rights = 'change';
    dueUs = Number.POSITIVE_INFINITY;
    handled = [];
    handle = (request, reply) => {
      handled.push(request);
      reply({ ok: true, result: request.op });
    };
    history = new EventHistory((at) => at / 1000);
    const options = { mode: 0o600, gid: process.getgid?.() ?? 0, backlog: 64 };
    const listener = openLocalListener(watcher, { ...options, path, sendBufferBytes: 16_384 });
    if (isSysError(listener)) assert.fail(listener.message);
    server = new ControlServer(listener, {
      clock: { now: () => now, wallMs: () => 0 },
      history,
      figures,
      mayChange: () => rights === 'change',
      untilDueUs: () => dueUs,
      handle: (request, reply) => handle(request, reply),
    });
  });
  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    server.close();
  });
  after(() => {
    watcher?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(reads?: 'reads' | 'does not read'): Client {
    const client = new Client(path, reads);
    clients.push(client);
    return client;
  }
  const record = (count: number): void => {
    for (let done = 0; done < count; done++) {
      const detail = 'x'.repeat(500);
      history.add({ kind: 'scriptJudged', script: 's', at: now, outcome: 'failed', detail });
    }
  };
  /** Real time for the loop, and time on the server's own clock. */
  async function pass(ms: number): Promise<void> {
    now = micros(now + ms * 1000);
    await pause(30);
  }

  test('answers in the order of the requests, each with its id', async () => {
    const client = open().send(
      '{"op":"status","id":1}',
      '{"op":"nope","id":"two"}',
      '{"op":"metrics"}',
    );
    await until('three answers', () => client.answers.length === 3);
    const ids = client.answers.map(({ schema, id, ok }) => [schema, id, ok]);
    assert.deepEqual(ids, [
      [1, 1, true],
      [1, 'two', false],
      [1, undefined, true],
    ]);
  });

  test('waits for an answer that takes its time, and passes over one for a client that left', async () => {
    let reply: Reply = () => {};
    handle = (_request, later) => {
      reply = later;
    };
    const client = open().send('{"op":"reload"}', '{"op":"status"}');
    await until('the request', () => figures.requests > 0);
    await pause(50);
    assert.equal(client.answers.length, 0);
    handle = (request, now) => now({ ok: true, result: request.op });
    reply({ ok: true, result: 'later' });
    await until('both answers', () => client.answers.length === 2);
    const results = client.answers.map((answer) => answer.ok && answer.result);
    assert.deepEqual(results, ['later', 'status']);
    client.send('{"op":"reload"}');
    client.socket.destroy();
    await pause(50);
    reply({ ok: true, result: 'again' });
  });

  test('charges for what is put together later, and does so for nobody who has left', async () => {
    const replies: Reply[] = [];
    handle = (_request, reply) => void replies.push(reply);
    let made = 0;
    const costly = (): Outcome => {
      made++;
      now = micros(now + 500_000);
      return { ok: true, result: 'later' };
    };
    const client = open().send('{"op":"status"}');
    await until('the request', () => replies.length === 1);
    replies[0]?.(costly);
    await until('the answer', () => client.answers.length === 1);
    client.send('{"op":"status"}');
    await pause(300);
    assert.deepEqual([made, replies.length], [1, 1]);
    // A purse that is 0.4 s in debt gets 30 ms a second.
    now = micros(now + 20e6);
    await until('the next request', () => replies.length === 2);
    server.close();
    replies[1]?.(costly);
    assert.equal(made, 1);
  });

  test('cuts off what is no request, or longer than one may be', async () => {
    const rubbish = open().send('rubbish', '{"op":"status"}');
    await until('the end', () => rubbish.ended);
    assert.deepEqual(rubbish.errors, ['malformed']);
    const endless = open();
    for (let part = 0; part < 64; part++) endless.socket.write('x'.repeat(1024));
    await until('the end', () => endless.ended);
    assert.deepEqual(endless.errors, ['malformed']);
    const longest = open();
    longest.send(`{"op":"status","x":"${'y'.repeat(4095 - 23)}"}`);
    await until('an answer', () => longest.answers.length === 1);
    assert.equal(longest.answers[0]?.ok, true);
    const mistaken = open();
    for (let count = 0; count < 8; count++) mistaken.send('{"op":"explain"}');
    await until('the end', () => mistaken.ended);
    assert.equal(mistaken.errors.length, 8);
    assert.deepEqual(handled.length, 1);
  });

  test('keeps places for those who may change something', async () => {
    rights = 'read';
    const readers = Array.from({ length: 12 }, () => open().send('{"op":"status"}'));
    await until('answers', () => readers.every(({ answers }) => answers.length === 1));
    const surplus = open();
    await until('the refusal', () => surplus.ended);
    assert.deepEqual(surplus.errors, ['busy']);
    rights = 'change';
    const changers = Array.from({ length: 4 }, () => open().send('{"op":"drain"}'));
    await until('answers', () => changers.every(({ answers }) => answers.length === 1));
    const last = open();
    await until('the refusal', () => last.ended);
    assert.deepEqual(last.errors, ['busy']);
    readers[0]?.socket.destroy();
    await pause(50);
    const next = open().send('{"op":"status"}');
    await until('an answer', () => next.answers.length === 1);
  });

  test('lets others only read', async () => {
    rights = 'read';
    const ops = ['drain', 'undrain', 'reload', 'upgrade'].map((op) => `{"op":"${op}"}`);
    const named = ['handover', 'priority'].map((op) => `{"op":"${op}","instance":"a"}`);
    const client = open().send(...ops, ...named, '{"op":"status"}');
    await until('answers', () => client.answers.length === 7);
    assert.deepEqual(client.errors, Array(6).fill('forbidden'));
    assert.deepEqual(handled, [{ op: 'status' }]);
  });

  test('answers no more than its purse pays for, whatever is asked', async () => {
    const client = open();
    for (let count = 0; count < 5000; count++) client.send('{"op":"status"}');
    await until('what a full purse pays for', () => handled.length >= 400);
    await pause(200);
    // 100 ms, of which a request costs at least 0.2 and reading a little.
    const first = handled.length;
    assert(first <= 501, `${first}`);
    await pass(1000);
    await pause(100);
    // 30 ms more.
    assert(handled.length - first <= 151, `${handled.length - first}`);
    assert(handled.length - first > 70, `${handled.length - first}`);
  });

  test('answers others while one asks without end', async () => {
    rights = 'read';
    const greedy = open();
    for (let count = 0; count < 5000; count++) greedy.send('{"op":"status"}');
    await until('its purse is empty', () => handled.length > 200);
    await pause(100);
    rights = 'change';
    const other = open().send('{"op":"metrics"}');
    await until('an answer', () => other.answers.length === 1);
  });

  test('begins nothing just before the engine is due, but not for ever', async () => {
    dueUs = 200;
    const client = open().send('{"op":"status"}');
    await until('an answer all the same', () => client.answers.length === 1);
    dueUs = 50_000;
    client.send('{"op":"status"}');
    await until('the second', () => client.answers.length === 2);
  });

  test('pages events, and follows them', async () => {
    record(250);
    const client = open().send('{"op":"events","limit":200,"follow":true,"id":9}');
    await until('two pages', () => client.answers.length === 2);
    record(3);
    await until('the news', () => client.answers.length === 3);
    const pages = client.answers.map((answer) => {
      assert(answer.ok);
      assert.equal(answer.id, 9);
      return answer.result as EventsResult;
    });
    assert.deepEqual(
      pages.map(({ events, last, more, lost }) => [events.length, last, more, lost]),
      [
        [200, 200, true, 0],
        [50, 250, false, 0],
        [3, 253, false, 0],
      ],
    );
    client.send('{"op":"status"}');
    await until('the end of a follower that speaks', () => client.ended);
  });

  test('a follower that does not read costs nothing, and is cut', async () => {
    const sleeper = open('does not read').send('{"op":"events","follow":true}');
    const dropped = figures.refused.dropped ?? 0;
    await until('the request', () => figures.requests > 0);
    for (let round = 0; round < 10; round++) {
      record(100);
      await pass(100);
    }
    await pass(11_000);
    await until('the cut', () => (figures.refused.dropped ?? 0) === dropped + 1);
    sleeper.socket.resume();
    await until('the end', () => sleeper.ended);
  });

  test('a client that begins a request and does not end it is cut; an idle one is not', async () => {
    const slow = open();
    slow.socket.write('{"op":');
    const idle = open().send('{"op":"status"}');
    await until('an answer', () => idle.answers.length === 1);
    await pass(6000);
    await until('the cut', () => slow.ended);
    assert.equal(idle.ended, false);
    await pass(400_000);
    await until('the end of the idle one', () => idle.ended);
  });

  test('closing tells everybody, and frees the path', async () => {
    const client = open().send('{"op":"status"}');
    await until('an answer', () => client.answers.length === 1);
    server.close();
    await until('the end', () => client.ended);
    const late = open();
    await until('nobody is there', () => late.ended);
  });
});
