import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros, seconds } from '../../base/time.ts';
import type { ReceivedPeerMessage } from '../../wire/peer-types.ts';
import { VirtualRouter } from './machine.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import { summaryOf } from './test-summary.ts';
import type { Guard, OperatorOrder, VrrpEffect, VrrpInput, VrrpState } from './types.ts';

// What operators, peers, neighbours and the kernel say, in every state of a router that hands over, is
// guarded and talks to its peers. `leaving` and `drained` are states of their own here.

const OWN = ip('10.0.0.10');
const PEER = ip('10.0.0.99');
const VIP = ip('10.0.0.100');
const LIFETIME: Guard = { kind: 'lifetime', seconds: 4 };
const model = testModel({
  plannedHandover: 'on',
  fastTakeover: 'on',
  onAddressLoss: 'restore',
  transport: {
    kind: 'unicast',
    peers: [{ address: PEER }],
    ttl: 255,
    checkSource: true,
  },
  trackedScripts: [{ name: 'check', weight: 0, sense: 'normal' }],
});

type Standing = VrrpState | 'leaving' | 'lingering' | 'drained';

const BEGIN = micros(0);
const NOW = seconds(5);

function advert(priority: number): VrrpInput {
  return { kind: 'advertReceived', advert: testAdvert({ priority, destination: OWN }) };
}

function tell(router: VirtualRouter, now: number, input: VrrpInput): VrrpEffect[] {
  const out: VrrpEffect[] = [];
  router.handle(micros(now), input, out);
  return out;
}

function peer(changes: Partial<ReceivedPeerMessage> = {}): VrrpInput {
  const message: ReceivedPeerMessage = {
    family: 4,
    vrid: 51,
    sender: PEER,
    session: 'bbbbbbbbbbbbbbbb',
    counter: 9,
    state: 'master',
    priority: 120,
    preempts: 'yes',
    heard: [],
    alternates: [],
    provenSince: NOW,
    ...changes,
  };
  return { kind: 'peerMessageReceived', message };
}

function order(order: OperatorOrder): VrrpInput {
  return { kind: 'ordered', order };
}

function routerIn(standing: Standing): VirtualRouter {
  const router = new VirtualRouter(model, LIFETIME);
  const report = { kind: 'script', name: 'check', verdict: 'up', detail: 'told' } as const;
  tell(router, BEGIN, { kind: 'linkChanged', state: 'up' });
  tell(router, BEGIN, { kind: 'sourceChanged', source: OWN });
  tell(router, BEGIN, { kind: 'start', listenFrom: BEGIN });
  if (standing === 'init') return router;
  tell(router, BEGIN, { kind: 'trackerChanged', report });
  if (standing === 'fault') tell(router, BEGIN, { kind: 'linkChanged', state: 'down' });
  if (standing === 'drained') tell(router, BEGIN, order({ kind: 'drain' }));
  if (standing === 'backup' || standing === 'drained') {
    tell(router, seconds(2), advert(120));
  }
  if (standing === 'master' || standing === 'leaving' || standing === 'lingering') {
    router.expire(seconds(4), []);
    // Adverts go out, and the guard is renewed, up to now.
    router.expire(NOW, []);
  }
  if (standing === 'leaving') tell(router, NOW, order({ kind: 'handover' }));
  if (standing === 'lingering') {
    tell(router, NOW, advert(120));
  }
  return router;
}

const inputs = {
  'order handover': order({ kind: 'handover' }),
  'order drain': order({ kind: 'drain' }),
  'order undrain': order({ kind: 'undrain' }),
  'order priority': order({ kind: 'priority', priority: 150 }),
  'planned stop': { kind: 'stopRequested', pace: 'planned', reason: 'shutdown' },
  'stop at once': { kind: 'stopRequested', pace: 'at-once', reason: 'shutdown' },
  dropped: { kind: 'stopRequested', pace: 'planned', reason: 'removed' },
  'successor speaks': advert(50),
  'another says goodbye': advert(0),
  'address lost': { kind: 'addressLost', address: VIP },
  'address claimed': { kind: 'addressClaimed', address: VIP, mac: '02:00:00:00:00:99' as never },
  listener: { kind: 'listenerSeen', from: ip('10.0.0.77') },
  'peer says hello': peer(),
  'peer names us': peer({ resignation: { why: 'stopping', successor: OWN } }),
  'a recording names us': peer({
    provenSince: undefined,
    resignation: { why: 'stopping', successor: OWN },
  }),
  'another guard': { kind: 'reconfigured', model, guard: { kind: 'none' } },
  'link down': { kind: 'linkChanged', state: 'down' },
} as const satisfies Record<string, VrrpInput>;

type InputName = keyof typeof inputs;

type Row = readonly [to: VrrpState, effects: string];

const table: Readonly<Record<Standing, Readonly<Record<InputName, Row>>>> = {
  init: {
    'order handover': ['init', ''],
    'order drain': ['init', 'tell init'],
    'order undrain': ['init', 'tell init'],
    'order priority': ['init', 'priorityChanged, tell init'],
    'planned stop': ['init', 'STOP, transition, tell init'],
    'stop at once': ['init', 'STOP, transition, tell init'],
    dropped: ['init', 'DELETED, transition, tell init'],
    'successor speaks': ['init', ''],
    'another says goodbye': ['init', ''],
    'address lost': ['init', ''],
    'address claimed': ['init', ''],
    listener: ['init', ''],
    'peer says hello': ['init', 'peerChanged'],
    'peer names us': ['init', 'peerChanged'],
    'a recording names us': ['init', ''],
    'another guard': ['init', ''],
    'link down': ['fault', 'FAULT, transition, tell fault'],
  },
  backup: {
    'order handover': ['backup', ''],
    'order drain': ['backup', 'tell drained'],
    'order undrain': ['backup', 'tell backup'],
    'order priority': ['backup', 'priorityChanged, tell backup'],
    'planned stop': ['init', 'STOP, transition, tell init'],
    'stop at once': ['init', 'STOP, transition, tell init'],
    dropped: ['init', 'DELETED, transition, tell init'],
    'successor speaks': ['backup', 'advertNoted'],
    'another says goodbye': ['backup', 'advertNoted'],
    'address lost': ['backup', ''],
    'address claimed': ['backup', ''],
    listener: ['backup', ''],
    'peer says hello': ['backup', 'peerChanged'],
    'peer names us': [
      'master',
      'peerChanged, send 100, add, announce, MASTER, transition, tell master',
    ],
    'a recording names us': ['backup', ''],
    'another guard': ['backup', ''],
    'link down': ['fault', 'FAULT, transition, tell fault'],
  },
  drained: {
    'order handover': ['backup', ''],
    'order drain': ['backup', 'tell drained'],
    'order undrain': ['backup', 'tell backup'],
    'order priority': ['backup', 'priorityChanged, tell drained'],
    'planned stop': ['init', 'STOP, transition, tell init'],
    'stop at once': ['init', 'STOP, transition, tell init'],
    dropped: ['init', 'DELETED, transition, tell init'],
    'successor speaks': ['backup', ''],
    'another says goodbye': ['backup', 'advertNoted'],
    'address lost': ['backup', ''],
    'address claimed': ['backup', ''],
    listener: ['backup', ''],
    'peer says hello': ['backup', 'peerChanged'],
    'peer names us': ['backup', 'peerChanged'],
    'a recording names us': ['backup', ''],
    'another guard': ['backup', ''],
    'link down': ['fault', 'FAULT, transition, tell fault'],
  },
  lingering: {
    'order handover': ['backup', ''],
    'order drain': ['backup', 'tell drained'],
    'order undrain': ['backup', 'tell backup'],
    'order priority': ['backup', 'priorityChanged, tell backup'],
    'planned stop': ['init', 'STOP, transition, tell init'],
    'stop at once': ['init', 'remove, STOP, transition, tell init'],
    dropped: ['init', 'DELETED, transition, tell init'],
    'successor speaks': ['backup', 'advertNoted'],
    'another says goodbye': ['backup', 'advertNoted'],
    'address lost': ['backup', ''],
    'address claimed': ['backup', ''],
    listener: ['backup', ''],
    'peer says hello': ['backup', 'peerChanged'],
    'peer names us': [
      'master',
      'peerChanged, send 100, add, announce, MASTER, transition, tell master',
    ],
    'a recording names us': ['backup', ''],
    'another guard': ['backup', 'renewGuard'],
    'link down': ['fault', 'remove, FAULT, transition, tell fault'],
  },
  master: {
    'order handover': ['master', 'handoverBegan, send 0'],
    'order drain': ['master', 'handoverBegan, send 0'],
    'order undrain': ['master', 'tell master'],
    'order priority': ['master', 'priorityChanged, tell master, send 150'],
    'planned stop': ['master', 'handoverBegan, send 0'],
    'stop at once': ['init', 'send 0, remove, STOP, transition, tell init'],
    dropped: ['master', 'handoverBegan, send 0'],
    'successor speaks': ['master', 'advertNoted, send 100, announce, MASTER_RX_LOWER_PRI'],
    'another says goodbye': ['master', 'advertNoted, send 100'],
    'address lost': ['master', ''],
    'address claimed': ['master', ''],
    listener: ['master', ''],
    'peer says hello': ['master', 'peerChanged'],
    'peer names us': ['master', 'peerChanged'],
    'a recording names us': ['master', ''],
    'another guard': ['master', 'renewGuard'],
    'link down': ['fault', 'send 0, remove, FAULT, transition, tell fault'],
  },
  leaving: {
    'order handover': ['master', ''],
    'order drain': ['master', ''],
    'order undrain': ['master', 'tell master'],
    'order priority': ['master', 'priorityChanged, tell master'],
    'planned stop': ['master', ''],
    'stop at once': ['init', 'handoverEnded, remove, STOP, transition, tell init'],
    dropped: ['master', ''],
    'successor speaks': ['backup', 'handoverEnded, BACKUP, transition, tell backup, masterChanged'],
    'another says goodbye': ['master', 'advertNoted'],
    'address lost': ['master', ''],
    'address claimed': ['master', ''],
    listener: ['master', ''],
    'peer says hello': ['master', 'peerChanged'],
    'peer names us': ['master', 'peerChanged'],
    'a recording names us': ['master', ''],
    'another guard': ['master', 'renewGuard'],
    'link down': ['fault', 'handoverEnded, remove, FAULT, transition, tell fault'],
  },
  fault: {
    'order handover': ['fault', ''],
    'order drain': ['fault', 'tell fault'],
    'order undrain': ['fault', 'tell fault'],
    'order priority': ['fault', 'priorityChanged, tell fault'],
    'planned stop': ['init', 'STOP, transition, tell init'],
    'stop at once': ['init', 'STOP, transition, tell init'],
    dropped: ['init', 'DELETED, transition, tell init'],
    'successor speaks': ['fault', ''],
    'another says goodbye': ['fault', ''],
    'address lost': ['fault', ''],
    'address claimed': ['fault', ''],
    listener: ['fault', ''],
    'peer says hello': ['fault', 'peerChanged'],
    'peer names us': ['fault', 'peerChanged'],
    'a recording names us': ['fault', ''],
    'another guard': ['fault', ''],
    'link down': ['fault', ''],
  },
};

describe('a router that hands over: every order, peer and neighbour in every state', () => {
  for (const [standing, rows] of Object.entries(table)) {
    for (const [name, [to, effects]] of Object.entries(rows)) {
      test(`${standing}: ${name}`, () => {
        const router = routerIn(standing as Standing);
        assert.equal(summaryOf(tell(router, NOW, inputs[name as InputName])), effects);
        assert.equal(router.state, to);
      });
    }
  }

  test('whoever has overslept has given up before it does anything else', () => {
    for (const [name, input] of Object.entries(inputs)) {
      const router = routerIn('master');
      const late = seconds(9);
      const [first, second, third] = summaryOf(tell(router, late, input)).split(', ');
      assert.deepEqual([first, second, third], ['remove', 'BACKUP', 'transition'], name);
      assert.notEqual(router.state, 'master', name);
    }
  });

  test('a planned stop ends when nothing answers any more', () => {
    const router = routerIn('lingering');
    tell(router, NOW, inputs['planned stop']);
    assert.equal(router.isIdle(), false);
    const out: VrrpEffect[] = [];
    router.expire(micros(NOW + 20_000), out);
    assert.equal(summaryOf(out), 'remove');
    assert.equal(router.isIdle(), true);
  });
});
