import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../base/time.ts';
import { Following } from './following.ts';
import { Patience } from './patience.ts';
import { testModel } from './test-model.ts';
import { masterDownInterval } from './timers.ts';

test('the wait follows the model, the priority and the interval of the master', () => {
  let model = testModel({ version: 3, advertInterval: millis(100) });
  let priority = 100;
  const following = new Following(model.advertInterval);
  const patience = new Patience({ following, model: () => model, priority: () => priority });
  const check = (): void => {
    const { version, downTimerAdverts } = model;
    const masterAdvertInterval = following.advertInterval;
    const expected = { version, priority, masterAdvertInterval, downTimerAdverts };
    for (let time = 0; time < 2; time++) {
      assert.equal(patience.wait('master-down'), masterDownInterval(expected));
    }
  };
  check();
  priority = 150;
  check();
  following.advertInterval = millis(500);
  check();
  model = { ...model, downTimerAdverts: 5 };
  check();
  model = { ...model, version: 2 };
  check();
});
