/** Whom haproxy gives its clients, and whom our balancer gives them: for many weights, the same. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createRng } from '../../src/base/rng.ts';
import { createBalancer } from '../../src/core/proxy/balance/balancer.ts';
import type { LiveServer } from '../../src/core/proxy/live.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace } from '../linux/namespaces.ts';
import { backendOf } from '../proxy/live.ts';
import { type Script, scripts } from './proxy-order/scripts.ts';
import { skipWithoutHaproxy } from './skip-without-haproxy.ts';

const skip = skipKernelTests || skipWithoutHaproxy;

describe('the order of servers beside haproxy', { skip }, () => {
  let namespace: TestNamespace;
  let orders: readonly string[] = [];
  before(async () => {
    namespace = createTestNamespace('proxy-order');
    namespace.ip('link set lo up');
    const { stdout } = await promisify(execFile)('ip', [
      ...['netns', 'exec', namespace.name, process.execPath, '--import', 'tsx'],
      new URL('proxy-order/haproxy-order.ts', import.meta.url).pathname,
    ]);
    orders = JSON.parse(stdout);
  });
  after(() => namespace.remove());

  for (const algorithm of ['roundrobin', 'static-rr', 'leastconn'])
    test(algorithm, () => {
      for (const [index, script] of scripts.entries())
        if (script.algorithm === algorithm)
          assert.equal(ourOrder(script), orders[index], JSON.stringify(script));
    });
});

function ourOrder({ algorithm, weights, steps }: Script): string {
  const lines = weights.map((weight, index) => `server ${index} 10.0.0.1:80 weight ${weight}`);
  const { proxy, back, server } = backendOf(`balance ${algorithm}\n${lines.join('\n')}`);
  const balancer = createBalancer(proxy, back, createRng(1));
  const names: string[] = [];
  const held: LiveServer[] = [];
  const load = (of: LiveServer, change: 1 | -1): void => {
    of.counters.current += change;
    balancer.loadChanged(of);
  };
  const come = (): LiveServer => {
    const chosen = balancer.choose({});
    assert.ok(chosen !== undefined);
    names.push(chosen.config.name);
    load(chosen, 1);
    return chosen;
  };
  for (const step of steps) {
    if (step.kind === 'visit') load(come(), -1);
    else if (step.kind === 'hold') held.push(come());
    else if (step.kind === 'release') load(held[step.held] as LiveServer, -1);
    else {
      const changed = server(String(step.server));
      if (step.kind === 'weight') changed.userWeight = step.weight;
      else if (step.kind === 'off') changed.health.admin.add('maint');
      else changed.health.admin.delete('maint');
      balancer.refresh();
    }
  }
  return names.join(' ');
}
