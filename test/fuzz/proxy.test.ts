import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parts } from './proxy/parts.ts';

/** How many of each, and how many outcomes there are at least: one only would mean that nothing is tested. */
const sizes: Readonly<Record<string, readonly [count: number, outcomes: number]>> = {
  requests: [8000, 12],
  responses: [8000, 15],
  'proxy-headers': [10_000, 6],
  commands: [2000, 20],
  traffic: [400, 10],
};

describe('the proxy takes whatever comes', () => {
  for (const [name, fuzz] of Object.entries(parts))
    test(`${sizes[name]?.[0]} ${name}`, async () => {
      const [count = 0, least = 0] = sizes[name] ?? [];
      const { failures, outcomes } = await fuzz({ seed: 6, count });
      assert.deepEqual(failures, []);
      assert.ok(outcomes.size >= least, `${outcomes.size}: ${[...outcomes.keys()].join(', ')}`);
    });
});
