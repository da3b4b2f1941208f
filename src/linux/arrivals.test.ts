import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createArrivals } from './arrivals.ts';

function setUp() {
  const clocks = { wall: 1_795_000_000_000_000, monotonic: 5_000_000 };
  const arrivals = createArrivals((clock) => (clock === 0 ? clocks.wall : clocks.monotonic));
  const pass = (us: number): void => {
    clocks.wall += us;
    clocks.monotonic += us;
  };
  return { clocks, arrivals, pass };
}

test('a stamp says when a packet came, once the clocks have been seen to go together', () => {
  const { clocks, arrivals, pass } = setUp();
  arrivals.begin();
  assert.equal(arrivals.at(clocks.wall), undefined);
  pass(240_000);
  arrivals.begin();
  assert.equal(arrivals.at(clocks.wall - 90_000), clocks.monotonic - 90_000);
  // What is stamped while the socket is read is not from the future.
  assert.equal(arrivals.at(clocks.wall + 7), clocks.monotonic);
});

test('a clock that was set anew makes stamps worthless for once, one that is slewed does not', () => {
  const { clocks, arrivals, pass } = setUp();
  arrivals.begin();
  pass(240_000);
  clocks.wall += 120;
  arrivals.begin();
  assert.equal(arrivals.at(clocks.wall - 1000), clocks.monotonic - 1000);
  for (const step of [-3_600_000_000, 2000]) {
    pass(240_000);
    clocks.wall += step;
    arrivals.begin();
    assert.equal(arrivals.at(clocks.wall - 1000), undefined);
    pass(240_000);
    arrivals.begin();
    assert.equal(arrivals.at(clocks.wall - 1000), clocks.monotonic - 1000);
  }
});
