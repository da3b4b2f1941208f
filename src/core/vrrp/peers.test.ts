import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, millis, seconds } from '../../base/time.ts';
import type { PeerResignation, ReceivedPeerMessage } from '../../wire/peer-types.ts';
import { PeerTable, type SuccessorQuery } from './peers.ts';
import { mayTakeOver, type TakeOverQuestion } from './take-over.ts';
import { ip } from './test-model.ts';

const A = ip('10.0.0.1');
const B = ip('10.0.0.2');
const C = ip('10.0.0.3');
const STRANGER = ip('10.0.0.77');
const START = seconds(100_000);
const FIRST = '1111111111111111';
const SECOND = '2222222222222222';
const stopping: SuccessorQuery = { why: 'stopping', above: 0 };

const later = (duration: Micros): Micros => micros(START + duration);

/** A backup's hello that echoes what we said half a second before. */
function hello(now: Micros, changes: Partial<ReceivedPeerMessage> = {}): ReceivedPeerMessage {
  return {
    family: 4,
    vrid: 51,
    sender: B,
    session: FIRST,
    counter: now,
    state: 'backup',
    priority: 100,
    preempts: 'yes',
    heard: [],
    alternates: [],
    provenSince: micros(now - 500_000),
    ...changes,
  };
}

describe('the table of peers', () => {
  let table: PeerTable;
  beforeEach(() => {
    table = new PeerTable();
    table.start(micros(START - seconds(2)));
    table.said(micros(START - seconds(1)));
  });
  const bestAt = (now: Micros, query = stopping): IpAddress | undefined =>
    table.best(now, query)?.address;

  test('a peer is found once its message proves that it was written a moment ago', () => {
    const first = table.receive(START, hello(START, { provenSince: undefined }));
    assert.deepEqual(first, { verdict: 'unproven', changes: [] });
    assert.equal(bestAt(START), undefined);
    const now = later(seconds(1));
    const second = table.receive(now, hello(now));
    const found = { peer: B, change: 'found', priority: 100 };
    assert.deepEqual(second, { verdict: 'fresh', changes: [found] });
    assert.equal(bestAt(now), B);
    assert.deepEqual(table.peers(now), [
      { address: B, state: 'backup', priority: 100, preempts: 'yes', lastHeard: now },
    ]);
  });

  test('for a while after the start nobody is named: others may not have spoken yet', () => {
    const fresh = new PeerTable();
    fresh.start(START);
    fresh.receive(START, hello(START));
    assert.equal(fresh.hasStranger(later(millis(1099))), true);
    assert.equal(fresh.best(later(millis(1099)), stopping), undefined);
    assert.equal(fresh.best(later(millis(1100)), stopping)?.address, B);
  });

  test('a proof is good for three seconds', () => {
    const old = hello(START, { provenSince: micros(START - seconds(3) - 1) });
    assert.equal(table.receive(START, old).verdict, 'unproven');
    const right = hello(START, { counter: START + 1, provenSince: micros(START - seconds(3)) });
    assert.equal(table.receive(START, right).verdict, 'fresh');
  });

  test('what was heard is echoed, whether it proved anything or not', () => {
    table.receive(START, hello(START, { counter: 7, provenSince: undefined }));
    table.receive(START, hello(START, { sender: C, session: SECOND, counter: 9 }));
    const ofB = { peer: B, session: FIRST, counter: 7 };
    const ofC = { peer: C, session: SECOND, counter: 9 };
    assert.deepEqual(table.heard(START), [ofC, ofB]);
    assert.deepEqual(table.heard(later(millis(3500))), []);
  });

  test('within a session the counter grows', () => {
    table.receive(START, hello(START, { counter: 5 }));
    for (const counter of [5, 4]) {
      const again = hello(START, { counter, priority: 200, state: 'fault' });
      assert.equal(table.receive(START, again).verdict, 'repeated');
    }
    assert.equal(table.best(START, stopping)?.priority, 100);
  });

  test('one that came late is not brought back once a later one has been heard', () => {
    table.receive(START, hello(START, { counter: 5 }));
    const late = hello(START, { counter: 9, provenSince: undefined });
    assert.equal(table.receive(START, late).verdict, 'unproven');
    assert.equal(table.receive(START, hello(START, { counter: 8 })).verdict, 'repeated');
    assert.deepEqual(table.heard(START), [{ peer: B, session: FIRST, counter: 9 }]);
  });

  test('a restarted peer is told from a recording of its earlier run', () => {
    table.receive(START, hello(START));
    const now = later(seconds(1));
    const restarted = hello(now, { session: SECOND, counter: 1, priority: 90 });
    assert.deepEqual(table.receive(now, restarted), {
      verdict: 'fresh',
      changes: [{ peer: B, change: 'restarted', priority: 90 }],
    });
    // Still within three seconds of its proof, and never heard before.
    const recorded = hello(START, { counter: START + 1, priority: 250 });
    assert.equal(table.receive(now, recorded).verdict, 'superseded');
    assert.equal(table.best(now, stopping)?.priority, 90);
    const muchLater = later(seconds(60));
    assert.equal(table.receive(muchLater, recorded).verdict, 'repeated');
  });

  test('nobody is named while somebody has spoken who has not proved to be new', () => {
    table.receive(START, hello(START));
    const restarted = { session: SECOND, provenSince: undefined };
    const soon = later(millis(10));
    table.receive(soon, hello(soon, { ...restarted, counter: 1, state: 'init' }));
    assert.equal(bestAt(soon), B, 'who takes no part decides nothing');
    table.receive(soon, hello(soon, { ...restarted, counter: 2, priority: 250 }));
    assert.equal(bestAt(soon), undefined);
    assert.deepEqual(table.strangers(soon), [B]);
    const proved = later(seconds(1));
    table.receive(proved, hello(proved, { session: SECOND, counter: 3, priority: 250 }));
    assert.equal(bestAt(proved), B);
    table.receive(proved, hello(proved, { sender: C, provenSince: undefined }));
    assert.equal(bestAt(proved), undefined);
    assert.equal(bestAt(later(millis(4500))), undefined, 'B has fallen silent');
    table.receive(later(millis(4500)), hello(later(millis(4500)), { session: SECOND, counter: 9 }));
    assert.equal(bestAt(later(millis(4500))), B, 'a recording is forgotten');
  });

  test('recordings do not displace the echo of a peer that lives', () => {
    table.receive(START, hello(START));
    for (let run = 0; run < 100; run++) {
      const session = String(run).padStart(16, '0');
      table.receive(START, hello(START, { session, provenSince: undefined }));
    }
    const echoes = table.heard(START);
    assert.deepEqual(echoes[0], { peer: B, session: FIRST, counter: START });
    assert(echoes.length <= 32, `${echoes.length} echoes`);
    assert.equal(bestAt(START), B);
  });

  test('a peer that falls silent is lost after 3.5 s, and a stranger from then on', () => {
    table.receive(START, hello(START));
    table.said(later(seconds(3)));
    assert.equal(table.nextDeadline(), later(millis(3500)));
    assert.deepEqual(table.expire(later(millis(3499))).changes, []);
    assert.equal(bestAt(later(millis(3499))), B);
    // By its own clock, also where `expire` comes late.
    assert.equal(bestAt(later(millis(3500))), undefined);
    const lost = { peer: B, change: 'lost', priority: 100 };
    assert.deepEqual(table.expire(later(millis(3500))).changes, [lost]);
    assert.deepEqual(table.strangers(later(seconds(4))), [B]);
    const now = later(seconds(5));
    assert.deepEqual(table.receive(now, hello(now)).changes[0]?.change, 'found');
    assert.deepEqual(table.strangers(now), []);
  });

  test('a peer that says that it ends is lost, and no stranger', () => {
    table.receive(START, hello(START));
    const now = later(seconds(1));
    const { changes } = table.receive(now, hello(now, { state: 'init' }));
    assert.deepEqual(changes, [{ peer: B, change: 'lost', priority: 100 }]);
    assert.deepEqual(table.strangers(now), []);
    assert.equal(table.receive(now, hello(START, { counter: now - 1 })).verdict, 'repeated');
    assert.deepEqual(table.peers(now), []);
  });

  test('a peer whose source address changes is the same one by another name', () => {
    table.receive(START, hello(START));
    const now = later(seconds(1));
    const { changes } = table.receive(now, hello(now, { sender: C }));
    assert.deepEqual(
      changes.map(({ peer, change }) => [peer, change]),
      [
        [B, 'lost'],
        [C, 'found'],
      ],
    );
    assert.deepEqual(table.strangers(now), []);
    assert.equal(bestAt(now), C);
  });

  test('hellos go out at once and then every second, later after any other message', () => {
    const idle = new PeerTable();
    assert.deepEqual([idle.nextDeadline(), idle.expire(START).hello], [undefined, 'not-due']);
    assert.deepEqual([table.nextDeadline(), table.expire(START).hello], [START, 'due']);
    table.said(START);
    assert.equal(table.expire(later(millis(999))).hello, 'not-due');
    table.said(later(millis(999)));
    assert.equal(table.nextDeadline(), later(millis(1999)));
    table.stop(later(seconds(1)));
    assert.equal(table.nextDeadline(), undefined);
  });

  test('hellos of many routers are spread over half a second', () => {
    const times = Array.from({ length: 20 }, (_, vrid) => {
      const each = new PeerTable(vrid);
      each.start(START);
      each.said(START);
      const first = each.nextDeadline() ?? START;
      each.said(first);
      assert.equal(each.nextDeadline(), first + seconds(1));
      return first - START;
    });
    assert.deepEqual([Math.min(...times), Math.max(...times)], [millis(550), seconds(1)]);
    assert.equal(new Set(times).size, 10);
  });

  test('best: the highest priority, then the highest address, of backups only', () => {
    const say = (sender: IpAddress, changes: Partial<ReceivedPeerMessage>) =>
      table.receive(START, hello(START, { sender, session: `${sender}`, ...changes }));
    say(A, { priority: 200, state: 'drained' });
    say(STRANGER, { priority: 201, state: 'fault' });
    say(B, { priority: 100 });
    say(ip('10.0.0.10'), { priority: 100 });
    assert.equal(bestAt(START), '10.0.0.10');
    say(C, { priority: 101, preempts: 'no' });
    assert.equal(bestAt(START), C);
    assert.equal(bestAt(START, { ...stopping, except: C }), '10.0.0.10');
    assert.equal(bestAt(START, { why: 'lowered', above: 99 }), '10.0.0.10');
    assert.equal(bestAt(START, { why: 'lowered', above: 100 }), undefined);
  });

  test('a stranger that may take part: nobody is named for a day', () => {
    table.receive(START, hello(START));
    table.noteAdvert(START, STRANGER, 50);
    assert.equal(bestAt(START), undefined);
    assert.deepEqual(table.strangers(START), [STRANGER]);
    const day = later(seconds(86_400));
    const before = micros(day - 1);
    table.receive(before, hello(before));
    assert.equal(bestAt(before), undefined);
    assert.equal(bestAt(day), B);
  });

  test('a listener is a stranger, unless it is a peer by whatever address', () => {
    table.receive(START, hello(START, { alternates: [C] }));
    table.noteListener(START, B);
    table.noteListener(START, C);
    assert.equal(bestAt(START), B);
    table.noteListener(START, STRANGER);
    assert.equal(bestAt(START), undefined);
  });

  test('a listener that turns out to be a peer is no stranger any more', () => {
    table.noteListener(START, B);
    table.noteAdvert(START, C, 100);
    table.receive(START, hello(START));
    assert.deepEqual(table.strangers(START), [C]);
    table.receive(START, hello(START, { counter: START + 1, alternates: [C] }));
    assert.deepEqual(table.strangers(START), []);
  });

  test('a unicast peer is a stranger until it has said who it is', () => {
    table.expect([B, C]);
    table.receive(START, hello(START));
    assert.deepEqual(table.strangers(START), [C]);
    const now = later(seconds(1));
    table.receive(now, hello(now, { sender: C, session: SECOND, state: 'init' }));
    assert.deepEqual(table.strangers(now), []);
    // A reload does not make strangers of those that are known.
    table.expect([B, C, STRANGER]);
    assert.deepEqual(table.strangers(now), [STRANGER]);
  });

  test('more strangers than fit are not forgotten: nobody is named', () => {
    table.receive(START, hello(START));
    for (let host = 0; host < 65; host++) table.noteListener(START, ip(`10.1.0.${host}`));
    assert(table.hasStranger(START));
    assert.equal(table.strangers(START).length, 64);
    const day = later(seconds(86_400));
    table.receive(day, hello(day));
    assert.equal(bestAt(day), B);
  });

  test('more peers than fit: those that have proved nothing give way', () => {
    for (let host = 1; host <= 32; host++) {
      const sender = ip(`10.1.0.${host}`);
      table.receive(START, hello(START, { sender, session: sender, provenSince: undefined }));
    }
    assert.equal(table.receive(START, hello(START)).verdict, 'fresh');
    for (let host = 1; host <= 40; host++) {
      const sender = ip(`10.2.0.${host}`);
      const { verdict } = table.receive(START, hello(START, { sender, session: sender }));
      assert.equal(verdict, host <= 31 ? 'fresh' : 'no-room');
    }
    assert.equal(table.peers(START).length, 32);
    assert.equal(table.heard(START).length, 32);
  });

  test('somebody was ever heard: a peer, an advert, a listener', () => {
    assert.equal(table.everHeard(), false);
    const ways: ((fresh: PeerTable) => unknown)[] = [
      (fresh) => fresh.receive(START, hello(START, { provenSince: undefined })),
      (fresh) => fresh.noteAdvert(START, B, 100),
      (fresh) => fresh.noteListener(START, B),
    ];
    for (const way of ways) {
      const fresh = new PeerTable();
      way(fresh);
      assert.equal(fresh.everHeard(), true);
    }
  });

  test('who would win against a priority: a peer that preempts, or an advert of the last hour', () => {
    table.receive(START, hello(START, { priority: 100 }));
    assert.equal(table.candidateAbove(START, 99), true);
    assert.equal(table.candidateAbove(START, 100), false);
    const now = later(millis(10));
    table.receive(now, hello(now, { preempts: 'no' }));
    assert.equal(table.candidateAbove(now, 99), false);
    table.noteAdvert(now, STRANGER, 150);
    assert.equal(table.candidateAbove(now, 149), true);
    assert.equal(table.candidateAbove(now, 150), false);
    assert.equal(table.candidateAbove(micros(now + seconds(3600)), 149), false);
    const left = micros(now + 1);
    table.noteAdvert(left, STRANGER, 0);
    assert.equal(table.candidateAbove(left, 1), false);
  });

  test('whatever comes without a proof names nobody, and displaces nobody', () => {
    const senders = fc.constantFrom(A, B, C, STRANGER);
    const recording = fc.record({
      sender: senders,
      session: fc.constantFrom(FIRST, SECOND, 'ffffffffffffffff'),
      counter: fc.nat(START * 2),
      priority: fc.integer({ min: 1, max: 255 }),
      state: fc.constantFrom('init', 'backup', 'master', 'fault', 'drained'),
      age: fc.option(fc.integer({ min: 3_000_001, max: START })),
    });
    fc.assert(
      fc.property(fc.array(recording, { maxLength: 60 }), (recordings) => {
        const fresh = new PeerTable();
        fresh.receive(START, hello(START));
        for (const { age, ...changes } of recordings) {
          const provenSince = age === null ? undefined : micros(START - age);
          const message = hello(START, {
            ...(changes as Partial<ReceivedPeerMessage>),
            provenSince,
          });
          const { changes: told } = fresh.receive(START, message);
          assert.deepEqual(told, []);
        }
        // It may be that somebody has started anew: then nobody is named for a moment.
        assert([undefined, 100].includes(fresh.best(START, stopping)?.priority));
        const now = later(seconds(4));
        fresh.receive(now, hello(now, { counter: START * 2 + 1 }));
        assert.equal(fresh.best(now, stopping)?.priority, 100);
        assert.deepEqual(
          fresh.peers(START).map(({ address }) => address),
          [B],
        );
        assert(fresh.heard(START).length <= 32);
      }),
    );
  });
});

describe('the named one takes over', () => {
  const resignation: PeerResignation = { why: 'stopping', successor: C };
  const master = hello(START, { sender: A, state: 'master', priority: 150, resignation });
  let peers: PeerTable;
  let question: TakeOverQuestion;
  beforeEach(() => {
    peers = new PeerTable();
    peers.receive(START, master);
    question = {
      now: START,
      message: master,
      own: { priority: 100, address: C },
      state: 'backup',
      following: A,
      mayPreempt: 'yes',
      peers,
    };
  });

  const answer = (changes: Partial<TakeOverQuestion> = {}) =>
    mayTakeOver({ ...question, ...changes });
  const lowered = (priority: number): Partial<TakeOverQuestion> => ({
    message: { ...master, priority, resignation: { ...resignation, why: 'lowered' } },
  });

  test('where it is a backup of the one that leaves', () => {
    assert.equal(answer(), 'yes');
    const { resignation: _none, ...staying } = master;
    assert.equal(answer({ message: staying }), 'nobody-leaves');
    assert.equal(answer({ own: { priority: 100, address: B } }), 'another-is-named');
    for (const state of ['init', 'master', 'fault', 'drained'] as const) {
      assert.equal(answer({ state }), 'not-a-backup');
    }
    assert.equal(answer({ following: B }), 'not-our-master');
    assert.equal(answer({ following: undefined }), 'not-our-master');
  });

  test('where nobody that it knows is ahead of it', () => {
    const other = hello(START, { session: SECOND, priority: 100 });
    peers.receive(START, other);
    assert.equal(answer(), 'yes');
    assert.equal(answer({ own: { priority: 99, address: C } }), 'another-is-ahead');
    const now = later(millis(1));
    peers.receive(now, { ...other, counter: now, priority: 101 });
    assert.equal(answer({ now }), 'another-is-ahead');
    const faulty = later(millis(2));
    peers.receive(faulty, { ...other, counter: faulty, priority: 101, state: 'fault' });
    assert.equal(answer({ now: faulty }), 'yes');
  });

  test('where nobody may be ahead that it does not know', () => {
    peers.noteListener(START, STRANGER);
    assert.equal(answer(), 'stranger');
  });

  test('from a master that stops also with nopreempt; from a lowered one where it may preempt', () => {
    assert.equal(answer({ mayPreempt: 'no' }), 'yes');
    assert.equal(answer(lowered(99)), 'yes');
    assert.equal(answer(lowered(100)), 'not-above-it');
    assert.equal(answer({ ...lowered(99), mayPreempt: 'no' }), 'may-not-preempt');
    peers.receive(START, hello(START, { session: SECOND, priority: 120, preempts: 'no' }));
    assert.equal(answer(lowered(99)), 'yes');
    assert.equal(answer(), 'another-is-ahead');
  });
});
