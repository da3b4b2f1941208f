import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probesUnderWay } from './bounds.ts';
import { Lane } from './lane.ts';

test('as many as may, the others in order; those that withdraw never', () => {
  const lane = new Lane(2);
  const started: number[] = [];
  const places = [1, 2, 3, 4, 5].map((number) => lane.enter(() => started.push(number)));
  assert.deepEqual(started, [1, 2]);
  places[2]?.withdraw();
  lane.leave();
  assert.deepEqual(started, [1, 2, 4]);
  lane.leave();
  lane.leave();
  assert.deepEqual(started, [1, 2, 4, 5]);
  lane.leave();
  lane.enter(() => started.push(6));
  assert.deepEqual(started, [1, 2, 4, 5, 6]);
});

test('a hundred thousand that end as they begin need no deep stack', () => {
  const lane = new Lane(1);
  let count = 0;
  lane.enter(() => {});
  for (let number = 0; number < 100_000; number++) {
    lane.enter(() => {
      count++;
      lane.leave();
    });
  }
  lane.leave();
  assert.equal(count, 100_000);
});

test('so many sockets as the process may have, but for those that others need', () => {
  assert.deepEqual(probesUnderWay(1024), { sockets: 824, scripts: 64 });
  assert.deepEqual(probesUnderWay(100), { sockets: 16, scripts: 64 });
  assert.deepEqual(probesUnderWay(2 ** 30), { sockets: 10_000, scripts: 64 });
});
