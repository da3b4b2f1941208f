import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { millis, seconds } from '../../base/time.ts';
import { GuardWatch } from './guard-watch.ts';

describe('guard watch', () => {
  test('the rhythm of renewals goes on where adverts end, from the last renewal', () => {
    const watch = new GuardWatch({ kind: 'lifetime', seconds: 4 });
    watch.hold(seconds(10));
    assert.equal(watch.nextTurn(millis(10_900), seconds(1)), seconds(11));
    assert.equal(watch.nextTurn(millis(10_900), millis(30)), millis(10_900));
    assert.equal(watch.nextTurn(seconds(10), millis(30)), millis(10_100));
  });

  test('without a guard there is always time', () => {
    const watch = new GuardWatch({ kind: 'none' });
    watch.hold(seconds(10));
    assert.equal(watch.nextTurn(seconds(99), seconds(1)), seconds(100));
    assert.equal(watch.takeTurn(seconds(99)), false);
  });

  test('renews not more often than every 100 ms', () => {
    const watch = new GuardWatch({ kind: 'firewall', validity: seconds(1) });
    watch.hold(seconds(10));
    assert.equal(watch.takeTurn(millis(10_099)), false);
    assert.equal(watch.takeTurn(millis(10_100)), true);
    assert.equal(watch.takeTurn(millis(10_150)), false);
  });

  test('has overslept when it is called later than the kernel believes in it', () => {
    const lifetime = new GuardWatch({ kind: 'lifetime', seconds: 4 });
    lifetime.hold(seconds(10));
    assert.equal(lifetime.overslept(millis(13_950)), undefined);
    assert.equal(lifetime.overslept(millis(13_951)), 3_951_000);
    lifetime.release();
    assert.equal(lifetime.overslept(seconds(99)), undefined);
  });
});
