import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMicros, earliest, type Micros, micros, millis, seconds, toSeconds } from './time.ts';

test('units come out as whole microseconds', () => {
  assert.equal(seconds(1), 1_000_000);
  assert.equal(seconds(0.1 + 0.2), 300_000);
  assert.equal(millis(0.5), 500);
  assert.equal(micros(1.5), 2);
  assert.equal(toSeconds(addMicros(seconds(1), 500_000)), 1.5);
});

test('the earlier of two instants wins, and a missing one never does', () => {
  const [early, late] = [1, 2] as [Micros, Micros];
  assert.equal(earliest(early, late), early);
  assert.equal(earliest(late, early), early);
  assert.equal(earliest(undefined, late), late);
  assert.equal(earliest(early, undefined), early);
  assert.equal(earliest(undefined, undefined), undefined);
});
