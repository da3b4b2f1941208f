import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from './rng.ts';

const draw = (seed: number, count = 8): number[] => {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.integer(0, 0xffff_ffff));
};

test('one seed gives one stream, today and tomorrow', () => {
  assert.deepEqual(draw(1), draw(1));
  assert.deepEqual(draw(1, 3), [1779833415, 2026416846, 1661539736]);
});

test('seeds that differ in any of 53 bits give other streams', () => {
  const seeds = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
  assert.equal(new Set(seeds.map((seed) => draw(seed).join())).size, seeds.length);
});

test('draws stay within their bounds and reach both ends', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.nat(1000), (seed, min, span) => {
      const rng = createRng(seed);
      for (let round = 0; round < 20; round++) {
        const value = rng.integer(min, min + span);
        assert(Number.isInteger(value) && value >= min && value <= min + span);
        const float = rng.next();
        assert(float >= 0 && float < 1);
      }
    }),
  );
  const rng = createRng(7);
  const seen = new Set(Array.from({ length: 200 }, () => rng.integer(1, 6)));
  assert.deepEqual([...seen].sort(), [1, 2, 3, 4, 5, 6]);
});

test('draws are spread evenly', () => {
  const rng = createRng(42);
  const buckets = new Array<number>(16).fill(0);
  for (let round = 0; round < 16_000; round++) {
    const bucket = rng.integer(0, 15);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  // Chi squared with 15 degrees of freedom: above 37.7 once in a thousand seeds.
  const chi = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert(chi < 37.7, `chi squared ${chi}`);
});

test('chances of 0 and 1 are certain', () => {
  const rng = createRng(3);
  for (let round = 0; round < 100; round++) {
    assert.equal(rng.chance(0), false);
    assert.equal(rng.chance(1), true);
  }
});

test('a fork draws on its own', () => {
  const [left, right] = [createRng(5), createRng(5)];
  const [forkLeft, forkRight] = [left.fork(), right.fork()];
  for (let round = 0; round < 10; round++) forkLeft.next();
  assert.equal(left.next(), right.next());
  assert.notEqual(forkLeft.next(), forkRight.next());
});

test('a pick from nothing is a bug', () => {
  assert.throws(() => createRng(1).pick([]), RangeError);
  assert.equal(createRng(1).pick(['only']), 'only');
});
