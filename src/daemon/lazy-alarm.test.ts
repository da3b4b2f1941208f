import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Micros, micros } from '../base/time.ts';
import { createLazyAlarm } from './lazy-alarm.ts';

function setUp() {
  let now = 0;
  let ring = (): void => {};
  let calls = 0;
  let onBefore = (): void => {};
  const armed: (Micros | undefined)[] = [];
  const alarm = createLazyAlarm(
    {
      clock: { now: () => micros(now) },
      alarms: {
        createAlarm: (onDue) => {
          ring = onDue;
          return { arm: (at) => void armed.push(at), close: () => {} };
        },
      },
    },
    {
      before: () => {
        onBefore();
        return micros(now);
      },
      onDue: () => {
        calls++;
      },
    },
  );
  const before = (act: () => void): void => {
    onBefore = act;
  };
  const ringAt = async (at: number): Promise<void> => {
    now = at;
    ring();
    await nextTurn();
  };
  return { alarm, armed, ringAt, before, calls: () => calls };
}

test('what only moves later is set once, and again when it goes off too early', async () => {
  const { alarm, armed, ringAt, calls } = setUp();
  for (const at of [100, 200, 300]) alarm.arm(micros(at));
  assert.deepEqual(armed, [100]);
  await ringAt(100);
  assert.equal(calls(), 0);
  assert.deepEqual(armed, [100, 300]);
  await ringAt(300);
  assert.equal(calls(), 1);
});

test('an earlier instant is set at once, and what is not wanted any more does not call', async () => {
  const { alarm, armed, ringAt, calls } = setUp();
  alarm.arm(micros(200));
  alarm.arm(micros(100));
  assert.deepEqual(armed, [200, 100]);
  alarm.arm(undefined);
  await ringAt(100);
  assert.equal(calls(), 0);
  alarm.arm(micros(150));
  await ringAt(150);
  assert.equal(calls(), 1);
});

test('what was put off for a while is set when it is told to', async () => {
  const { alarm, armed, ringAt, calls } = setUp();
  for (const at of [100, 200]) alarm.arm(micros(at));
  alarm.settle();
  alarm.settle();
  assert.deepEqual(armed, [100, 200]);
  alarm.arm(undefined);
  alarm.settle();
  assert.deepEqual(armed, [100, 200, undefined]);
  await ringAt(200);
  assert.equal(calls(), 0);
});

test('packets read in the turn in which it goes off move it', async () => {
  const { alarm, armed, ringAt, calls } = setUp();
  alarm.arm(micros(100));
  const ringing = ringAt(100);
  alarm.arm(micros(400));
  await ringing;
  assert.equal(calls(), 0);
  assert.deepEqual(armed, [100, 400]);
});

test('packets that lie unread are read before it calls, and move it', async () => {
  const { alarm, armed, ringAt, before, calls } = setUp();
  alarm.arm(micros(100));
  before(() => alarm.arm(micros(400)));
  await ringAt(100);
  assert.equal(calls(), 0);
  assert.deepEqual(armed, [100, 400]);
  before(() => {});
  await ringAt(400);
  assert.equal(calls(), 1);
});
