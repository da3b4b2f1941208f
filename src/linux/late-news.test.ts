import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetlinkWriter } from '../wire/netlink/writer.ts';
import { LateNews } from './late-news.ts';

function datagram(sequence: number, payload: Uint8Array): Uint8Array {
  const writer = new NetlinkWriter();
  writer.begin({ type: 20, flags: 0, sequence }).raw(payload).end();
  return writer.bytes.slice();
}

test('late news come out as they went in, once', () => {
  const late = new LateNews();
  for (let count = 0; count < 3000; count++) {
    const bytes = datagram(count, Uint8Array.of(count & 0xff, count >> 8, 0, 0));
    late.keep(bytes);
    // The caller uses its buffer again.
    bytes.fill(0);
  }
  const messages = late.take();
  assert.equal(messages.length, 3000);
  for (const [index, { sequence, payload }] of messages.entries()) {
    assert.deepEqual([sequence, payload[0], payload[1]], [index, index & 0xff, index >> 8]);
  }
  assert.deepEqual(late.take(), []);
});

test('late news are full after a megabyte, and empty when they are forgotten', () => {
  const late = new LateNews();
  const bytes = datagram(1, new Uint8Array(1008));
  for (let count = 0; !late.isFull; count++) {
    assert.ok(count < 2000);
    late.keep(bytes);
  }
  late.forget();
  assert.equal(late.isFull, false);
  assert.deepEqual(late.take(), []);
});
