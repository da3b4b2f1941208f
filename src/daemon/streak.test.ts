import assert from 'node:assert/strict';
import { test } from 'node:test';
import { micros } from '../base/time.ts';
import { Streak } from './streak.ts';

/** Slices of 2 ms, and 1 ms for each pause: how long the work ran before each pause. */
function pausesOf(streak: Streak, from: number, untilUs: number): readonly number[] {
  const streaks: number[] = [];
  let began = from;
  for (let now = from; now < untilUs; now += 2000) {
    if (streak.next(micros(now)) === 'at-once') continue;
    streaks.push(now - began);
    now += 1000;
    began = now + 2000;
  }
  return streaks;
}

test('long work keeps less than 95 of 100 ms, and short work does not pause', () => {
  const streak = new Streak();
  const streaks = pausesOf(streak, 5_000_000, 6_000_000);
  assert.equal(streaks[0], 100_000);
  assert.ok(streaks.slice(1).every((each) => each <= 18_000));
  assert.ok(streaks.length >= 50, `${streaks.length} pauses of 1 ms`);
  streak.end();
  assert.deepEqual(pausesOf(streak, 9_000_000, 9_090_000), []);
});
