import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.ts';
import { type Balancer, createBalancer } from '../../src/core/proxy/balance/balancer.ts';
import { hashOfAddress } from '../../src/core/proxy/balance/hashing.ts';
import { roundOf } from '../../src/core/proxy/balance/round.ts';
import { backendOf, type LiveBackend, serverLines } from './live.ts';

function balancerOf(lines: string): LiveBackend & { readonly balancer: Balancer } {
  const backend = backendOf(lines);
  return { ...backend, balancer: createBalancer(backend.proxy, backend.back, createRng(1)) };
}

/** The servers that so many sessions get, each of which ends at once. */
function order({ balancer }: { readonly balancer: Balancer }, count: number): string {
  const names = Array.from({ length: count }, () => {
    const server = balancer.choose({});
    if (server !== undefined) balancer.loadChanged(server);
    return server?.config.name ?? '-';
  });
  return names.join('');
}

describe('balance', () => {
  for (const algorithm of ['roundrobin', 'static-rr', 'leastconn']) {
    test(`${algorithm}: equal servers in the order of the file`, () => {
      assert.equal(order(balancerOf(`balance ${algorithm}\n${serverLines(4)}`), 9), 'abcdabcda');
    });
  }

  test('roundrobin: each as often as its weight says, in every round', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 6 }),
        (weights) => {
          const lines = weights.map(
            (weight, index) => `server s${index} 10.0.0.1:80 weight ${weight}`,
          );
          const { balancer } = balancerOf(lines.join('\n'));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const counts = new Map<string, number>();
          for (let turn = 0; turn < total; turn++) {
            const name = balancer.choose({})?.config.name ?? '';
            counts.set(name, (counts.get(name) ?? 0) + 1);
          }
          for (const [index, weight] of weights.entries())
            assert.ok(Math.abs((counts.get(`s${index}`) ?? 0) - weight) <= 1);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('leastconn: the one with the least for its weight', () => {
    const backend = balancerOf(
      `balance leastconn\n${serverLines(2)}\nserver c 10.0.0.3:80 weight 4`,
    );
    backend.server('a').counters.current = 1;
    backend.server('b').counters.current = 2;
    backend.server('c').counters.current = 3;
    assert.equal(order(backend, 2), 'cc');
  });

  test('whoever is full loses its turns, and has no arrears when it has room again', () => {
    for (const algorithm of ['roundrobin', 'static-rr', 'leastconn']) {
      const backend = balancerOf(`balance ${algorithm}\n${serverLines(3, 'maxconn 1')}`);
      const [a] = backend.back.servers;
      if (a === undefined) throw new Error('no server');
      a.counters.current = 1;
      assert.match(order(backend, 40), /^(bc)+$/, algorithm);
      a.counters.current = 0;
      assert.match(order(backend, 9), /^(abc|acb|bca|bac|cab|cba)\1\1$/, algorithm);
    }
  });

  test('the weights of a round, whatever they have in common', () => {
    const { back } = balancerOf(`${serverLines(2, 'weight 4')}\nserver c 10.0.0.3:80 weight 8`);
    assert.equal(
      roundOf(back.servers)
        .map(({ config }) => config.name)
        .join(''),
      'acbc',
    );
  });

  test('first: the next one when it is full', () => {
    const backend = balancerOf(`balance first\n${serverLines(2, 'maxconn 1')}`);
    assert.equal(order(backend, 2), 'aa');
    backend.server('a').counters.current = 1;
    assert.equal(order(backend, 2), 'bb');
  });

  test('source: 127.0.0.1, .2 and .3 meet the servers that HAProxy gives them', () => {
    const { balancer } = balancerOf(`balance source\n${serverLines(3)}`);
    const met = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map(
      (ip) => balancer.choose({ hash: hashOfAddress(ip as never) })?.config.name,
    );
    assert.equal(met.join(''), 'cab');
  });

  test('consistent hashing moves the clients of the one that goes, and no others', () => {
    const backend = balancerOf(`balance source\nhash-type consistent\n${serverLines(4)}`);
    const { balancer, server } = backend;
    const clients = Array.from({ length: 300 }, (_, index) => index * 7919);
    const before = clients.map((hash) => balancer.choose({ hash })?.config.name);
    server('b').health.operational = 'stopped';
    balancer.refresh();
    for (const [index, hash] of clients.entries()) {
      const name = balancer.choose({ hash })?.config.name;
      if (before[index] === 'b') assert.notEqual(name, 'b');
      else assert.equal(name, before[index]);
    }
  });

  test('backups serve when nobody else does: the first, or all', () => {
    const lines = `server a 10.0.0.1:80\n${['b', 'c'].map((name) => `server ${name} 10.0.0.2:80 backup`).join('\n')}`;
    for (const [option, expected] of [
      ['', 'bbbb'],
      ['option allbackups\n', 'bcbc'],
    ] as const) {
      const backend = balancerOf(`${option}${lines}`);
      assert.equal(order(backend, 2), 'aa');
      backend.server('a').health.operational = 'stopped';
      backend.balancer.refresh();
      assert.equal(order(backend, 4), expected);
    }
  });

  test('who is drained, in maintenance or without weight gets nobody', () => {
    const backend = balancerOf(serverLines(4));
    backend.server('a').health.admin.add('drain');
    backend.server('b').health.admin.add('maint');
    backend.server('c').userWeight = 0;
    backend.balancer.refresh();
    assert.equal(order(backend, 3), 'ddd');
    backend.server('d').health.operational = 'stopping';
    backend.balancer.refresh();
    assert.equal(backend.balancer.choose({}), undefined);
  });

  test('random: all get some, those with more weight more', () => {
    const backend = balancerOf(
      `balance random(1)\n${serverLines(2)}\nserver c 10.0.0.3:80 weight 8`,
    );
    const names = order(backend, 1000);
    assert.ok(names.includes('a') && names.includes('b'));
    assert.ok(names.split('c').length > 600);
  });
});
