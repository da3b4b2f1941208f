import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, send, socketpair } from './libc.ts';
import { allocateDatagramBatch } from './receive-many.ts';
import { AF_UNIX, littleEndian } from './sockaddr.ts';

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

test('many datagrams come in one call, and those that are too long are told apart', {
  skip,
}, () => {
  const [from, to] = openPair();
  const { countMax, receive, bytes, offset, size } = allocateDatagramBatch({
    countMax: 3,
    slotBytes: 8,
  });
  const texts = (count: number): (string | undefined)[] =>
    Array.from({ length: count }, (_, index) => {
      const [at, length] = [offset(index), size(index)];
      return length === undefined
        ? undefined
        : Buffer.from(bytes).toString('utf8', at, at + length);
    });
  assert.equal(countMax, 3);
  assert(receive(to) < 0);
  for (const text of ['one', 'longer than a slot', 'just fit', 'next']) tell(from, text);
  assert.equal(receive(to), 3);
  assert.deepEqual(texts(3), ['one', undefined, 'just fit']);
  // What was too long the time before does not mark the slot.
  tell(from, 'second');
  assert.equal(receive(to), 2);
  assert.deepEqual(texts(2), ['next', 'second']);
  assert(receive(to) < 0);
  close(from);
  close(to);
});

test('what is longer than most lies in one piece all the same', { skip }, () => {
  const [from, to] = openPair();
  const { receive, bytes, offset, size } = allocateDatagramBatch({ countMax: 2, slotBytes: 2048 });
  const long = Array.from({ length: 300 }, (_, number) => String.fromCharCode(97 + (number % 26)));
  for (const text of ['short', long.join('')]) tell(from, text);
  assert.equal(receive(to), 2);
  for (const [index, text] of ['short', long.join('')].entries()) {
    const at = offset(index);
    assert.equal(Buffer.from(bytes).toString('utf8', at, at + (size(index) ?? 0)), text);
  }
  close(from);
  close(to);
});
