import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addMicros } from '../../src/base/time.ts';
import { createAlarmFactory } from '../../src/linux/alarm.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { close, eventfd, read, write } from '../../src/linux/ffi/libc.ts';
import type { FdWatch, FdWatcher } from '../../src/ports/fd-watcher.ts';
import { isSysError } from '../../src/ports/sys-error.ts';

const linux = process.platform === 'linux';
const EFD_NONBLOCK = 0o4000;
const EFD_SEMAPHORE = 1;

function openCounter(initial = 0, flags = 0): number {
  const fd = eventfd(initial, EFD_NONBLOCK | flags);
  assert.ok(fd >= 0);
  return fd;
}

function signal(fd: number): void {
  assert.equal(write(fd, new Uint8Array(new BigUint64Array([1n]).buffer), 8), 8);
}

function watchOrFail(watcher: FdWatcher, fd: number, onReadable: () => void): FdWatch {
  const watch = watcher.watch(fd, onReadable);
  if (isSysError(watch)) throw new Error(watch.message);
  return watch;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !condition(); tries++) await sleep(2);
  assert.ok(condition(), 'did not happen within 2 s');
}

for (const mechanism of ['uv', 'thread'] as const) {
  describe(`FdWatcher by ${mechanism}`, { skip: !linux && 'needs Linux' }, () => {
    let watcher: FdWatcher;
    const counter = new Uint8Array(8);

    before(async () => {
      if (mechanism === 'thread') process.env.HOLDFAST_POLL = 'thread';
      watcher = await openFdWatcher();
      delete process.env.HOLDFAST_POLL;
      assert.equal(watcher.mechanism, mechanism);
    });
    after(() => watcher.close());

    test('reports what arrives, each time', async () => {
      const fd = openCounter();
      let seen = 0;
      const watch = watchOrFail(watcher, fd, () => {
        if (read(fd, counter, 8) === 8) seen++;
      });
      for (let round = 1; round <= 5; round++) {
        signal(fd);
        await until(() => seen === round);
      }
      watch.close();
      close(fd);
    });

    test('reports again what was not read', async () => {
      const fd = openCounter(5, EFD_SEMAPHORE);
      let calls = 0;
      const watch = watchOrFail(watcher, fd, () => {
        calls++;
        read(fd, counter, 8);
      });
      await until(() => calls >= 5);
      await sleep(20);
      assert.equal(calls, 5);
      watch.close();
      close(fd);
    });

    test('is silent after close, which may come twice or inside the callback', async () => {
      const fd = openCounter(1);
      let calls = 0;
      const watch = watchOrFail(watcher, fd, () => {
        calls++;
        watch.close();
        watch.close();
      });
      await until(() => calls === 1);
      signal(fd);
      await sleep(20);
      assert.equal(calls, 1);
      close(fd);
    });

    test('a descriptor number used again belongs to its new watch', async () => {
      for (let round = 0; round < 50; round++) {
        const fd = openCounter(1);
        let calls = 0;
        const watch = watchOrFail(watcher, fd, () => {
          calls += read(fd, counter, 8) === 8 ? 1 : 0;
        });
        await until(() => calls === 1);
        watch.close();
        close(fd);
      }
    });

    test('reports what can be written, once it can', async () => {
      const full = 0xfffffffffffffffen;
      const fd = openCounter();
      write(fd, new Uint8Array(new BigUint64Array([full]).buffer), 8);
      let seen = 0;
      const watch = watcher.watch(fd, () => seen++, 'writable');
      if (isSysError(watch)) throw new Error(watch.message);
      await sleep(20);
      assert.equal(seen, 0);
      assert.equal(read(fd, counter, 8), 8);
      await until(() => seen > 0);
      watch.close();
      close(fd);
    });

    test('refuses a descriptor that is not open', () => {
      const fd = openCounter();
      close(fd);
      assert.ok(isSysError(watcher.watch(fd, () => {})));
    });

    test('an exception of a callback reaches the process', async () => {
      const fd = openCounter(1);
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      const caught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
      const watch = watchOrFail(watcher, fd, () => {
        read(fd, counter, 8);
        throw new Error('out of a callback');
      });
      assert.equal((await caught).message, 'out of a callback');
      for (const listener of listeners) process.on('uncaughtException', listener);
      watch.close();
      close(fd);
    });

    test('an alarm is never early and follows every new order', async () => {
      const clock = createClock();
      const lateness: number[] = [];
      let due = clock.now();
      let alarm = createAlarmFactory(watcher).createAlarm(() => {});
      alarm.close();
      alarm = createAlarmFactory(watcher).createAlarm(() => lateness.push(clock.now() - due));
      for (const delay of [-1000, 0, 100, 1500, 3300]) {
        const before = lateness.length;
        due = addMicros(clock.now(), delay);
        alarm.arm(addMicros(due, 60_000_000));
        alarm.arm(due);
        await until(() => lateness.length === before + 1);
      }
      alarm.arm(addMicros(clock.now(), 5000));
      alarm.arm(undefined);
      await sleep(20);
      assert.equal(lateness.length, 5);
      assert.ok(
        lateness.every((late) => late >= 0 && late < 200_000),
        lateness.join(),
      );
      alarm.close();
      alarm.close();
      alarm.arm(due);
    });
  });
}
