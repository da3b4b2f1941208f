import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, END, type Stream, type Streams, WOULD_BLOCK } from '../ports/streams.ts';
import { Pump } from './pump.ts';

const block = (): Block => ({ bytes: new Uint8Array(65_536) });
const streams = { createBlock: block, freeBlock: () => {} } as unknown as Streams;

/** Gives what `received` has, then nothing; notes what is sent. */
function pumping(received: number[]) {
  const sent: (string | number)[] = [];
  const source = { receive: () => received.shift() ?? WOULD_BLOCK } as unknown as Stream;
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
  pump.sourceReady('end');
  assert.equal(pump.run(), 'ended');
  assert.deepEqual(sent, [10, 'more', 'end']);
});

test('bytes behind which nobody knows of an end are not held back for one', () => {
  const { pump, sent } = pumping([10]);
  assert.equal(pump.run(), 'waiting');
  pump.sourceReady('open');
  pump.run();
  assert.deepEqual(sent, [10]);
});

test('what edges have not told of is not tried, and less than there was room for is all there is', () => {
  const { pump, sent } = pumping([10, 20]);
  pump.expect({ isReadable: false, isEnded: false });
  assert.equal(pump.run(), 'waiting');
  assert.deepEqual(sent, []);
  pump.sourceReady('open');
  assert.equal(pump.run(), 'waiting');
  assert.deepEqual(sent, [10]);
});

test('an end that an edge has told of before anything was read is read', () => {
  const { pump, sent } = pumping([10, END]);
  pump.expect({ isReadable: true, isEnded: true });
  assert.equal(pump.run(), 'ended');
  assert.deepEqual([...sent, pump.isRead], [10, 'more', 'end', true]);
});
