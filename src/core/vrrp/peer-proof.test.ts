import assert from 'node:assert/strict';
import { test } from 'node:test';
import { micros, seconds } from '../../base/time.ts';
import type { PeerMessage } from '../../wire/peer-types.ts';
import { PeerProof } from './peer-proof.ts';
import { ip } from './test-model.ts';

const OURS = 'aaaaaaaaaaaaaaaa';
const START = seconds(1000);

function echoing(...counters: readonly number[]): PeerMessage {
  return {
    family: 4,
    vrid: 51,
    sender: ip('10.0.0.2'),
    session: 'bbbbbbbbbbbbbbbb',
    counter: 1,
    state: 'backup',
    priority: 100,
    preempts: 'yes',
    heard: counters.map((counter) => ({ peer: ip('10.0.0.1'), session: OURS, counter })),
    alternates: [],
  };
}

test('each message has the next number, whichever router it is of', () => {
  const proof = new PeerProof(OURS);
  assert.deepEqual(proof.stamp(START, 'VI_1'), { session: OURS, counter: 1 });
  assert.deepEqual(proof.stamp(START, 'VI_2'), { session: OURS, counter: 2 });
});

test('an echo proves that a message was written after ours', () => {
  const proof = new PeerProof(OURS);
  proof.stamp(START, 'VI_1');
  const later = micros(START + 1000);
  proof.stamp(later, 'VI_1');
  assert.equal(proof.examine('VI_1', echoing(1)).provenSince, START);
  assert.equal(proof.examine('VI_1', echoing(2, 1)).provenSince, later);
});

test('nothing is proved by another session, another router, or a number that was not sent', () => {
  const proof = new PeerProof(OURS);
  proof.stamp(START, 'VI_1');
  assert.equal(proof.examine('VI_2', echoing(1)).provenSince, undefined);
  assert.equal(proof.examine('VI_1', echoing(2)).provenSince, undefined);
  assert.equal(proof.examine('VI_1', echoing()).provenSince, undefined);
  const restarted = new PeerProof('cccccccccccccccc');
  restarted.stamp(START, 'VI_1');
  assert.equal(restarted.examine('VI_1', echoing(1)).provenSince, undefined);
});

test('our own message, thrown back at us, proves nothing', () => {
  const proof = new PeerProof(OURS);
  proof.stamp(START, 'VI_1');
  const reflected = { ...echoing(1), session: OURS, counter: 2 };
  assert.equal(proof.examine('VI_1', reflected).provenSince, undefined);
});

test('numbers are remembered for some seconds, and not endlessly many', () => {
  const proof = new PeerProof(OURS);
  for (let count = 1; count <= 100; count++) proof.stamp(START, 'VI_1');
  assert.equal(proof.examine('VI_1', echoing(36)).provenSince, undefined);
  assert.equal(proof.examine('VI_1', echoing(37)).provenSince, START);
  proof.stamp(micros(START + seconds(4) + 1), 'VI_1');
  assert.equal(proof.examine('VI_1', echoing(100)).provenSince, undefined);
  proof.forget('VI_1');
  assert.equal(proof.examine('VI_1', echoing(101)).provenSince, undefined);
});
