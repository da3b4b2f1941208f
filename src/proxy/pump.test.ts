import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Block,
  BROKEN,
  END,
  PEER_ENDED,
  READABLE,
  type Stream,
  type Streams,
  WOULD_BLOCK,
} from '../ports/streams.ts';
import { Pump } from './pump.ts';

const block = (): Block => ({ bytes: new Uint8Array(65_536) });
const streams = { createBlock: block, freeBlock: () => {} } as unknown as Streams;

const URGENT = 2;

/** Gives what `received` has, then nothing; notes what is sent. */
function pumping(received: number[], kind: 'tcp' | 'other' = 'other') {
  const sent: (string | number)[] = [];
  const source = {
    receive: () => received.shift() ?? WOULD_BLOCK,
    isTcp: kind === 'tcp',
  } as unknown as Stream;
  const sink = {
    send: (_block: Block, from: number, to: number, more?: 'more') => {
      sent.push(to - from, ...(more === undefined ? [] : [more]));
      return to - from;
    },
    shutdown: () => sent.push('end'),
  } as unknown as Stream;
  return { pump: new Pump(source, sink, streams, block(), () => {}), sent };
}

test('the last bytes and the end go together where both have come', () => {
  const { pump, sent } = pumping([10, END]);
  pump.sourceTold(READABLE | PEER_ENDED);
  assert.equal(pump.run(), 'ended');
  assert.deepEqual(sent, [10, 'more', 'end']);
});

test('bytes behind which nobody knows of an end are not held back for one', () => {
  const { pump, sent } = pumping([10]);
  assert.equal(pump.run(), 'waiting');
  pump.sourceTold(READABLE);
  pump.run();
  assert.deepEqual(sent, [10]);
});

test('what edges have not told of is not tried, and less than there was room for is all there is', () => {
  const { pump, sent } = pumping([10, 20]);
  pump.expect(0);
  assert.equal(pump.run(), 'waiting');
  assert.deepEqual(sent, []);
  pump.sourceTold(READABLE);
  assert.equal(pump.run(), 'waiting');
  assert.deepEqual(sent, [10]);
});

test('an end that an edge has told of before anything was read is read', () => {
  const { pump, sent } = pumping([10, END]);
  pump.expect(READABLE | PEER_ENDED);
  assert.equal(pump.run(), 'ended');
  assert.deepEqual([...sent, pump.isRead], [10, 'more', 'end', true]);
});

test('of a TCP connection the last bytes say that nothing is left, where its end was told in order', () => {
  const told = READABLE | PEER_ENDED;
  const run = (received: number[], readiness: number, kind: 'tcp' | 'other') => {
    const { pump, sent } = pumping(received, kind);
    pump.sourceTold(readiness);
    return { state: pump.run(), sent, left: received.length };
  };
  assert.deepEqual(run([10, END], told, 'tcp'), {
    state: 'ended',
    sent: [10, 'more', 'end'],
    left: 1,
  });
  const full = [65_536, 10, END];
  assert.equal(run(full, told, 'tcp').left, 1);
  // What stands behind an urgent byte, in a record, behind a descriptor, or who was broken off: that is asked for.
  for (const [readiness, kind] of [
    [told | URGENT, 'tcp'],
    [told | BROKEN, 'tcp'],
    [told, 'other'],
  ] as const) {
    const { state, sent } = run([10, 20, END], readiness, kind);
    assert.deepEqual([state, ...sent], ['ended', 10, 'more', 20, 'more', 'end']);
  }
});

test('the end that the last bytes have told of waits until all of them are sent', () => {
  const sent: (string | number)[] = [];
  const source = { receive: () => 10, isTcp: true } as unknown as Stream;
  let room = 4;
  const sink = {
    send: (_block: Block, from: number, to: number) => {
      const count = Math.min(room, to - from);
      sent.push(count);
      return count === 0 ? WOULD_BLOCK : count;
    },
    shutdown: () => sent.push('end'),
  } as unknown as Stream;
  const pump = new Pump(source, sink, streams, block(), () => {});
  pump.sourceTold(READABLE | PEER_ENDED);
  assert.equal(pump.run(), 'waiting');
  assert.deepEqual(sent, [4]);
  room = 100;
  pump.sinkReady();
  assert.equal(pump.run(), 'ended');
  assert.deepEqual(sent, [4, 6, 'end']);
});
