import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correctWeights } from './correction.ts';
import { server, service } from './test-services.ts';

describe('corrections by counts of connections', () => {
  const load = (active: number, inactive = 0) => ({ active, inactive });
  const none = new Set<never>();

  test('whoever has fewest gets what it lacks', () => {
    const servers = [server(1), server(2, { weight: 2 })];
    const [one, two] = servers.map(({ id }) => id);
    assert.ok(one !== undefined && two !== undefined);
    const whole = service(servers, { scheduler: 'wlc' });
    const even = correctWeights(whole, new Map(), 30, none).weights;
    assert.ok(Math.abs((even.get(two) ?? 0) / (even.get(one) ?? 1) - 2) < 0.05);
    const loads = new Map([
      [one, load(100)],
      [two, load(20)],
    ]);
    const { weights } = correctWeights(whole, loads, 30, none);
    assert.ok((weights.get(two) ?? 0) > (weights.get(one) ?? 0) * 10);
    assert.ok((weights.get(one) ?? 0) > 0);
    // Connections that open or close count for little, and a weight of lc for nothing.
    const lc = service(servers, { scheduler: 'lc' });
    const idle = new Map([
      [one, load(0, 200)],
      [two, load(0, 10)],
    ]);
    const { weights: alike } = correctWeights(lc, idle, 3000, none);
    assert.ok(Math.abs((alike.get(two) ?? 0) / (alike.get(one) ?? 1) - 1) < 0.05);
  });

  test('ovf: who has as many as its weight gets none, unless all have', () => {
    const servers = [server(1, { weight: 2 }), server(2)];
    const [one, two] = servers.map(({ id }) => id);
    assert.ok(one !== undefined && two !== undefined);
    const whole = service(servers, { scheduler: 'ovf' });
    const at = (first: number, second: number) =>
      correctWeights(
        whole,
        new Map([
          [one, load(first)],
          [two, load(second)],
        ]),
        0,
        none,
      ).weights;
    assert.deepEqual([...at(1, 0)], []);
    assert.deepEqual([...at(2, 0)], [[one, 0]]);
    assert.deepEqual([...at(2, 1)], []);
  });

  test('a server at its upper threshold is out until it is below the lower one', () => {
    const limited = server(1, { upperThreshold: 10, lowerThreshold: 4 });
    const whole = service([limited, server(2, { upperThreshold: 8 })]);
    const [one, two] = whole.servers.map(({ id }) => id);
    assert.ok(one !== undefined && two !== undefined);
    let overloaded: ReadonlySet<typeof one> = new Set();
    const seen: (readonly string[])[] = [];
    for (const [first, second] of [
      [9, 7],
      [10, 8],
      [4, 6],
      [3, 5],
      [9, 7],
    ] as const) {
      const loads = new Map([
        [one, load(first - 1, 1)],
        [two, load(second)],
      ]);
      const result = correctWeights(whole, loads, 0, overloaded);
      overloaded = result.overloaded;
      assert.deepEqual(
        [...result.weights],
        [...overloaded].map((id) => [id, 0]),
      );
      seen.push([...overloaded]);
    }
    assert.deepEqual(seen, [[], [one, two], [one, two], [], []]);
  });
});
