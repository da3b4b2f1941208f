import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardAnswer } from './guard-callback.ts';

test('what a callback throws is thrown where it is seen, and C has its answer', (context) => {
  const later: (() => void)[] = [];
  context.mock.method(process, 'nextTick', (body: () => void) => void later.push(body));
  const guarded = guardAnswer((value: number) => {
    if (value < 0) throw new RangeError('negative');
    return value;
  }, -7);
  assert.deepEqual([guarded(3), guarded(-1)], [3, -7]);
  assert.equal(later.length, 1);
  assert.throws(() => later[0]?.(), RangeError);
});
