import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { read } from '../../src/config/keepalived/test-support.ts';
import type { ServerAction } from '../../src/core/balance/director-types.ts';
import type { ServiceId } from '../../src/core/balance/plane.ts';
import type { CheckUser } from '../../src/core/balance/users.ts';
import { Stage } from './stage.ts';

// Changes of single virtual servers come to what a reload of the whole comes to.

const SETTLED_SECONDS = 120;
const CHECKS = [
  '',
  'TCP_CHECK {\nretry 1\ndelay_before_retry 2\n}',
  'TCP_CHECK {\nretry 1\ndelay_before_retry 2\nlog_all_failures\n}',
  // The same question at another pace.
  'TCP_CHECK {\ndelay_loop 20\nretry 1\ndelay_before_retry 2\n}',
  'TCP_CHECK {\nretry 1\ndelay_before_retry 2\nalpha\n}',
];
const WORDS = ['lvs_sched rr', 'lvs_sched wlc', 'quorum 2', 'persistence_timeout 60', 'alpha'];

interface Service {
  readonly words: string;
  readonly servers: ReadonlyMap<number, string>;
}

/** By the last byte of the address; all share a few servers. */
type Services = ReadonlyMap<number, Service>;

const someService: fc.Arbitrary<Service> = fc
  .tuple(
    fc.constantFrom(...WORDS),
    fc.array(fc.tuple(fc.integer({ min: 2, max: 6 }), fc.constantFrom(...CHECKS)), {
      ...{ minLength: 1, maxLength: 4 },
    }),
  )
  .map(([words, servers]) => ({ words, servers: new Map(servers) }));

type Step =
  | { readonly kind: 'change'; readonly services: readonly (readonly [number, Service | null])[] }
  | { readonly kind: 'server'; readonly server: number; readonly state: 'up' | 'down' }
  | { readonly kind: 'order'; readonly server: number; readonly action: ServerAction };

const someSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        services: fc.array(
          fc.tuple(fc.integer({ min: 1, max: 4 }), fc.option(someService, { freq: 3 })),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    },
    fc.record({
      kind: fc.constant('server' as const),
      server: fc.integer({ min: 2, max: 6 }),
      state: fc.constantFrom('up' as const, 'down' as const),
    }),
    fc.record({
      kind: fc.constant('order' as const),
      server: fc.integer({ min: 2, max: 6 }),
      action: fc.constantFrom<ServerAction>(
        { kind: 'disable', connections: 'drain' },
        { kind: 'enable' },
        { kind: 'weigh', weight: 3 },
      ),
    }),
  ),
  { minLength: 1, maxLength: 12 },
);

function textOf(last: number, { words, servers }: Service): string {
  const real = [...servers].map(
    ([server, check]) => `real_server 10.0.1.${server} 80 {\nweight 1\n${check}\n}`,
  );
  return `virtual_server 10.0.0.${last} 80 {\ndelay_loop 10\nprotocol TCP\n${words}\n${real.join('\n')}\n}`;
}

const wholeOf = (services: Services): string =>
  [...services].map(([last, service]) => textOf(last, service)).join('\n');

function changeSingly(stage: Stage, before: Services, after: Services): void {
  const isNew = (last: number, service: Service): boolean => {
    const old = before.get(last);
    return old === undefined || textOf(last, old) !== textOf(last, service);
  };
  const changed = new Map([...after].filter(([last, service]) => isNew(last, service)));
  const gone = [...before.keys()].filter((last) => !after.has(last));
  const { virtualServers } = read(wholeOf(changed)).loadBalancing;
  const removed = gone.map((last) => `tcp 10.0.0.${last}:80` as ServiceId);
  stage.feed({ kind: 'serversChanged', changed: virtualServers, removed });
}

/** All that there is, whatever its order. */
function stateOf({ director, kernel }: Stage): unknown {
  const nameOf = (user: CheckUser): string =>
    user.kind === 'track' ? user.name : `${user.pool.id} ${user.server.id} ${user.check}`;
  return {
    kernel: new Map([...kernel].sort(([a], [b]) => (a < b ? -1 : 1))),
    pools: new Map(
      director.pools.map(({ id, quorum, servers }) => [
        id,
        [quorum, servers.map((one) => [one.id, one.state, one.weight, one.disabled, one.model])],
      ]),
    ),
    checks: new Map(
      [...director.board.entries()].map(({ id, users, failures, checker }) => [
        id,
        [users.map(nameOf).sort(), failures, checker.verdict],
      ]),
    ),
  };
}

describe('changes of single virtual servers', () => {
  test('come to what a reload of the whole comes to', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const [whole, singly] = [new Stage(), new Stage()];
        let services: Services = new Map();
        for (const stage of [whole, singly]) stage.configure('');
        for (const step of steps) {
          if (step.kind === 'change') {
            const next = new Map(services);
            for (const [last, service] of step.services) {
              if (service === null) next.delete(last);
              else next.set(last, service);
            }
            whole.configure(wholeOf(next));
            changeSingly(singly, services, next);
            services = next;
          }
          for (const stage of [whole, singly]) {
            if (step.kind === 'server') stage.set(`10.0.1.${step.server}:80`, step.state);
            if (step.kind === 'order') stage.order(`10.0.1.${step.server}:80`, step.action);
            stage.run(SETTLED_SECONDS);
          }
          assert.deepEqual(stateOf(singly), stateOf(whole));
          assert.deepEqual(singly.news().sort(), whole.news().sort());
        }
      }),
      { numRuns: 60 },
    );
  });

  test('leave alone whatever they do not name', () => {
    const check = 'TCP_CHECK {\n}';
    const service = (server: number): Service => ({
      words: 'lvs_sched rr',
      servers: new Map([[server, check]]),
    });
    const before: Services = new Map([
      [1, service(2)],
      [2, service(3)],
    ]);
    const stage = new Stage().configure(wholeOf(before)).run(SETTLED_SECONDS);
    const [kept] = stage.director.pools;
    stage.asked();
    changeSingly(stage, before, new Map([...before, [2, service(4)], [3, service(2)]]));
    assert.equal(stage.director.pools[0], kept);
    assert.deepEqual(
      stage.director.pools.map(({ id }) => id),
      ['tcp 10.0.0.1:80', 'tcp 10.0.0.2:80', 'tcp 10.0.0.3:80'],
    );
    assert.equal(stage.servers('tcp 10.0.0.2:80'), '10.0.1.4:80*1');
    stage.run(SETTLED_SECONDS);
    assert.ok(!stage.asked().some((question) => question.includes('10.0.1.3')));
  });

  test('tell of a server that comes back because its failed check is taken away', () => {
    const service = (check: string): Services =>
      new Map([[1, { words: 'lvs_sched rr', servers: new Map([[2, check]]) }]]);
    const [checked, unchecked] = [service('TCP_CHECK {\n}'), service('')];
    const stage = new Stage().configure(wholeOf(checked)).set('10.0.1.2:80', 'down');
    stage.run(SETTLED_SECONDS).news();
    changeSingly(stage, checked, unchecked);
    assert.equal(stage.servers('tcp 10.0.0.1:80'), '10.0.1.2:80*1');
    assert.ok(stage.news().includes('10.0.1.2:80 up by reload'));
  });
});
