import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { LogRecord } from '../ports/log.ts';
import { mainThreadTimes, StandStill, type ThreadTimes } from './stand-still.ts';

function watched(read: () => ThreadTimes | undefined) {
  const told: LogRecord[] = [];
  const clock = { ms: 1000 };
  const watch = new StandStill({
    log: { write: (record) => void told.push(record) },
    nowMs: () => clock.ms,
    times: read,
  });
  const pass = (ms: number): readonly string[] => {
    clock.ms += ms;
    watch.look();
    return told.splice(0).map(({ text }) => text);
  };
  return pass;
}

test('tells of what took longer than a second, and what it went by with', () => {
  let times = { ran: 50, waited: 10 };
  const pass = watched(() => times);
  assert.deepEqual(pass(500), []);
  times = { ran: 450, waited: 1010 };
  assert.deepEqual(pass(1500), []);
  times = { ran: 700, waited: 2260 };
  assert.deepEqual(pass(2600), [
    'stood still for 2.10 s: it worked for 0.25 s, waited for a processor for 1.25 s, ' +
      'was held by the kernel for 0.60 s',
  ]);
  assert.deepEqual(pass(500), []);
});

test('tells how long it was where the kernel tells nothing', () => {
  const pass = watched(() => undefined);
  assert.deepEqual(pass(1800), ['stood still for 1.30 s']);
});

test('the time of the main thread grows by work, where the kernel tells it', () => {
  const before = mainThreadTimes();
  for (const endMs = performance.now() + 30; performance.now() < endMs; );
  const after = mainThreadTimes();
  assert.equal(after === undefined, before === undefined);
  const passedOf = (times = { ran: 0, waited: 0 }): number => times.ran + times.waited;
  if (existsSync('/proc/self/schedstat')) assert.ok(passedOf(after) > passedOf(before) + 10);
  else assert.equal(after, undefined);
});
