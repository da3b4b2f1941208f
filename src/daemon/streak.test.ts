import assert from 'node:assert/strict';
import { test } from 'node:test';
import { micros } from '../base/time.ts';
import { PAUSE_MS, Streak } from './streak.ts';

const SLICE_US = 4000;

/** When the pauses began of work in slices that begins at `from` and lasts until `until`. */
function pausesOf(streak: Streak, from: number, until: number): readonly number[] {
  const pauses: number[] = [];
  for (let now = from + SLICE_US; now < until; now += SLICE_US) {
    if (streak.next(micros(now)) === 'at-once') continue;
    pauses.push(now - from);
    now += PAUSE_MS * 1000;
  }
  return pauses;
}

test('of a second less than 950 ms are work, from its first streak on', () => {
  const pauses = pausesOf(new Streak(), 5_000_000, 6_000_000);
  assert.ok((pauses[0] ?? 0) >= 100_000);
  assert.ok(1000 - pauses.length * PAUSE_MS < 950, `${pauses.length} pauses`);
  const distances = pauses.slice(1).map((each, index) => each - (pauses[index] ?? 0));
  assert.ok(distances.every((each) => each <= 19_000));
});

test('short work does not pause, however often it comes', () => {
  const streak = new Streak();
  for (let from = 1_000_000; from < 2_000_000; from += 200_000) {
    assert.deepEqual(pausesOf(streak, from, from + 90_000), []);
    streak.end();
  }
});
