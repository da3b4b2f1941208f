import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../../base/secret.ts';
import { micros, seconds } from '../../base/time.ts';
import { VirtualRouter } from './machine.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import type { VrrpEffect, VrrpInput } from './types.ts';

test('the same advert is judged anew once something else is asked of it', () => {
  const model = testModel();
  const router = new VirtualRouter(model);
  const out: VrrpEffect[] = [];
  const tell = (input: VrrpInput, at = seconds(0)): void => router.handle(at, input, out);
  tell({ kind: 'linkChanged', state: 'up' });
  tell({ kind: 'sourceChanged', source: ip('10.0.0.10') });
  tell({ kind: 'start', listenFrom: micros(0) });
  const heard = { kind: 'advertReceived', advert: testAdvert({ priority: 200 }) } as const;
  tell(heard, seconds(1));
  tell(heard, seconds(2));
  assert.equal(router.snapshot().statistics.advertsReceived, 2);
  const until = router.nextDeadline();

  const secret = { kind: 'simple', password: new Secret('secret') } as const;
  const guard = { kind: 'none' } as const;
  tell({ kind: 'reconfigured', model: { ...model, authentication: secret }, guard }, seconds(2));
  tell(heard, seconds(3));
  const { statistics } = router.snapshot();
  assert.equal(statistics.advertsReceived, 2);
  assert.equal(statistics.authTypeMismatch, 1);
  assert.equal(router.nextDeadline(), until);

  tell({ kind: 'reconfigured', model, guard }, seconds(3));
  tell(heard, seconds(4));
  assert.equal(router.snapshot().statistics.advertsReceived, 3);
});

test('what was heard before and comes again does what it would if it were new', () => {
  const adverts = [
    testAdvert({ priority: 200 }),
    testAdvert({ priority: 200, source: ip('10.0.0.7') }),
    testAdvert({ priority: 100 }),
    testAdvert({ priority: 50 }),
    testAdvert({ priority: 0 }),
    testAdvert({ priority: 200, addresses: [ip('10.9.9.9')] }),
    testAdvert({ priority: 200, ttl: 3 }),
  ];
  const model = testModel();
  const guard = { kind: 'none' } as const;
  const others: readonly VrrpInput[] = [
    { kind: 'ordered', order: { kind: 'drain' } },
    { kind: 'ordered', order: { kind: 'undrain' } },
    { kind: 'ordered', order: { kind: 'priority', priority: 220 } },
    { kind: 'ordered', order: { kind: 'priority', priority: 10 } },
    { kind: 'linkChanged', state: 'down' },
    { kind: 'linkChanged', state: 'up' },
    { kind: 'reconfigured', model: { ...model, priority: 30 }, guard },
    { kind: 'reconfigured', model: { ...model, preempt: 'nopreempt' }, guard },
    { kind: 'reconfigured', model: { ...model, skipCheckAdvertAddresses: true }, guard },
  ];
  const step = fc.record({
    waitUs: fc.oneof({ weight: 8, arbitrary: fc.nat(400_000) }, fc.nat(8_000_000)),
    advert: fc.option(fc.nat(adverts.length - 1), { nil: undefined, freq: 5 }),
    times: fc.integer({ min: 1, max: 3 }),
    other: fc.nat(others.length - 1),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const run = (isNew: 'each' | 'once'): unknown => {
        const router = new VirtualRouter(model);
        const out: VrrpEffect[] = [];
        const told: unknown[] = [];
        let now = 0;
        const tell = (input: VrrpInput): void => {
          for (let due = router.nextDeadline(); due !== undefined && due <= now; ) {
            router.expire(due, out);
            due = router.nextDeadline();
          }
          router.handle(micros(now), input, out);
          told.push(router.nextDeadline(), router.snapshot());
        };
        tell({ kind: 'linkChanged', state: 'up' });
        tell({ kind: 'sourceChanged', source: ip('10.0.0.10') });
        tell({ kind: 'start', listenFrom: micros(0) });
        for (const { waitUs, advert, times, other } of steps) {
          const heard = advert === undefined ? undefined : adverts[advert];
          for (let time = 0; time < times; time++) {
            now += waitUs;
            if (heard === undefined) tell(others[other] as VrrpInput);
            else tell({ kind: 'advertReceived', advert: isNew === 'each' ? { ...heard } : heard });
          }
        }
        return { told, out };
      };
      assert.deepEqual(run('once'), run('each'));
    }),
    { numRuns: 300 },
  );
});

test('adverts that are told of late count from when they came, each of them', () => {
  const adverts = [
    testAdvert({ priority: 200 }),
    testAdvert({ priority: 50 }),
    testAdvert({ priority: 200, addresses: [ip('10.9.9.9')] }),
    testAdvert({ priority: 200, ttl: 3 }),
  ];
  for (const advert of adverts) {
    const at = [seconds(1), seconds(2), seconds(2), seconds(2)] as const;
    const follow = (inputs: readonly (readonly [ReturnType<typeof seconds>, VrrpInput])[]) => {
      const router = new VirtualRouter(testModel());
      const out: VrrpEffect[] = [];
      router.handle(micros(0), { kind: 'linkChanged', state: 'up' }, out);
      router.handle(micros(0), { kind: 'sourceChanged', source: ip('10.0.0.10') }, out);
      router.handle(micros(0), { kind: 'start', listenFrom: micros(0) }, out);
      for (const [now, input] of inputs) router.handle(now, input, out);
      return { out, snapshot: router.snapshot(), next: router.nextDeadline() };
    };
    const kind = 'advertReceived';
    const promptly = follow(at.map((now) => [now, { kind, advert }]));
    const late = follow([
      [seconds(1), { kind, advert }],
      [seconds(2.2), { kind, advert, heardAt: seconds(2), times: 3 }],
    ]);
    assert.deepEqual(late, promptly);
  }
});
