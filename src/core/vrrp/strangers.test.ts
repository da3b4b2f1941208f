import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../base/time.ts';
import { Strangers } from './strangers.ts';
import { ip } from './test-model.ts';

const first = ip('10.0.0.1');
const second = ip('10.0.0.2');

test('of whoever advertises again and again the last advert counts', () => {
  const strangers = new Strangers();
  strangers.noteAdvert(first, 200, seconds(1));
  strangers.noteAdvert(first, 90, seconds(2));
  assert.equal(strangers.advertAbove(seconds(3), 100), false);
  strangers.noteAdvert(first, 150, seconds(4));
  assert.equal(strangers.advertAbove(seconds(5), 100), true);
  // An hour after the first of them, not after the last.
  assert.equal(strangers.advertAbove(seconds(3602), 100), true);
  assert.equal(strangers.advertAbove(seconds(3604), 100), false);
  assert.deepEqual(strangers.list(seconds(86_403)), [first]);
  assert.deepEqual(strangers.list(seconds(86_404)), []);
});

test('what was handed on stays as it was when adverts go on', () => {
  const strangers = new Strangers();
  strangers.noteAdvert(first, 200, seconds(1));
  const state = strangers.exportState();
  strangers.noteAdvert(first, 90, seconds(2));
  strangers.noteAdvert(second, 80, seconds(2));
  const other = new Strangers();
  other.importState(state);
  assert.equal(other.advertAbove(seconds(3), 100), true);
  assert.deepEqual(other.list(seconds(3)), [first]);
});

test('one that was forgotten, or lost as a peer, is heard anew', () => {
  const strangers = new Strangers();
  strangers.noteAdvert(first, 200, seconds(1));
  strangers.forget(first);
  assert.deepEqual(strangers.list(seconds(1)), []);
  strangers.noteAdvert(first, 200, seconds(2));
  assert.deepEqual(strangers.list(seconds(2)), [first]);
  strangers.noteLost(first, seconds(3));
  assert.deepEqual(strangers.list(seconds(63)), []);
  strangers.noteAdvert(first, 200, seconds(4));
  assert.deepEqual(strangers.list(seconds(64)), [first]);
});
