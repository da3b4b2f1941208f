import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { millis, seconds } from '../../base/time.ts';
import { Purse } from './purse.ts';

describe('a purse', () => {
  const create = () => new Purse({ perSecondUs: 10_000, mostUs: 5000 });

  test('is full at first, and lets one overdraw it', () => {
    const purse = create();
    assert.equal(purse.waitUs(seconds(1)), 0);
    purse.charge(4999);
    assert.equal(purse.waitUs(seconds(1)), 0);
    purse.charge(10_001);
    // 10 ms too much, at 10 ms a second.
    const waitUs = purse.waitUs(seconds(1));
    assert(waitUs >= 1e6 && waitUs < 1.001e6, `${waitUs}`);
    assert(purse.waitUs(millis(1500)) > 0);
    assert.equal(purse.waitUs(millis(2001)), 0);
  });

  test('never holds more than it can', () => {
    const purse = create();
    purse.waitUs(seconds(1));
    purse.waitUs(seconds(1000));
    purse.charge(5001);
    assert(purse.waitUs(seconds(1000)) > 0);
  });

  test('is not fooled by a clock that stands still', () => {
    const purse = create();
    purse.charge(6000);
    for (let count = 0; count < 1000; count++) assert(purse.waitUs(seconds(1)) > 0);
  });

  test('spends no more than it gets, over time', () => {
    const purse = create();
    let spentUs = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      if (purse.waitUs(millis(ms)) > 0) continue;
      purse.charge(150);
      spentUs += 150;
    }
    assert(spentUs <= 10_000 * 10 + 5000 + 150, `${spentUs}`);
    assert(spentUs > 95_000, `${spentUs}`);
  });
});
