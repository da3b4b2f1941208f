import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BEATS_MISSED_MAX, SilenceWatch } from './proxy-watch.ts';

/** Long enough for a machine that is busy, short enough for a test. */
const BEAT_MS = 5;

function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('the watch over a process that beats', () => {
  test('says so after the beats that may be missed, once', async () => {
    const told: number[] = [];
    await new Promise<void>((resolve) => {
      const watch = new SilenceWatch((forMs) => {
        told.push(forMs);
        setTimeout(() => {
          watch.end();
          resolve();
        }, BEAT_MS * BEATS_MISSED_MAX);
      }, BEAT_MS);
      watch.begin();
      watch.heard();
    });
    assert.deepEqual(told, [BEAT_MS * BEATS_MISSED_MAX]);
  });

  test('does not count the time in which this process was held up itself', async () => {
    const told: number[] = [];
    const watch = new SilenceWatch((forMs) => told.push(forMs), BEAT_MS);
    watch.begin();
    watch.heard();
    for (let round = 0; round < 3; round++) {
      stall(BEAT_MS * BEATS_MISSED_MAX * 2);
      await new Promise((resolve) => setImmediate(resolve));
    }
    watch.end();
    assert.deepEqual(told, []);
  });

  test('is patient until the first beat', async () => {
    const told: number[] = [];
    const watch = new SilenceWatch((forMs) => told.push(forMs), 1);
    watch.begin();
    await new Promise((resolve) => setTimeout(resolve, BEATS_MISSED_MAX * 3));
    watch.end();
    assert.deepEqual(told, []);
  });
});
