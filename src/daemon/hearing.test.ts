import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { Node, NodeEffect, NodeInput } from '../core/node.ts';
import { VirtualRouter } from '../core/vrrp/machine.ts';
import { ip, testAdvert, testModel } from '../core/vrrp/test-model.ts';
import { Hearing } from './hearing.ts';

/** A backup that has heard a master at 0 s, and says hello to other holdfasts every second. */
function setUp() {
  const router = new VirtualRouter(testModel({ fastTakeover: 'on' }));
  const out: NodeEffect[] = [];
  router.handle(micros(0), { kind: 'linkChanged', state: 'up' }, out);
  router.handle(micros(0), { kind: 'sourceChanged', source: ip('10.0.0.10') }, out);
  router.handle(micros(0), { kind: 'start', listenFrom: micros(0) }, out);
  const node = {
    handle: (now: Micros, input: NodeInput, into: NodeEffect[]) => {
      if (input.kind === 'advertReceived') router.handle(now, input, into);
    },
    nextDeadline: () => router.nextDeadline(),
    judgesBy: (now: Micros) => (router.nextJudgement() ?? Number.POSITIVE_INFINITY) <= now,
  } as unknown as Node;
  const state = { now: seconds(1), reads: 0, settled: 0, armed: 0 };
  const advert = testAdvert({ priority: 200 });
  const hearing: Hearing = new Hearing({
    clock: { now: () => state.now },
    node,
    alarm: {
      arm: () => void state.armed++,
      settle: () => void state.settled++,
      close: () => {},
    },
    isAlive: () => true,
    read: () => {
      state.reads++;
      const late = { heardAt: micros(state.now - 1000), times: 3 };
      for (let count = 0; count < 2; count++) {
        hearing.hear({ kind: 'advertReceived', interface: 'eth0', family: 4, advert, ...late });
      }
    },
    // Nothing that comes of an advert reads in between.
    carryOut: () => hearing.readWaiting(),
  });
  return { router, hearing, state };
}

test('what lies unread is read before the master is missed, not for the sake of a hello', () => {
  const { router, hearing, state } = setUp();
  assert(router.nextDeadline() !== router.nextJudgement());
  assert.equal(hearing.beforeDue(), state.now);
  assert.equal(state.reads, 0);
  state.now = router.nextJudgement() ?? assert.fail();
  hearing.beforeDue();
  assert.equal(state.reads, 1);
  assert((router.nextJudgement() ?? 0) > state.now);
  assert.equal(router.snapshot().statistics.advertsReceived, 6);
});

test('the alarm is set once for all that was read in one go', async () => {
  const { hearing, state } = setUp();
  hearing.readWaiting();
  await Promise.resolve();
  assert.deepEqual([state.reads, state.armed, state.settled], [1, 1, 1]);
});
