import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros, millis, seconds } from '../../base/time.ts';
import { masterDownInterval, ownerRecoveryTime, skewTime } from './timers.ts';

describe('timers', () => {
  // (256 - p) / 256 s in v2 whatever the interval; of the interval in v3; truncated to microseconds.
  const skews = [
    { version: 2, priority: 100, interval: seconds(1), skew: 609_375 },
    { version: 2, priority: 100, interval: seconds(10), skew: 609_375 },
    { version: 2, priority: 1, interval: seconds(1), skew: 996_093 },
    { version: 2, priority: 254, interval: seconds(1), skew: 7_812 },
    { version: 2, priority: 255, interval: seconds(1), skew: 3_906 },
    { version: 3, priority: 100, interval: seconds(1), skew: 609_375 },
    { version: 3, priority: 100, interval: millis(10), skew: 6_093 },
    { version: 3, priority: 254, interval: millis(10), skew: 78 },
    { version: 3, priority: 255, interval: millis(10), skew: 39 },
    { version: 3, priority: 1, interval: millis(40_950), skew: 40_790_039 },
    // Whole centiseconds, as on the wire.
    { version: 3, priority: 128, interval: micros(1_009_999), skew: 500_000 },
  ] as const;
  for (const { version, priority, interval, skew } of skews) {
    test(`skew of v${version}, priority ${priority}, interval ${interval} us`, () => {
      const parameters = { version, priority, masterAdvertInterval: interval };
      assert.equal(skewTime(parameters), skew);
      assert.equal(masterDownInterval({ ...parameters, downTimerAdverts: 3 }), 3 * interval + skew);
      assert.equal(masterDownInterval({ ...parameters, downTimerAdverts: 7 }), 7 * interval + skew);
    });
  }

  test('an owner recovers after one interval and the smallest skew', () => {
    const parameters = { priority: 255, masterAdvertInterval: seconds(2) };
    assert.equal(ownerRecoveryTime({ version: 2, ...parameters }), 2_003_906);
    assert.equal(ownerRecoveryTime({ version: 3, ...parameters }), 2_007_812);
  });
});
