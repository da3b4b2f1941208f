import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.ts';
import { micros } from '../../src/base/time.ts';
import { KnownBlocks } from '../../src/config/keepalived/known-blocks.ts';
import { read } from '../../src/config/keepalived/test-support.ts';
import type { LoadBalancing } from '../../src/config/model/virtual-server.ts';
import { Director } from '../../src/core/balance/director.ts';
import type { DirectorEffect } from '../../src/core/balance/director-types.ts';
import { foreseeServices } from '../../src/core/balance/foreseen.ts';

/** What the pools say: of a process that goes on with what another one knew, which was nothing. */
function saidByPools(model: LoadBalancing) {
  const effects: DirectorEffect[] = [];
  const carried = { checks: [], orders: [], quorums: [] };
  new Director(createRng(1)).handle(micros(1), { kind: 'configured', model, carried }, effects);
  return effects.flatMap((one) => (one.kind === 'realize' ? one.desired : []));
}

const READ = { known: new KnownBlocks() };

function server(place: string, ...lines: readonly string[]): string {
  return `virtual_server ${place} {\n  protocol TCP\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

const real = (place: string, body = 'weight 2'): string =>
  `real_server ${place} {\n    ${body}\n  }`;

test('only the pools tell who begins down, who stands in, and what other things than questions say', () => {
  const sorry = 'sorry_server 10.1.0.9 80';
  for (const [lines, is] of [
    [[real('10.1.0.1 80')], 'foreseen'],
    [[real('10.1.0.1 80', 'TCP_CHECK {\n    }')], 'foreseen'],
    [['alpha', real('10.1.0.1 80', 'TCP_CHECK {\n    }')], 'told by pools'],
    [[sorry, real('10.1.0.1 80')], 'told by pools'],
    [['quorum 2', 'hysteresis 1', real('10.1.0.1 80')], 'told by pools'],
    [[real('10.1.0.1 80', 'weight 0')], 'told by pools'],
    [[real('10.1.0.1 80', 'FILE_CHECK {\n      track_file f\n    }')], 'told by pools'],
  ] as const) {
    const text = `track_file f {\n  file /tmp/f\n}\n${server('10.0.0.1 80', ...lines)}`;
    const { loadBalancing } = read(text, {}, READ);
    const services = foreseeServices(loadBalancing);
    assert.equal(services === undefined ? 'told by pools' : 'foreseen', is, text);
  }
});

test('what is foreseen is what the pools say, and the kernel is told once', () => {
  const body = fc.constantFrom(
    ...['weight 3', 'weight 0', 'TCP_CHECK {\n    }', 'TCP_CHECK {\n      alpha\n    }'],
    ...['uthreshold 9', 'inhibit_on_failure', 'lvs_method DR', 'lvs_method TUN type gue port 6080'],
  );
  const line = fc.oneof(
    fc.tuple(fc.nat(9), body).map(([host, one]) => real(`10.1.0.${host + 1} 80`, one)),
    fc.nat(9).map((host) => real(`10.1.0.${host + 1} 80`)),
    fc.constantFrom('lvs_method none', 'persistence_timeout 50', 'ops', 'lvs_sched sh', 'quorum 3'),
  );
  const place = fc.constantFrom('10.0.0.1 80', '10.0.0.2 80', 'fwmark 7', 'group G', 'group H');
  const one = fc.tuple(place, fc.array(line, { minLength: 1, maxLength: 5 }));
  const groups = 'virtual_server_group G {\n  10.0.0.1-2 80\n  fwmark 7\n}\n';
  const others = 'virtual_server_group H {\n  10.0.0.7 80\n}\n';
  let foreseen = 0;
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (servers) => {
      const text = groups + others + servers.map(([at, lines]) => server(at, ...lines)).join('');
      const { loadBalancing } = read(text, {}, READ);
      const services = foreseeServices(loadBalancing);
      if (services !== undefined) {
        foreseen++;
        assert.deepEqual(services, saidByPools(loadBalancing));
      }
      const orders: DirectorEffect[] = [];
      const input = { kind: 'configured', model: loadBalancing } as const;
      new Director(createRng(1)).handle(micros(1), input, orders);
      const told = orders.filter(({ kind }) => kind === 'realize').length;
      assert(told <= 1, `the kernel is told ${told} times`);
    }),
    { numRuns: 500 },
  );
  assert(foreseen > 50, `${foreseen} were foreseen`);
});
