import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { METRICS, renderMetrics } from '../../api/prometheus/exposition.ts';
import { testServers } from '../../api/prometheus/test-figures.ts';
import { micros } from '../../base/time.ts';
import { read } from '../../config/keepalived/test-support.ts';
import { Node } from '../../core/node.ts';
import type { NodeEffect } from '../../core/node-types.ts';
import type { Guard } from '../../core/vrrp/types.ts';
import { collectMetrics, type MetricsSources } from './collect.ts';
import { VrrpMetrics } from './vrrp-metrics.ts';

const text = `
vrrp_script check {
  script "/bin/true"
  interval 60
}
vrrp_instance VI_1 {
  version 3
  interface eth0
  virtual_router_id 51
  priority 90
  virtual_ipaddress {
    192.0.2.10/24
    192.0.2.11/24
  }
  track_script { check }
}
vrrp_instance VI_2 {
  version 3
  interface eth1
  virtual_router_id 52
  advert_int 0.1
  virtual_ipaddress { fe80::10/64 }
  virtual_ipaddress_excluded { 2001:db8::10/64 }
}`;

/** An engine that has become master of VI_1, and what is counted around it. */
function createSources(): MetricsSources {
  const { model } = read(text);
  assert(model);
  const node = new Node(model);
  const metrics = new VrrpMetrics();
  const effects: NodeEffect[] = [];
  const at = (second: number) => micros(second * 1e6);
  node.handle(at(1), { kind: 'linkChanged', interface: 'eth0', state: 'up' }, effects);
  const addresses = ['192.0.2.1' as never];
  node.handle(at(1), { kind: 'addressesChanged', interface: 'eth0', addresses }, effects);
  node.handle(at(1), { kind: 'start', listenFrom: at(1) }, effects);
  const exited = { kind: 'scriptExited', script: 'check', detail: '' } as const;
  node.handle(at(1), { ...exited, result: 'success' }, effects);
  for (let second = 2; second < 10; second++) node.expire(at(second), effects);
  const order = { kind: 'priority', priority: 95 } as const;
  node.handle(at(11), { kind: 'ordered', instance: 'VI_1', order }, effects);
  for (const effect of effects) metrics.effect(effect);
  const holdings = {
    heldBy: () => [],
    countHeld: () => new Map([['VI_1', 2]]),
    guardInForce: (guard: Guard) => guard,
  };
  metrics.sideMessages = () => ({ sent: 3, received: 2, floods: 0, refused: { forged: 1 } });
  return {
    vrrp: { node, metrics, holdings },
    clock: { now: () => at(20), wallMs: () => 1_790_000_020_000 },
    startedMs: 1_790_000_000_000,
    control: () => ({ connections: 1, requests: 2, refused: { malformed: 1 } }),
    controlChildStarts: () => 1,
  };
}

describe('the figures of the VRRP process', () => {
  test('say what the instances are', () => {
    const { instances, scripts, startedSeconds, controlChildStarts } = collectMetrics(
      createSources(),
    );
    const [one, two] = instances;
    assert(one !== undefined && two !== undefined);
    assert.deepEqual([one.name, one.state, one.master], ['VI_1', 'master', 'known']);
    assert.deepEqual([one.vrid, one.family, one.interface], [51, 4, 'eth0']);
    assert.deepEqual(
      [one.effectivePriority, one.configuredPriority, one.operatorPriority],
      [95, 90, 95],
    );
    assert.deepEqual([one.addresses.configured, one.addresses.held], [2, 2]);
    assert.deepEqual(
      one.transitions.map(({ from, to, cause, count }) => `${from} ${to} ${cause} ${count}`),
      ['init backup startup 1', 'backup master masterDown 1'],
    );
    // At 20 s it is 1790000020: what began within the first ten seconds began that much earlier.
    assert(one.sinceSeconds !== null && one.sinceSeconds < 1_790_000_010, `${one.sinceSeconds}`);
    assert((one.statistics.advertsSent ?? 0) > 0);
    assert.equal(one.guard.kind, 'lifetime');
    assert(one.guard.validityUs !== null && one.guard.validityUs >= 3e6);
    assert.deepEqual([two.state, two.master, two.family], ['fault', 'unknown', 6]);
    assert.deepEqual([two.addresses.configured, two.addresses.held], [2, 0]);
    assert.equal(two.guard.kind, 'firewall');
    assert.deepEqual(
      scripts.map(({ name, kind, verdict }) => [name, kind, verdict]),
      [['check', 'track', 'up']],
    );
    assert.deepEqual([startedSeconds, controlChildStarts], [1_790_000_000, 1]);
  });

  test('say whether an operator has drained the host', () => {
    const sources = createSources();
    assert.equal(collectMetrics(sources).serving, 'serving');
    const drain = { kind: 'ordered', instance: undefined, order: { kind: 'drain' } } as const;
    sources.vrrp.node.handle(micros(12e6), drain, []);
    assert.equal(collectMetrics(sources).serving, 'drained');
  });

  test('have everything that the table of metrics asks for', async () => {
    const result = collectMetrics(createSources());
    // As it comes out of the control socket.
    const vrrp = JSON.parse(JSON.stringify(result)) as typeof result;
    const asked = new Set<string>();
    const instances = vrrp.instances.map((instance) => ({
      ...instance,
      statistics: new Proxy(instance.statistics, {
        get: (target, name: string) => {
          asked.add(name);
          return target[name];
        },
      }),
    }));
    const child = {
      residentBytes: 1,
      requests: [{ listener: 'http', code: 200, count: 1 } as const],
    };
    const seen = { vrrp: { ...vrrp, instances }, servers: testServers };
    const figures = { ...seen, answeredSeconds: 1, child };
    for (const metric of METRICS) {
      const samples = metric.samples(figures);
      assert(samples.length > 0, metric.name);
      if (metric.type === 'histogram') continue;
      for (const { value } of metric.samples(figures)) assert(Number.isFinite(value), metric.name);
    }
    for (const name of asked) assert(name in (vrrp.instances[0]?.statistics ?? {}), name);
    assert(asked.size >= 7);
    const exposition = await renderMetrics(figures, 'prometheus');
    assert.doesNotMatch(exposition, /undefined|NaN/);
  });

  test('leave out what a reload took away', () => {
    const sources = createSources();
    const { model } = read(text.slice(text.indexOf('vrrp_instance VI_2')));
    assert(model);
    sources.vrrp.node.handle(micros(2e7), { kind: 'reconfigured', model }, []);
    sources.vrrp.node.expire(micros(3e7), []);
    const { instances, scripts } = collectMetrics(sources);
    assert.deepEqual(
      instances.map(({ name }) => name),
      ['VI_2'],
    );
    assert.deepEqual(scripts, []);
  });
});
