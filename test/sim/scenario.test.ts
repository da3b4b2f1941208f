import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelOf } from '../../src/sim/plan.ts';
import { runSeedScenario } from '../../src/sim/scenario.ts';
import { makeInstance } from '../golden/engine/settings.ts';

test('the scenario: power off holder after holder, then power on again', () => {
  const hosts = [100, 90, 80].map((priority, index) => {
    const options = { instance: 'VI_1', priority: String(priority) };
    return { name: `node${index + 1}`, model: modelOf([makeInstance(options, index)], []) };
  });
  const seen: string[] = [];
  const steps = runSeedScenario(hosts, { onHolders: (holders) => seen.push(holders.join('+')) });
  assert.deepEqual(
    steps.map(({ step, oldHolder, newHolder }) => [step, oldHolder, newHolder]),
    [
      ['start', undefined, 'node1'],
      ['power off node1', 'node1', 'node2'],
      ['power off node2', 'node2', 'node3'],
      ['power on node2', 'node3', 'node2'],
      ['power on node1', 'node2', 'node1'],
    ],
  );
  for (const { step, gapMs, hostsAnswering, overlapMs } of steps) {
    assert(overlapMs < 2, step);
    assert(hostsAnswering <= 2, step);
    if (step.startsWith('power off')) assert(gapMs !== undefined && gapMs > 2500 && gapMs < 3700);
    else if (step !== 'start') assert(gapMs !== undefined && gapMs < 2, `${step}: ${gapMs}`);
  }
  assert.deepEqual(runSeedScenario(hosts), steps);
  assert(seen.includes('node3'));
});
