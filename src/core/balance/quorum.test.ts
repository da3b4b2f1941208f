import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextQuorum } from './quorum.ts';
import { fileOpinion } from './users.ts';

const CASES = [
  // quorum, hysteresis; weight of the live ones; of one that was up, of one that was down
  [1, 0, 0, 'down', 'down'],
  [1, 0, 1, 'up', 'up'],
  [3, 0, 2, 'down', 'down'],
  [3, 0, 3, 'up', 'up'],
  [3, 2, 0, 'down', 'down'],
  [3, 2, 1, 'up', 'down'],
  [3, 2, 4, 'up', 'down'],
  [3, 2, 5, 'up', 'up'],
  [5, 1, 3, 'down', 'down'],
  [5, 1, 4, 'up', 'down'],
  // keepalived lowers such a hysteresis; without any weight there is no quorum all the same
  [1, 1, 0, 'down', 'down'],
] as const;

test('a quorum is kept from quorum - hysteresis on, and gained from quorum + hysteresis on', () => {
  for (const [quorum, hysteresis, weight, fromUp, fromDown] of CASES) {
    const rule = { quorum, hysteresis };
    const text = `${quorum} ± ${hysteresis} at ${weight}`;
    assert.equal(nextQuorum('up', weight, rule), fromUp, `${text}, was up`);
    assert.equal(nextQuorum('down', weight, rule), fromDown, `${text}, was down`);
  }
});

test('the number in a file is a verdict with weight 0, and weight else', () => {
  const check = (weight: number, sense: 'normal' | 'reverse' = 'normal') =>
    ({ kind: 'file', file: 'load', weight, sense }) as const;
  const cases = [
    [check(0), undefined, 'passes', 0],
    [check(0), 0, 'passes', 0],
    [check(0), 4, 'fails', 0],
    [check(0), -4, 'fails', 0],
    [check(0, 'reverse'), 0, 'fails', 0],
    [check(0, 'reverse'), 4, 'passes', 0],
    [check(2), 3, 'passes', 6],
    [check(2, 'reverse'), 3, 'passes', -6],
    [check(-2), -3, 'passes', 6],
    [check(-1), 65_534, 'passes', -65_534],
    [check(-1), 65_535, 'fails', 0],
    [check(1), 100_000, 'passes', 65_535],
    [check(5), undefined, 'passes', 0],
  ] as const;
  for (const [file, value, state, contribution] of cases) {
    assert.deepEqual(
      fileOpinion(file, value),
      { state, contribution },
      JSON.stringify([file, value]),
    );
  }
});
