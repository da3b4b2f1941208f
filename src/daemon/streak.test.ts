import assert from 'node:assert/strict';
import { test } from 'node:test';
import { micros } from '../base/time.ts';
import { PAUSE_MS, Streak } from './streak.ts';

const STREAK_US = 11_000;

/** When the pauses began of work in slices that begins at `from` and lasts until `until`. */
function pausesOf(
  streak: Streak,
  sliceUs: number,
  [from, until]: readonly [number, number],
): readonly number[] {
  const pauses: number[] = [];
  for (let now = from + sliceUs; now < until; now += sliceUs) {
    if (streak.next(micros(now), STREAK_US) === 'at-once') continue;
    pauses.push(now - from);
    now += PAUSE_MS * 1000;
  }
  return pauses;
}

for (const sliceUs of [2000, 4000, 14_000]) {
  test(`of a second less than 950 ms are work, in slices of ${sliceUs} us`, () => {
    const pauses = pausesOf(new Streak(), sliceUs, [5_000_000, 6_000_000]);
    assert.ok((pauses[0] ?? 0) >= 100_000);
    assert.ok(1000 - pauses.length * PAUSE_MS < 950, `${pauses.length} pauses`);
    const distances = pauses.slice(1).map((each, index) => each - (pauses[index] ?? 0));
    assert.ok(distances.every((each) => each <= STREAK_US + sliceUs + PAUSE_MS * 1000));
  });
}

test('short work does not pause, however often it comes', () => {
  const streak = new Streak();
  for (let from = 1_000_000; from < 2_000_000; from += 200_000) {
    assert.deepEqual(pausesOf(streak, 4000, [from, from + 90_000]), []);
    streak.end();
  }
});
