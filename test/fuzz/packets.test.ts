import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodersOf } from './decoders.ts';
import { fuzzPackets } from './packet-fuzzer.ts';

test('every decoder accepts the packets that are valid', () => {
  const decoders = Object.values(decodersOf).flatMap((group) => Object.entries(group));
  for (const [name, { decode, valid }] of decoders) {
    assert(valid.length > 0, `${name} has none`);
    for (const packet of valid) {
      assert(decode(packet).ok, `${name}: ${Buffer.from(packet).toString('hex')}`);
    }
  }
});

test('20,000 packets, random and mutated, pass every decoder without an exception', () => {
  const report = fuzzPackets({ seed: 20_000, count: 20_000 });
  assert.deepEqual(report.failures, []);
  for (const [decoder, { accepted, refused }] of Object.entries(report.decoders)) {
    // A fuzzer that only ever gets refusals, or none, tests nothing.
    assert(accepted > 0, `${decoder} never read a packet`);
    assert(refused.size > 0, `${decoder} never refused a packet`);
  }
});

test('equal seeds try equal packets', () => {
  const outcomesOf = (seed: number) => {
    const { decoders } = fuzzPackets({ seed, count: 500 });
    return Object.values(decoders).map(({ accepted, refused }) => [accepted, ...refused]);
  };
  assert.deepEqual(outcomesOf(1), outcomesOf(1));
  assert.notDeepEqual(outcomesOf(1), outcomesOf(2));
});
