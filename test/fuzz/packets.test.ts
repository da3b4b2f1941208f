import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzPackets } from './packet-fuzzer.ts';

test('20,000 packets, random and mutated, pass every decoder without an exception', () => {
  const report = fuzzPackets({ seed: 20_000, count: 20_000 });
  assert.deepEqual(report.exceptions, []);
  for (const [decoder, { outcomes }] of Object.entries(report.decoders)) {
    // A fuzzer that only ever gets refusals, or none, tests nothing.
    assert(outcomes.has('ok'), `${decoder} never read a packet`);
    assert(outcomes.size > 1, `${decoder} never refused a packet`);
  }
});

test('equal seeds try equal packets', () => {
  const outcomesOf = (seed: number) => {
    const { decoders } = fuzzPackets({ seed, count: 500 });
    return Object.values(decoders).map(({ outcomes }) => [...outcomes]);
  };
  assert.deepEqual(outcomesOf(1), outcomesOf(1));
  assert.notDeepEqual(outcomesOf(1), outcomesOf(2));
});
