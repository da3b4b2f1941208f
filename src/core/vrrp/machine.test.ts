import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros, seconds } from '../../base/time.ts';
import { VirtualRouter } from './machine.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import { summaryOf } from './test-summary.ts';
import type { TrackerReport, VrrpEffect, VrrpInput, VrrpState } from './types.ts';

// Every input in every state: what it comes to and what it orders.

const OWN = ip('10.0.0.10');
const model = testModel({ trackedScripts: [{ name: 'check', weight: 0, sense: 'normal' }] });

function report(verdict: TrackerReport['verdict']): VrrpInput {
  const report = { kind: 'script', name: 'check', verdict, detail: 'told' } as const;
  return { kind: 'trackerChanged', report };
}

/** A router in a state, and what time it is. */
function routerIn(state: VrrpState): { router: VirtualRouter; now: ReturnType<typeof micros> } {
  const router = new VirtualRouter(model);
  const out: VrrpEffect[] = [];
  const begin = micros(0);
  router.handle(begin, { kind: 'linkChanged', state: 'up' }, out);
  router.handle(begin, { kind: 'sourceChanged', source: OWN }, out);
  router.handle(begin, { kind: 'start', listenFrom: begin }, out);
  if (state !== 'init') router.handle(begin, report('up'), out);
  if (state === 'fault') router.handle(begin, { kind: 'linkChanged', state: 'down' }, out);
  const now = seconds(4);
  if (state === 'master') router.expire(now, out);
  assert.equal(router.state, state);
  return { router, now };
}

const inputs = {
  start: { kind: 'start', listenFrom: micros(0) },
  'advert 0': { kind: 'advertReceived', advert: testAdvert({ priority: 0 }) },
  'advert lower': { kind: 'advertReceived', advert: testAdvert({ priority: 50 }) },
  'advert equal, higher address': { kind: 'advertReceived', advert: testAdvert() },
  'advert equal, lower address': {
    kind: 'advertReceived',
    advert: testAdvert({ source: ip('10.0.0.9') }),
  },
  'advert equal, own address': { kind: 'advertReceived', advert: testAdvert({ source: OWN }) },
  'advert higher': { kind: 'advertReceived', advert: testAdvert({ priority: 200 }) },
  'advert refused': { kind: 'advertReceived', advert: testAdvert({ ttl: 1, priority: 200 }) },
  'link up': { kind: 'linkChanged', state: 'up' },
  'link down': { kind: 'linkChanged', state: 'down' },
  'source lost': { kind: 'sourceChanged', source: undefined },
  'source other': { kind: 'sourceChanged', source: ip('10.0.0.11') },
  'tracker up': report('up'),
  'tracker down': report('down'),
  'address lost': { kind: 'addressLost', address: ip('10.0.0.100') },
  'other address lost': { kind: 'addressLost', address: ip('10.0.0.7') },
  'reload same': { kind: 'reconfigured', guard: { kind: 'none' }, model },
  'reload priority': {
    kind: 'reconfigured',
    guard: { kind: 'none' },
    model: { ...model, priority: 70 },
  },
  shutdown: { kind: 'stopRequested', pace: 'at-once', reason: 'shutdown' },
  removed: { kind: 'stopRequested', pace: 'at-once', reason: 'removed' },
  replaced: { kind: 'stopRequested', pace: 'at-once', reason: 'replaced' },
} as const satisfies Record<string, VrrpInput>;

type InputName = keyof typeof inputs;
type Row = readonly [to: VrrpState, effects: string];

const fault: Row = ['fault', 'FAULT, transition'];
const masterFault: Row = ['fault', 'send 0, remove, FAULT, transition'];
const heard: Row = ['backup', 'masterChanged'];
const yielded: Row = ['backup', 'remove, BACKUP, transition, masterChanged'];
const answered: Row = ['master', 'advertNoted, send 100, announce, MASTER_RX_LOWER_PRI'];

const table: Readonly<Record<VrrpState, Readonly<Record<InputName, Row>>>> = {
  init: {
    start: ['init', ''],
    'advert 0': ['init', ''],
    'advert lower': ['init', ''],
    'advert equal, higher address': ['init', ''],
    'advert equal, lower address': ['init', ''],
    'advert equal, own address': ['init', ''],
    'advert higher': ['init', ''],
    'advert refused': ['init', ''],
    'link up': ['init', ''],
    'link down': fault,
    'source lost': fault,
    'source other': ['init', ''],
    'tracker up': ['backup', 'BACKUP, transition'],
    'tracker down': fault,
    'address lost': ['init', ''],
    'other address lost': ['init', ''],
    'reload same': ['init', ''],
    'reload priority': ['init', 'priorityChanged'],
    shutdown: ['init', 'STOP, transition'],
    removed: ['init', 'DELETED, transition'],
    replaced: ['init', 'transition'],
  },
  backup: {
    start: ['backup', ''],
    'advert 0': ['backup', 'advertNoted'],
    'advert lower': ['backup', 'advertNoted'],
    'advert equal, higher address': heard,
    'advert equal, lower address': heard,
    'advert equal, own address': heard,
    'advert higher': heard,
    'advert refused': ['backup', 'advertRefused'],
    'link up': ['backup', ''],
    'link down': fault,
    'source lost': fault,
    'source other': ['backup', ''],
    'tracker up': ['backup', ''],
    'tracker down': fault,
    'address lost': ['backup', ''],
    'other address lost': ['backup', ''],
    'reload same': ['backup', ''],
    'reload priority': ['backup', 'priorityChanged'],
    shutdown: ['init', 'STOP, transition'],
    removed: ['init', 'DELETED, transition'],
    replaced: ['init', 'transition'],
  },
  master: {
    start: ['master', ''],
    'advert 0': ['master', 'advertNoted, send 100'],
    'advert lower': answered,
    'advert equal, higher address': yielded,
    'advert equal, lower address': answered,
    'advert equal, own address': ['master', 'advertNoted'],
    'advert higher': yielded,
    'advert refused': ['master', 'advertRefused, inquire'],
    'link up': ['master', ''],
    'link down': masterFault,
    'source lost': masterFault,
    'source other': ['master', ''],
    'tracker up': ['master', ''],
    'tracker down': masterFault,
    'address lost': ['backup', 'remove, BACKUP, transition'],
    'other address lost': ['master', ''],
    'reload same': ['master', ''],
    'reload priority': ['master', 'priorityChanged, send 70'],
    shutdown: ['init', 'send 0, remove, STOP, transition'],
    removed: ['init', 'send 0, remove, DELETED, transition'],
    replaced: ['init', 'send 0, remove, transition'],
  },
  fault: {
    start: ['fault', ''],
    'advert 0': ['fault', ''],
    'advert lower': ['fault', ''],
    'advert equal, higher address': ['fault', ''],
    'advert equal, lower address': ['fault', ''],
    'advert equal, own address': ['fault', ''],
    'advert higher': ['fault', ''],
    'advert refused': ['fault', ''],
    'link up': ['backup', 'BACKUP, transition'],
    'link down': ['fault', ''],
    'source lost': ['fault', 'faultChanged'],
    'source other': ['fault', ''],
    'tracker up': ['fault', ''],
    'tracker down': ['fault', 'faultChanged'],
    'address lost': ['fault', ''],
    'other address lost': ['fault', ''],
    'reload same': ['fault', ''],
    'reload priority': ['fault', 'priorityChanged'],
    shutdown: ['init', 'STOP, transition'],
    removed: ['init', 'DELETED, transition'],
    replaced: ['init', 'transition'],
  },
};

describe('a virtual router: every input in every state', () => {
  for (const [state, rows] of Object.entries(table)) {
    for (const [name, [to, effects]] of Object.entries(rows)) {
      test(`${state}: ${name}`, () => {
        const { router, now } = routerIn(state as VrrpState);
        const out: VrrpEffect[] = [];
        router.handle(now, inputs[name as InputName], out);
        assert.equal(summaryOf(out), effects);
        assert.equal(router.state, to);
        if (to === 'init' || to === 'fault') assert.equal(router.nextDeadline(), undefined);
        else assert.notEqual(router.nextDeadline(), undefined);
      });
    }
  }

  const expiries: Readonly<Record<VrrpState, Row>> = {
    init: ['init', ''],
    backup: ['master', 'send 100, add, announce, MASTER, transition'],
    master: ['master', 'send 100, inquire'],
    fault: ['fault', ''],
  };
  for (const [state, [to, effects]] of Object.entries(expiries)) {
    test(`${state}: a timer runs out`, () => {
      const { router, now } = routerIn(state as VrrpState);
      const out: VrrpEffect[] = [];
      router.expire(router.nextDeadline() ?? now, out);
      assert.equal(summaryOf(out), effects);
      assert.equal(router.state, to);
    });
  }

  test('what is stopped stays stopped', () => {
    for (const state of ['init', 'backup', 'master', 'fault'] as const) {
      const { router, now } = routerIn(state);
      router.handle(now, inputs.shutdown, []);
      for (const input of Object.values(inputs)) {
        if (input.kind === 'start') continue;
        const out: VrrpEffect[] = [];
        router.handle(now, input, out);
        router.expire(seconds(1000), out);
        assert.equal(summaryOf(out), '', `${state}, then ${input.kind}`);
      }
    }
  });
});
