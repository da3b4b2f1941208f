import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { slotsByMaglev, slotsBySource, slotsInTurn, slotsOfShares } from './slots.ts';

const label = (index: number): string =>
  `${'0'.repeat(24)}${(index * 0x9e3779b1).toString(16)}`.slice(-32);
const shares = (...weights: readonly number[]) =>
  weights.map((weight, index) => ({ label: label(index + 1), weight }));

function counts(slots: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const each of slots) found.set(each, (found.get(each) ?? 0) + 1);
  return found;
}

const someWeights = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 40 });

describe('slots', () => {
  test('in turn: as often as the weight says, spread evenly', () => {
    assert.deepEqual(
      slotsInTurn(shares(5, 1, 1)).map((each) => [label(1), label(2), label(3)].indexOf(each)),
      [0, 0, 1, 0, 2, 0, 0],
    );
    assert.equal(slotsInTurn(shares(100, 100)).length, 2);
    assert.deepEqual(slotsInTurn([]), []);
  });

  test('in turn: any weights fit, within a percent of the whole, and nobody is left out', () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const slots = slotsInTurn(shares(...weights));
        assert.ok(slots.length <= 1024 + weights.length);
        const total = weights.reduce((sum, each) => sum + each, 0);
        const found = counts(slots);
        for (const [index, weight] of weights.entries()) {
          const count = found.get(label(index + 1)) ?? 0;
          assert.ok(count >= 1);
          assert.ok(Math.abs(count / slots.length - weight / total) < 0.05);
        }
      }),
    );
  });

  test('of shares: always as many, and no more change than must', () => {
    fc.assert(
      fc.property(someWeights, someWeights, (one, other) => {
        const before = slotsOfShares(shares(...one), 128);
        const after = slotsOfShares(shares(...other), 128, before);
        assert.equal(after.length, 128);
        const had = counts(before);
        let needed = 0;
        for (const [each, count] of counts(after))
          needed += Math.max(0, count - (had.get(each) ?? 0));
        assert.equal(after.filter((each, at) => each !== before[at]).length, needed);
      }),
    );
    assert.deepEqual(slotsOfShares([], 128, ['x']), []);
  });

  test('by source: over and over in their order', () => {
    const slots = slotsBySource(shares(2, 1));
    assert.equal(slots.length, 256);
    assert.deepEqual(slots.slice(0, 4), [label(1), label(1), label(2), label(1)]);
    assert.deepEqual(slotsBySource([]), []);
  });

  test('Maglev: proportions hold, and a server that leaves moves few others', () => {
    for (const count of [2, 3, 10, 50]) {
      const all = shares(...Array.from({ length: count }, () => 1));
      const before = slotsByMaglev(all);
      const found = [...counts(before).values()];
      assert.equal(found.length, count);
      assert.ok(Math.max(...found) <= Math.min(...found) + 1);
      const after = slotsByMaglev(all.slice(1));
      if (after.length !== before.length) continue;
      const moved = before.filter((each, at) => each !== label(1) && each !== after[at]).length;
      assert.ok(moved < before.length * 0.2, `${moved} of ${before.length} with ${count}`);
    }
    const [heavy = 0, light = 0] = [...counts(slotsByMaglev(shares(3, 1))).values()].sort(
      (a, b) => b - a,
    );
    assert.ok(Math.abs(heavy / light - 3) < 0.1);
    const order = shares(1, 1, 1);
    assert.deepEqual(slotsByMaglev([...order].reverse()), slotsByMaglev(order));
    assert.deepEqual(slotsByMaglev([]), []);
  });
});
