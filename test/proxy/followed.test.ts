import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { factsOf } from '../../src/core/proxy/followed.ts';
import type { LiveConfig, LiveServer } from '../../src/core/proxy/live.ts';
import { liveOf, serverLines } from './live.ts';

const DEFAULTS = 'defaults\ntimeout connect 2s\ntimeout client 5s\ntimeout server 5s\n';

function serversOf(live: LiveConfig, name: string): readonly LiveServer[] {
  return (live.byName.get(name) ?? []).flatMap(({ back }) => back?.servers ?? []);
}

describe('what a virtual router is told of proxies', () => {
  test('a frontend is open unless it is paused or stopped', () => {
    const live = liveOf(`${DEFAULTS}frontend f\nbind 127.0.0.1:80\ndefault_backend b\nbackend b\n`);
    assert.deepEqual(factsOf(live, 'f'), { proxy: 'f', front: 'open' });
    for (const state of ['paused', 'stopped'] as const) {
      for (const proxy of live.proxies) proxy.state = state;
      assert.deepEqual(factsOf(live, 'f'), { proxy: 'f', front: 'closed' });
    }
  });

  test('servers with checks are unjudged until the first has been answered', () => {
    const live = liveOf(`${DEFAULTS}backend b\n${serverLines(3, 'check')}\nserver x 10.0.1.1:80\n`);
    const servers = (): unknown => factsOf(live, 'b')?.servers;
    assert.deepEqual(servers(), { all: 4, up: 1, unjudged: 3 });
    const [first, second, third] = serversOf(live, 'b');
    assert(first !== undefined && second !== undefined && third !== undefined);
    first.health.last.status = 'L4OK';
    second.health.last.status = 'L4CON';
    second.health.operational = 'stopped';
    assert.deepEqual(servers(), { all: 4, up: 2, unjudged: 1 });
    third.health.admin.add('maint');
    first.health.admin.add('drain');
    assert.deepEqual(servers(), { all: 4, up: 1, unjudged: 0 });
  });

  test('a server that follows another one waits for its first check', () => {
    const live = liveOf(
      `${DEFAULTS}backend a\nserver one 10.0.0.1:80 check\nbackend b\nserver two 10.0.0.1:81 track a/one\n`,
    );
    assert.deepEqual(factsOf(live, 'b')?.servers, { all: 1, up: 0, unjudged: 1 });
    for (const { health } of serversOf(live, 'a')) health.last.status = 'L4OK';
    assert.deepEqual(factsOf(live, 'b')?.servers, { all: 1, up: 1, unjudged: 0 });
  });

  test('proxies of one name are told of together, and a name that nobody has as such', () => {
    const live = liveOf(
      `${DEFAULTS}frontend api\nbind 127.0.0.1:80\ndefault_backend api\nbackend api\n${serverLines(2)}\n`,
    );
    assert.deepEqual(factsOf(live, 'api'), {
      proxy: 'api',
      front: 'open',
      servers: { all: 2, up: 2, unjudged: 0 },
    });
    assert.equal(factsOf(live, 'other'), undefined);
  });
});
