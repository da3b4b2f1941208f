import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../src/base/rng.ts';
import { type Micros, millis } from '../../src/base/time.ts';
import { type ConnectFailure, Connecting } from '../../src/core/proxy/connecting.ts';
import { Dispatcher } from '../../src/core/proxy/dispatcher.ts';
import type { LiveServer } from '../../src/core/proxy/live.ts';
import { backendOf, type LiveBackend, serverLines } from './live.ts';

/** Sessions that look for servers of one backend, on virtual time; what they do is written down. */
class Stage {
  readonly backend: LiveBackend;
  readonly dispatcher: Dispatcher;
  #now = millis(1000);
  #log: string[] = [];
  #sessions: Connecting[] = [];
  /** What becomes of whoever's try has failed, before it tries again. */
  onTryFailed: (session: Connecting, now: Micros) => void = () => {};

  constructor(lines: string) {
    this.backend = backendOf(lines);
    const { proxy, back } = this.backend;
    this.dispatcher = new Dispatcher(proxy, back, createRng(1));
  }

  /** `hash`: what the balancer hashes. */
  open(name: string, hash?: number): Connecting {
    const session: Connecting = new Connecting(
      this.dispatcher,
      {
        connect: (server) => this.#log.push(`${name}>${server.config.name}`),
        abandon: () => this.#log.push(`${name} abandons`),
        onConnected: (server) => this.#log.push(`${name}=${server.config.name}`),
        onFruitless: (reason) => this.#log.push(`${name} ${reason}`),
        onTryFailed: () => this.onTryFailed(session, this.#now),
      },
      this.#now,
      hash === undefined ? {} : { hash },
    );
    this.#sessions.push(session);
    session.start(this.#now);
    return session;
  }

  succeed(session: Connecting): void {
    session.connected(this.#now);
  }

  fail(session: Connecting, failure: ConnectFailure = 'refused'): void {
    session.failed(this.#now, failure);
  }

  close(name: string): void {
    this.dispatcher.release(this.#now, this.backend.server(name));
  }

  change(name: string, change: (server: LiveServer) => void): void {
    change(this.backend.server(name));
    this.dispatcher.refresh(this.#now);
  }

  run(milliseconds: number): void {
    const end = this.#now + milliseconds * 1000;
    for (;;) {
      const dues = this.#sessions.flatMap((session) => session.nextDeadline() ?? []);
      const next = Math.min(...dues);
      if (!(next <= end)) break;
      this.#now = next as Micros;
      for (const session of this.#sessions) session.expire(this.#now);
    }
    this.#now = end as Micros;
  }

  take(): string {
    return this.#log.splice(0).join(', ');
  }
}

describe('the search for a server', () => {
  test('one that connects has a slot until it is given back', () => {
    const stage = new Stage(serverLines(2));
    const session = stage.open('x');
    stage.succeed(session);
    assert.equal(stage.take(), 'x>a, x=a');
    assert.equal(stage.backend.server('a').counters.current, 1);
    stage.close('a');
    assert.equal(stage.backend.server('a').counters.current, 0);
  });

  test('refused: the same again after a second, as often as retries say', () => {
    const stage = new Stage(`retries 2\n${serverLines(1)}`);
    const session = stage.open('x');
    stage.fail(session);
    assert.equal(stage.take(), 'x>a');
    stage.run(999);
    assert.equal(stage.take(), '');
    stage.run(1);
    assert.equal(stage.take(), 'x>a');
    stage.fail(session);
    stage.run(1000);
    stage.fail(session);
    assert.equal(stage.take(), 'x>a, x refused');
    const { counters } = stage.backend.server('a');
    assert.deepEqual([counters.retries, counters.connectErrors, counters.current], [2, 1, 0]);
  });

  test('redispatch by turns: another one at once', () => {
    const stage = new Stage(`option redispatch\n${serverLines(2)}`);
    const session = stage.open('x');
    stage.fail(session);
    assert.equal(stage.take(), 'x>a, x>b');
    assert.ok(session.redispatched);
    assert.equal(stage.backend.server('a').counters.redispatches, 1);
  });

  test('redispatch where clients have their servers: at the last try only', () => {
    const stage = new Stage(
      `balance source\nhash-type consistent\noption redispatch\nretries 2\n${serverLines(2)}`,
    );
    const session = stage.open('x', 3);
    stage.fail(session);
    stage.run(1000);
    stage.fail(session);
    assert.equal(stage.take(), 'x>a, x>a, x>b');
    assert.ok(session.redispatched);
  });

  test('redispatch to whom the hash says again: a try without a pause, and no other server', () => {
    const stage = new Stage(`balance source\noption redispatch\nretries 1\n${serverLines(2)}`);
    const session = stage.open('x', 0);
    stage.fail(session);
    assert.equal(stage.take(), 'x>a, x>a');
    const { counters } = stage.backend.server('a');
    assert.deepEqual([counters.retries, counters.redispatches, counters.chosen], [1, 0, 1]);
    assert.ok(!session.redispatched);
  });

  test('a connection that does not come is given up after timeout connect', () => {
    const stage = new Stage(`retries 0\n${serverLines(1)}`);
    stage.open('x');
    stage.run(2000);
    assert.equal(stage.take(), 'x>a, x abandons, x timeout');
  });

  test('who is ended by what others learn of its failure gives its slot back, and tries no more', () => {
    const stage = new Stage(`retries 3\n${serverLines(1, 'maxconn 1')}`);
    const [x, y] = [stage.open('x'), stage.open('y')];
    stage.onTryFailed = (session, now) => session.cancel(now);
    stage.fail(x);
    stage.run(1500);
    assert.equal(stage.take(), 'x>a, x abandons, y>a');
    assert.ok(x.isOver && !y.isOver);
    assert.equal(stage.backend.server('a').counters.current, 1);
  });

  test('nobody is in service', () => {
    const stage = new Stage(serverLines(1));
    stage.change('a', ({ health }) => {
      health.operational = 'stopped';
    });
    stage.open('x');
    assert.equal(stage.take(), 'x no-server');
  });

  test('who finds no slot waits for the first that is free, in order', () => {
    const stage = new Stage(serverLines(2, 'maxconn 1'));
    for (const name of ['v', 'w', 'x', 'y']) stage.open(name);
    assert.equal(stage.take(), 'v>a, w>b');
    assert.equal(stage.backend.back.counters.queued, 2);
    stage.close('b');
    stage.close('a');
    assert.equal(stage.take(), 'x>b, y>a');
    assert.equal(stage.backend.back.counters.queued, 0);
  });

  test('the wait for a slot has its limit', () => {
    const stage = new Stage(`timeout queue 500ms\n${serverLines(1, 'maxconn 1')}`);
    stage.succeed(stage.open('v'));
    stage.open('w');
    stage.run(500);
    assert.equal(stage.take(), 'v>a, v=a, w queue-timeout');
  });

  test('who has waited for a slot has all the time to connect', () => {
    const stage = new Stage(`timeout queue 5s\nretries 0\n${serverLines(1, 'maxconn 1')}`);
    stage.succeed(stage.open('v'));
    stage.open('w');
    stage.run(4000);
    stage.close('a');
    stage.run(1999);
    assert.equal(stage.take(), 'v>a, v=a, w>a');
    stage.run(1);
    assert.equal(stage.take(), 'w abandons, w timeout');
  });

  test('a client that goes leaves the queue', () => {
    const stage = new Stage(serverLines(1, 'maxconn 1'));
    stage.succeed(stage.open('v'));
    stage.open('w').cancel(millis(1000));
    stage.open('x');
    stage.close('a');
    assert.equal(stage.take(), 'v>a, v=a, x>a');
  });

  test('those who wait for a server that goes down take another one', () => {
    const stage = new Stage(`balance source\n${serverLines(2, 'maxconn 1')}`);
    stage.succeed(stage.open('v', 0));
    stage.open('w', 0);
    assert.equal(stage.backend.server('a').counters.queued, 1);
    stage.change('a', ({ health }) => {
      health.operational = 'stopped';
    });
    assert.equal(stage.take(), 'v>a, v=a, w>b');
  });

  test('a queue that is full turns away', () => {
    const stage = new Stage(`balance source\n${serverLines(1, 'maxconn 1 maxqueue 1')}`);
    stage.succeed(stage.open('v', 0));
    stage.open('w', 0);
    stage.open('x', 0);
    assert.equal(stage.take(), 'v>a, v=a, x queue-full');
  });
});
