import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isSysError } from '../ports/sys-error.ts';
import { openCrowdedReader, type ReadTime } from './crowded-reader.ts';
import { openFdWatcher } from './fd-watcher.ts';
import { close, recv, send, socketpair } from './ffi/libc.ts';
import { AF_UNIX, littleEndian } from './ffi/sockaddr.ts';

const skip = process.platform === 'linux' ? false : 'needs Linux';
const DATAGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;

function openPair(): readonly [number, number] {
  const bytes = new Uint8Array(8);
  assert.equal(socketpair(AF_UNIX, DATAGRAM_NONBLOCK_CLOEXEC, 0, bytes), 0);
  const view = new DataView(bytes.buffer);
  return [view.getInt32(0, littleEndian), view.getInt32(4, littleEndian)];
}

function tell(fd: number, text: string): void {
  assert.equal(send(fd, Buffer.from(text), text.length, 0), text.length);
}

test('a burst is read to its end, and what comes after it too', { skip }, async () => {
  const watcher = await openFdWatcher();
  const [from, to] = openPair();
  const into = new Uint8Array(8);
  let taken = 0;
  let heard = (): void => {};
  const readOne = (): number => {
    if (recv(to, into, into.length, 0) < 0) return 0;
    taken++;
    heard();
    return 1;
  };
  const reader = openCrowdedReader(watcher, to, { readAll: readOne, rest: () => 'short' });
  assert(!isSysError(reader));
  const reaches = (count: number): Promise<void> =>
    new Promise((resolve) => {
      heard = () => taken >= count && resolve();
      heard();
    });

  // One is read a call: these are many wake-ups in a row, and then rests.
  for (let number = 0; number < 40; number++) tell(from, 'burst');
  await reaches(40);
  tell(from, 'at rest');
  await reaches(41);
  await sleep(20);
  tell(from, 'awake');
  await reaches(42);

  for (let number = 0; number < 40; number++) tell(from, 'burst');
  await reaches(60);
  reader.close();
  reader.close();
  const atClose = taken;
  tell(from, 'closed');
  await sleep(20);
  assert.equal(taken, atClose);
  close(from);
  close(to);
  watcher.close();
});

test('where nothing waits for it a burst is read late, or when it is asked for', {
  skip,
}, async () => {
  const watcher = await openFdWatcher();
  const [from, to] = openPair();
  const into = new Uint8Array(8);
  let taken = 0;
  let reads = 0;
  let atMost = 1;
  let when: ReadTime = 'at-once';
  let length: 'short' | 'long' = 'long';
  const readAll = (time: ReadTime): number => {
    reads++;
    when = time;
    let count = 0;
    while (count < atMost && recv(to, into, into.length, 0) >= 0) count++;
    taken += count;
    return count;
  };
  const reader = openCrowdedReader(watcher, to, { readAll, rest: () => length });
  assert(!isSysError(reader));
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await sleep(1);
  };

  // Many wake-ups in a row are a burst.
  for (let number = 0; number < 40; number++) tell(from, 'burst');
  await until(() => taken > 4);
  atMost = 1000;
  await until(() => taken === 40);
  assert.equal(when, 'late');
  // The next one is expected to be: it is read in one go, though it takes several turns to come.
  const before = reads;
  for (let number = 0; number < 10; number++) {
    tell(from, 'burst');
    await nextTurn();
  }
  reader.readWaiting();
  assert.equal(taken, 50);
  assert(reads - before < 8);
  // What comes alone again is read at once.
  const isFree = async (): Promise<boolean> => {
    const soFar = taken;
    tell(from, 'alone');
    await nextTurn();
    await nextTurn();
    return taken > soFar && when === 'at-once';
  };
  while (!(await isFree())) await sleep(150);
  taken = 50;
  for (let number = 51; number < 60; number++) {
    await sleep(10);
    tell(from, 'alone');
    await until(() => taken === number);
  }
  // Where somebody waits for it all of a sudden it is read as it comes.
  for (let number = 0; number < 40; number++) tell(from, 'burst');
  atMost = 1;
  await until(() => taken > 64);
  atMost = 1000;
  length = 'short';
  reader.readWaiting();
  assert.equal(taken, 99);
  tell(from, 'awaited');
  await nextTurn();
  await nextTurn();
  assert.equal(taken, 100);
  assert.equal(when, 'at-once');
  reader.readWaiting();
  reader.close();
  tell(from, 'closed');
  reader.readWaiting();
  assert.equal(taken, 100);
  close(from);
  close(to);
  watcher.close();
});
