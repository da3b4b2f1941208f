import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHolderRecord } from './holders.ts';
import { createProbeRecord } from './record.ts';

/** Probes at each whole millisecond, answered after 0.1 ms by whom `hostAt` names. */
function play(capacity: number, endMs: number, hostAt: (atMs: number) => string | undefined) {
  const record = createProbeRecord(capacity);
  for (let atMs = 1; atMs <= endMs; atMs++) {
    const sequence = record.sent(atMs);
    const host = hostAt(atMs);
    if (host !== undefined) record.answered(sequence, host, atMs + 0.1);
  }
  return record;
}

describe('the record of the prober', () => {
  test('the gap runs from the last answered probe to the next one', () => {
    const record = play(1000, 500, (atMs) => (atMs <= 100 ? 'a' : atMs >= 350 ? 'b' : undefined));
    assert.deepEqual(record.summarise({ fromMs: 101, toMs: 501 }), {
      gapMs: 250,
      gapFromMs: 100,
      before: 'a',
      after: 'b',
      sent: 400,
      answered: 151,
      stallMs: 1,
    });
  });

  test('a gap before the range does not count', () => {
    const record = play(1000, 500, (atMs) => (atMs < 100 || atMs > 300 ? 'a' : undefined));
    const { gapMs, before, after } = record.summarise({ fromMs: 310, toMs: 501 });
    assert.deepEqual({ gapMs, before, after }, { gapMs: 1, before: 'a', after: 'a' });
  });

  test('without service after it, the gap lasts to the end of the range', () => {
    const record = play(1000, 500, (atMs) => (atMs <= 100 ? 'a' : undefined));
    const { gapMs, before, after } = record.summarise({ fromMs: 50, toMs: 500 });
    assert.deepEqual({ gapMs, before, after }, { gapMs: 400, before: 'a', after: undefined });
  });

  test('a probe that the kernel kept back shows service when its answer came', () => {
    const record = play(1000, 400, (atMs) => (atMs <= 100 || atMs >= 300 ? 'a' : undefined));
    record.answered(149, 'a', 300.5);
    assert.equal(record.summarise({ fromMs: 50, toMs: 400 }).gapMs, 200);
  });

  test('only the first answer to a probe counts, and none to a probe that is forgotten', () => {
    const record = play(100, 500, () => undefined);
    record.answered(10, 'old', 501);
    record.answered(450, 'a', 501);
    record.answered(450, 'b', 502);
    const { answered, before, after } = record.summarise({ fromMs: 0, toMs: 1000 });
    assert.deepEqual({ answered, before, after }, { answered: 1, before: undefined, after: 'a' });
  });

  test('a prober that was held up says so', () => {
    const record = createProbeRecord(100);
    for (const atMs of [1, 2, 3, 20, 21]) record.answered(record.sent(atMs), 'a', atMs + 0.1);
    const { stallMs, gapMs } = record.summarise({ fromMs: 0, toMs: 22 });
    assert.deepEqual({ stallMs, gapMs }, { stallMs: 17, gapMs: 17 });
  });
});

describe('the record of who has the address', () => {
  function rounds(answers: readonly (readonly string[])[]) {
    const record = createHolderRecord();
    const told: string[] = [];
    for (const [index, hosts] of [...answers, []].entries()) {
      const change = record.beginRound(index * 10);
      if (change !== undefined) told.push(`${change.atMs}: ${change.hosts.join()}`);
      for (const host of hosts) record.heard(host);
    }
    return { record, told };
  }

  test('changes are told with the round in which they were seen', () => {
    const { told } = rounds([['a'], ['a'], ['b', 'a'], ['b'], [], []]);
    assert.deepEqual(told, ['0: a', '20: a,b', '30: b', '40: ']);
  });

  test('two hosts at once are counted with how long they were two', () => {
    const { record } = rounds([['a'], ['a', 'b'], ['a', 'b'], ['b']]);
    assert.deepEqual(record.summarise({ fromMs: 0, toMs: 40 }), { holdersMax: 2, overlapMs: 20 });
    assert.deepEqual(record.summarise({ fromMs: 31, toMs: 40 }), { holdersMax: 1, overlapMs: 0 });
  });

  test('one host that answers twice is one host', () => {
    const { record } = rounds([['a', 'a'], ['a']]);
    assert.equal(record.summarise({ fromMs: 0, toMs: 20 }).holdersMax, 1);
  });
});
