import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis, seconds } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { ip, testModel } from '../vrrp/test-model.ts';
import { planGuards } from './guard.ts';

/** Two such instances and one address more are a crowd. */
const many = (first: number): VirtualAddress[] =>
  Array.from({ length: 500 }, (_, index) => ({
    address: ip(`10.${first}.${index >> 8}.${index & 255}`),
    prefixLength: 32,
    scope: 0,
  }));

const instances: readonly VrrpInstanceModel[] = [
  testModel({ name: 'A', addresses: many(1) }),
  testModel({ name: 'A', addresses: many(2), advertInterval: millis(100) }),
  testModel({ name: 'B', addresses: many(3) }),
  testModel({ name: 'B' }),
  testModel({ name: 'C' }),
  testModel({ name: 'C', advertInterval: seconds(2) }),
  testModel({
    name: 'D',
    addresses: [
      { address: ip('10.0.0.1'), prefixLength: 32, scope: 0, preferredLifetimeSeconds: 9 },
    ],
  }),
];

const models = fc
  .tuple(fc.shuffledSubarray([...instances]), fc.constantFrom('on', 'on', 'on', 'off'))
  .map(([some, deadMan]): Model => {
    const byName = new Map(some.map((instance) => [instance.name, instance]));
    const global = { deadMan } as Model['global'];
    return { global, scripts: [], instances: [...byName.values()] };
  });

test('what is planned from the difference is what is planned anew', () => {
  fc.assert(
    fc.property(fc.array(models, { minLength: 2, maxLength: 5 }), (states) => {
      let before: Model | undefined;
      for (const model of states) {
        const anew = planGuards({ ...model });
        assert.deepEqual(new Map([...planGuards(model, before)].sort()), new Map([...anew].sort()));
        before = model;
      }
    }),
    { numRuns: 200 },
  );
});
