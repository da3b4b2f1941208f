import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedReading } from './shared-reading.ts';

/** Readings that end when they are told to. */
function readings(rest?: (ms: number) => Promise<unknown>) {
  const ends: ((value: string) => void)[] = [];
  const read = (): Promise<string> => new Promise((resolve) => void ends.push(resolve));
  const shared = new SharedReading<string>(read, rest);
  return { ends, shared };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('nobody is answered by what was being read already, and all who wait share the next', async () => {
  const { ends, shared } = readings();
  const first = shared.next();
  await turn();
  const others = [shared.next(), shared.next()];
  await turn();
  assert.equal(ends.length, 1);
  ends[0]?.('first');
  assert.equal(await first, 'first');
  while (ends.length === 1) await turn();
  const last = shared.next();
  ends[1]?.('second');
  assert.deepEqual(await Promise.all(others), ['second', 'second']);
  while (ends.length === 2) await turn();
  ends[2]?.('third');
  assert.equal(await last, 'third');
});

test('after a reading it rests for longer than that took', async () => {
  let restMs = 0;
  let wake = (): void => {};
  const rest = (ms: number): Promise<void> => {
    restMs = ms;
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  const { ends, shared } = readings(rest);
  const first = shared.next();
  await turn();
  const beganMs = performance.now();
  while (performance.now() < beganMs + 20) await turn();
  ends[0]?.('first');
  await first;
  void shared.next();
  await turn();
  assert.equal(ends.length, 1);
  assert.ok(restMs >= 60, `${restMs} ms`);
  wake();
  await turn();
  assert.equal(ends.length, 2);
});
