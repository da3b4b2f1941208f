import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Micros, micros } from '../base/time.ts';
import { DueQueue } from './due-queue.ts';

const changes = fc.array(
  fc.tuple(fc.nat(30), fc.option(fc.nat(1000), { nil: undefined, freq: 4 })),
  { maxLength: 300 },
);

test('whatever is set, moved and taken back: the earliest is first', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const queue = new DueQueue<number>();
      const known = new Map<number, Micros>();
      for (const [key, time] of list) {
        const at = time === undefined ? undefined : micros(time);
        queue.set(key, at);
        if (at === undefined) known.delete(key);
        else known.set(key, at);
        const times = [...known.values()];
        assert.equal(queue.next(), times.length === 0 ? undefined : Math.min(...times));
        assert.equal(queue.get(key), at);
      }
    }),
  );
});
