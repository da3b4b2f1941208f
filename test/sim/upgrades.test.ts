import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runSeed } from '../../src/sim/run.ts';
import type { Step } from '../../src/sim/types.ts';

const SEEDS = 60;
/** An upgrade of the host that has just acted, at each so-manieth step. */
const STEPS = 5;

/** Whatever happens to a group, nobody notices that another program goes on with the engine. */
describe('simulated upgrades', () => {
  test(`change nothing in ${SEEDS} runs`, () => {
    let upgrades = 0;
    let steps = 0;
    const observer = {
      onStep: ({ host }: Step): void => {
        if (++steps % STEPS === 0 && host.upgrade() === 'upgraded') upgrades++;
      },
    };
    for (let seed = 1; seed <= SEEDS; seed++) {
      assert.deepEqual(runSeed(seed, observer), runSeed(seed), `seed ${seed}`);
    }
    assert(upgrades > 10_000, `${upgrades} upgrades`);
  });
});
