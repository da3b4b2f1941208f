import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros } from '../../src/base/time.ts';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import type { ProxyConfig } from '../../src/config/model/proxy.ts';
import { slotsOf } from '../../src/core/proxy/balance/capacity.ts';
import { buildLive } from '../../src/core/proxy/build-live.ts';
import type { LiveConfig } from '../../src/core/proxy/live.ts';
import { RateMeter } from '../../src/core/proxy/rate-meter.ts';
import { processesFor, servedByLead } from '../../src/core/proxy/workers/alone.ts';
import { mergeLive, serverIn } from '../../src/core/proxy/workers/merge.ts';
import { shareOf } from '../../src/core/proxy/workers/place.ts';
import { applyStanding, standingOf } from '../../src/core/proxy/workers/standing.ts';
import { settleTally, type Tally, takeTally } from '../../src/core/proxy/workers/tally.ts';

const NOW = micros(5_200_000);

function read(text: string): ProxyConfig {
  const files = createMemoryFiles({ f: `${text}\n` });
  return readHaproxy({ paths: ['f'], files }).config;
}

function liveOf(text: string, index: number, count: number): LiveConfig {
  return buildLive(read(text), NOW, { index, count });
}

/** Names of those that the leading one of two processes has to itself. */
function lone(text: string): readonly string[] {
  const config = read(text);
  const ids = servedByLead(config, { index: 0, count: 2 });
  return config.proxies.filter(({ id }) => ids.has(id)).map(({ name }) => name);
}

const TIMES = 'defaults\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n';
const server = (words = ''): string => ` server s 127.0.0.1:1 ${words}\n`;

describe('limits that several processes share', () => {
  test('the shares of all are the limit, and nobody has none', () => {
    const shares = (limit: number, count: number): number[] =>
      Array.from({ length: count }, (_, index) => shareOf(limit, { index, count }));
    assert.deepEqual(shares(10, 3), [4, 3, 3]);
    assert.deepEqual(shares(0, 2), [0, 0]);
    assert.deepEqual(shares(1, 2), [1, 1]);
  });

  test('a server has its share of places in each process', () => {
    const text = `${TIMES}listen l\n bind :1\n${server('maxconn 7')}`;
    const slots = [0, 1].map((index) => {
      const [proxy] = liveOf(text, index, 2).proxies;
      const [only] = proxy?.back?.servers ?? [];
      return only && slotsOf(only);
    });
    assert.deepEqual(slots, [4, 3]);
  });
});

describe('what one process has to itself', () => {
  const shared = `listen shared\n bind :1\n${server()}`;

  test('frontends by which statistics can be asked', () => {
    const stats = 'listen stats\n mode http\n bind :2\n stats uri /\n';
    const exporter =
      'frontend m\n mode http\n bind :3\n http-request use-service prometheus-exporter\n';
    assert.deepEqual(lone(`${TIMES}${shared}${stats}${exporter}`), ['stats', 'm']);
  });

  test('those that reach a server with fewer places than processes, and its backend', () => {
    const fronts = 'frontend a\n bind :2\n use_backend tight if TRUE\n default_backend wide\n';
    const backs = `backend tight\n${server('maxconn 1')}backend wide\n${server()}`;
    assert.deepEqual(lone(`${TIMES}${shared}${fronts}${backs}`), ['a', 'tight', 'wide']);
  });

  test('those that share a queue with one of them', () => {
    const one = 'frontend one\n mode http\n bind :2\n stats enable\n default_backend b\n';
    const other = 'frontend other\n mode http\n bind :3\n default_backend b\n';
    const back = (words: string): string => `backend b\n mode http\n${server(words)}`;
    assert.deepEqual(lone(`${TIMES}${one}${other}${back('')}`), ['one']);
    assert.deepEqual(lone(`${TIMES}${one}${other}${back('maxconn 50')}`), ['one', 'other', 'b']);
  });

  test('others have no listening socket of it, and its limits are whole', () => {
    const live = liveOf(`${TIMES}${shared}listen t\n bind :2\n${server('maxconn 1')}`, 1, 2);
    const told = live.proxies.map(({ accepts, place }) => [accepts, place.count]);
    assert.deepEqual(told, [
      ['here', 2],
      ['elsewhere', 1],
    ]);
  });

  test('where there is nothing to share one process is enough', () => {
    const text = `global\n nbthread 2\n${TIMES}listen t\n bind :2\n${server('maxconn 1')}`;
    assert.equal(processesFor(read(text)), 1);
    assert.equal(processesFor(read(`${text}${shared}`)), 2);
    assert.equal(processesFor(read(`global\n nbthread 2\n maxconn 1\n${TIMES}${shared}`)), 1);
  });
});

describe('what all have counted', () => {
  const text = `${TIMES}listen l\n option socket-stats\n bind :1\n${server()}`;

  function counting(index: number, many: number): LiveConfig {
    const live = liveOf(text, index, 2);
    const [proxy] = live.proxies;
    const [only] = proxy?.back?.servers ?? [];
    assert.ok(proxy?.front && proxy.back && only);
    live.connections = many;
    proxy.front.counters.sessions = many;
    proxy.front.counters.current = 1;
    proxy.front.counters.responses[2] = many;
    Object.assign(only.counters, { bytesIn: 10 * many, sessions: many, lastChosenUs: many });
    only.averages.total = many;
    for (let count = 0; count < many; count++) only.sessionRate.count(NOW);
    return live;
  }

  const ofAnother = (many: number): Tally =>
    JSON.parse(JSON.stringify(takeTally(counting(1, many))));

  test('is added, and the latest and the mean are what they are of all', () => {
    const own = counting(0, 1);
    const merged = mergeLive(own, [ofAnother(3)]);
    const [proxy] = merged.proxies;
    const [only] = proxy?.back?.servers ?? [];
    assert.equal(merged.connections, 4);
    assert.equal(proxy?.front?.counters.sessions, 4);
    assert.equal(proxy?.front?.counters.current, 2);
    assert.equal(proxy?.front?.counters.responses[2], 4);
    assert.equal(proxy?.front?.listeners.length, 1);
    assert.deepEqual(
      [only?.counters.bytesIn, only?.counters.lastChosenUs, only?.averages.total],
      [40, 3, 2.5],
    );
    assert.deepEqual([only?.sessionRate.rate(NOW), only?.sessionRate.most], [4, 4]);
    assert.equal(only?.proxy, proxy);
    assert.equal(merged.byName.get('l')?.[0], proxy);
    assert.equal(own.proxies[0]?.front?.counters.sessions, 1);
    assert.equal(only && serverIn(own, only), own.proxies[0]?.back?.servers[0]);
  });

  test('stays when a process has ended, but for what was under way', () => {
    const merged = mergeLive(counting(0, 1), [settleTally(ofAnother(3))]);
    const { counters } = merged.proxies[0]?.front ?? {};
    assert.deepEqual([counters?.sessions, counters?.current], [4, 1]);
  });

  test('a rate is that of the same second', () => {
    const early = new RateMeter();
    early.count(micros(4_900_000));
    const late = new RateMeter();
    late.count(NOW);
    late.count(NOW);
    assert.equal(RateMeter.sum([early.export(), late.export()]).rate(micros(5_500_000)), 2);
    assert.equal(RateMeter.sum([early.export(), late.export()]).rate(micros(5_000_000)), 3);
  });
});

test('a server stands elsewhere as it stands here', () => {
  const text = `${TIMES}listen l\n bind :1\n${server('check')}`;
  const serverOf = (live: LiveConfig) => {
    const [only] = live.proxies[0]?.back?.servers ?? [];
    assert.ok(only);
    return only;
  };
  const [here, there] = [serverOf(liveOf(text, 0, 2)), serverOf(liveOf(text, 1, 2))];
  here.health.operational = 'stopped';
  here.health.admin.add('maint');
  Object.assign(here, { userWeight: 3, maxconn: 9, port: 2 });
  applyStanding(there, JSON.parse(JSON.stringify(standingOf(here))));
  assert.deepEqual(standingOf(there), standingOf(here));
  assert.equal(there.health.admin.has('maint'), true);
});
