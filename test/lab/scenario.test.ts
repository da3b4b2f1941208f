import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadOperatorScenario } from '../../src/lab/operator-scenario.ts';
import type { Program } from '../../src/lab/programs.ts';
import { runScenario } from '../../src/lab/run-scenario.ts';
import type { ScenarioEvent } from '../../src/lab/scenario.ts';
import { seed001 } from '../../src/lab/seed-001.ts';
import { isRoot, leftovers } from './support.ts';

const groups: Readonly<Record<string, (host: string) => Program>> = {
  keepalived: () => 'keepalived',
  holdfast: () => 'holdfast',
  mixed: (host) => (host === 'node2' ? 'keepalived' : 'holdfast'),
};

// They wait for timers most of the time, so they can do that together.
const options = { skip: isRoot ? false : 'needs root', concurrency: true };

describe('the scenario on real hosts', options, () => {
  for (const [group, programOf] of Object.entries(groups)) {
    test(`three hosts (${group}): two failovers, and back home`, async () => {
      const prefix = `hft-${process.pid}-${group}-`;
      const events: ScenarioEvent[] = [];
      const scenario = seed001({ hostCount: 3, programOf, netstat: 'missing' });
      const outcome = await runScenario(scenario, { prefix, emit: (event) => events.push(event) });
      assert.deepEqual(outcome.problems, []);
      assert.equal(outcome.failovers, 2);
      const moves = outcome.results.map(({ step, newHolder }) => `${step}: ${newHolder}`);
      // 39 ms lie between two priorities. A keepalived without real-time priority may lose more than
      // that on a busy machine; then node3 serves first and yields at once.
      const [, first = ''] = moves;
      const successor = group === 'holdfast' ? 'node2' : /node[23]$/.exec(first)?.[0];
      assert.deepEqual(moves, [
        'VIP up: node1',
        `power off node1: ${successor}`,
        'power off node2: node3',
        'power on node2: node2',
        'power on node1: node1',
      ]);
      for (const { step, gapMs = 0 } of outcome.results) {
        if (step.startsWith('power off')) assert(gapMs > 2000 && gapMs < 5000, `${step}: ${gapMs}`);
      }
      assert(events.filter((event) => event.kind === 'mended').length >= 3);
      assert.deepEqual(leftovers(prefix), []);
    });
  }

  test("the operator's own files run as they are", async () => {
    const directory = mkdtempSync(join(tmpdir(), `hft-${process.pid}-own-`));
    try {
      for (const [name, priority] of [
        ['left', 120],
        ['right', 110],
      ] as const) {
        const text = `
          vrrp_instance V {
            interface ens3
            virtual_router_id 7
            priority ${priority}
            advert_int 0.3
            version 3
            nopreempt
            virtual_ipaddress { 10.9.8.7/24 dev ens3 }
          }`;
        writeFileSync(join(directory, `${name}.conf`), text);
      }
      const prefix = `hft-${process.pid}-own-`;
      const scenario = loadOperatorScenario(directory, () => 'keepalived');
      assert(typeof scenario !== 'string', String(scenario));
      const outcome = await runScenario(scenario, { prefix, emit: () => {} });
      assert.deepEqual(outcome.problems, []);
      assert.equal(outcome.failovers, 1);
      assert.equal(outcome.results.length, 3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('the files of an operator', () => {
  test('what is missing is said', () => {
    assert.match(String(loadOperatorScenario('/does/not/exist', () => 'holdfast')), /ENOENT/);
    const empty = mkdtempSync(join(tmpdir(), `hft-${process.pid}-empty-`));
    assert.match(String(loadOperatorScenario(empty, () => 'holdfast')), /0 hosts found/);
    rmSync(empty, { recursive: true });
  });
});
