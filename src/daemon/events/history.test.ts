import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIp } from '../../base/ip.ts';
import { micros, seconds } from '../../base/time.ts';
import type { Cause } from '../../core/vrrp/types.ts';
import { eventText, type RecordedEvent } from './event-text.ts';
import { EventHistory } from './history.ts';

function ip(text: string) {
  const address = parseIp(text);
  assert(address !== undefined);
  return address;
}

const transition = (cause: Cause, instance = 'VI_1', at = 1): RecordedEvent => ({
  kind: 'transition',
  instance,
  at: seconds(at),
  from: 'backup',
  to: 'master',
  cause,
  priority: 100,
});
const startup: Cause = { kind: 'startup' };
const createHistory = () => new EventHistory((at) => 1_700_000_000_000 + at / 1000);

describe('the text of an event says why', () => {
  const peer = ip('192.0.2.7');
  const cases: [cause: Cause, says: RegExp][] = [
    [
      { kind: 'advert', from: peer, priority: 150, ownPriority: 100 },
      /advertisement from 192\.0\.2\.7 with priority 150, ours 100/,
    ],
    [
      { kind: 'masterDown', lastMaster: peer, afterPriorityZero: false, lateUs: 0 },
      /no advertisement from 192\.0\.2\.7 any more$/,
    ],
    [
      { kind: 'masterDown', lastMaster: peer, afterPriorityZero: true, lateUs: 12_345 },
      /192\.0\.2\.7 said that it stops \(noticed 12\.3 ms late\)$/,
    ],
    [
      {
        kind: 'tracker',
        report: { kind: 'script', name: 'check', verdict: 'down', detail: 'exited with status 3' },
      },
      /script check: exited with status 3/,
    ],
    [{ kind: 'operator', action: 'handover' }, /an operator had it handed over/],
    [{ kind: 'overslept', forUs: 5_200_000 }, /slept for 5\.2 s/],
    [
      { kind: 'named', by: peer, why: 'stopping', ownPriority: 100 },
      /192\.0\.2\.7 leaves and named us/,
    ],
  ];
  for (const [cause, says] of cases) {
    test(cause.kind, () => assert.match(eventText(transition(cause)), says));
  }

  test('and what happened', () => {
    const text = eventText(transition(startup));
    assert.equal(text, '(VI_1) BACKUP -> MASTER (priority 100): started');
  });
});

describe('the history of events', () => {
  test('numbers them, with both clocks', () => {
    const history = createHistory();
    history.add(transition(startup, 'VI_1', 2));
    history.add({ kind: 'drainChanged', at: seconds(3), state: 'drained' });
    const [first, second] = history.page({ since: 0, limit: 10 }).events;
    assert.deepEqual(
      [first?.record.number, first?.record.time, first?.record.monotonicUs],
      [1, '2023-11-14T22:13:22.000Z', 2_000_000],
    );
    assert.equal(first?.record.cause, 'started');
    assert.equal(second?.record.instance, null);
    assert.deepEqual(JSON.parse(first?.json ?? ''), first?.record);
    assert.deepEqual(history.counts(), { transition: 1, drainChanged: 1 });
  });

  test('is read page by page', () => {
    const history = createHistory();
    for (let count = 0; count < 25; count++) {
      history.add(transition(startup, count % 2 === 0 ? 'even' : 'odd'));
    }
    let since = 0;
    const seen: number[] = [];
    for (;;) {
      const page = history.page({ since, limit: 10 });
      seen.push(...page.events.map(({ record }) => record.number));
      since = page.last;
      if (!page.more) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
    const odd = history.page({ since: 0, limit: 100, instance: 'odd' });
    assert.equal(odd.events.length, 12);
    assert.equal(odd.last, 25);
    assert.equal(history.latest('odd', 2).at(-1)?.number, 24);
    assert.deepEqual(history.page({ since: 25, limit: 10 }), {
      events: [],
      last: 25,
      more: false,
      lost: 0,
    });
  });

  test('forgets the oldest, and says how many were lost', () => {
    const history = createHistory();
    for (let count = 0; count < 1010; count++) history.add(transition(startup));
    const page = history.page({ since: 3, limit: 1 });
    assert.equal(page.lost, 7);
    assert.equal(page.events[0]?.record.number, 11);
    assert.equal(history.page({ since: 0, limit: 2000 }).events.length, 1000);
    // Asked by somebody who knows the numbers of an earlier process.
    assert.equal(history.page({ since: 5000, limit: 1 }).events[0]?.record.number, 11);
  });

  test('keeps short what it keeps, whatever an event holds', () => {
    const history = createHistory();
    const detail = 'x'.repeat(100_000);
    for (let count = 0; count < 600; count++) {
      history.add({
        kind: 'scriptJudged',
        script: 'check',
        at: micros(count),
        outcome: 'failed',
        detail,
      });
    }
    const { events } = history.page({ since: 0, limit: 1000 });
    assert(events.every(({ json }) => json.length <= 4096));
  });
});
