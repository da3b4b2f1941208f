import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../base/time.ts';
import { LastAdvert } from './last-advert.ts';
import { ip } from './test-model.ts';

test('the same is news once a second, and anything else at once', () => {
  const last = new LastAdvert();
  const [one, other] = [ip('10.0.0.1'), ip('10.0.0.2')];
  assert.equal(last.isKnown(seconds(1), one, 100), false);
  assert.equal(last.isKnown(seconds(1.9), one, 100), true);
  assert.equal(last.isKnown(seconds(2), one, 100), false);
  assert.equal(last.isKnown(seconds(2.9), one, 100), true);
  assert.equal(last.isKnown(seconds(2.9), one, 101), false);
  assert.equal(last.isKnown(seconds(2.9), other, 101), false);
  assert.equal(last.isKnown(seconds(2.9), one, 101), false);
});
