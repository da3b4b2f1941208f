import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runSeed } from '../../src/sim/run.ts';
import { Marks, unreachedPairs, unseen } from './marks.ts';

const SEEDS = 300;

describe('simulator', () => {
  test(`${SEEDS} seeds hold every invariant and reach every state with every input`, () => {
    const marks = new Marks();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = runSeed(seed, marks);
      assert.equal(failure, undefined, `seed ${seed}: replay with npm run sim -- ${seed}`);
    }
    assert.deepEqual(unreachedPairs(marks), []);
    assert.deepEqual(unseen(marks), []);
  });

  test('a seed gives the same run every time', () => {
    const once = runSeed(17);
    assert.deepEqual(runSeed(17), once);
    assert.notEqual(once.events, runSeed(18).events);
  });
});
