import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAhead, TAKES_NOBODY } from './ahead.ts';

test('the next connection is left to a process that has clearly fewer, where there is one', () => {
  const cases: readonly (readonly [loads: readonly number[], isAhead: boolean])[] = [
    [[0, 0], false],
    [[1, 0], true],
    [[1, 1], false],
    [[2, 1], true],
    [[0, 1], false],
    [[5, 4], false],
    [[6, 4], true],
    [[100, 80], false],
    [[101, 80], true],
    [[3, 9, 2], true],
    [[7], false],
    [[7, TAKES_NOBODY], false],
    [[7, TAKES_NOBODY, 1], true],
    [[TAKES_NOBODY, 1], false],
  ];
  for (const [loads, expected] of cases)
    assert.equal(isAhead(Uint32Array.from(loads), 0), expected, loads.join(' '));
});
