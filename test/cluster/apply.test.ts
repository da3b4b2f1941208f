import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { skipSeeds } from '../seeds/machine.ts';
import { type Cluster, createCluster, inventory, vip } from './cluster.ts';

/** Seed 000's cluster from its inventory alone, and its procedure, typed as it stands there. */
describe('a plan, by ssh', { skip: skipSeeds, concurrency: false }, () => {
  let cluster: Cluster;
  let output: string;
  before(async () => {
    cluster = await createCluster();
    output = cluster.path('plan');
  });
  after(() => cluster?.seed.destroy());

  test('brings the files to the hosts, the holder last, and waits until each is well', async () => {
    const { status, stdout, stderr } = await cluster.plan(
      cluster.path('hosts'),
      '-o',
      output,
      '--apply',
    );
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /node02: new {6}\/etc\/haproxy\/haproxy\.cfg\n[\s\S]*node02: well\n[\s\S]*node01: well/,
    );
    await cluster.seed.holds('node01', vip);
    assert.match(await cluster.ask(), /"kind": "Status"/);
    const mode = await cluster.seed
      .machine('node01')
      .shell('stat -c %a /etc/keepalived/keepalived.conf');
    assert.equal(mode, '600\n');
  });

  test('a second time nothing changes', async () => {
    const { status, stdout } = await cluster.plan(cluster.path('hosts'), '-o', output, '--apply');
    assert.equal(status, 0);
    assert.match(stdout, /node02: unchanged\nnode02: well\nnode01: unchanged\nnode01: well\n$/);
  });

  test('the manifest of haproxy is moved away and back: the VIP goes and returns', async () => {
    const node01 = cluster.seed.machine('node01');
    assert.match(
      await node01.shell('ip addr|grep 209'),
      /inet 10\.1\.86\.209\/32 scope global .*eth0/,
    );
    await node01.shell('cd /etc/kubernetes && mv /etc/kubernetes/manifests/haproxy.yaml .');
    await cluster.seed.holds('node02', vip);
    assert.match(await cluster.ask(), /"kind": "Status"/);
    await node01.shell('cd /etc/kubernetes && mv haproxy.yaml /etc/kubernetes/manifests/');
    await cluster.seed.holds('node01', vip);
  });

  test('the machine is switched off, or its cable pulled: the same', async () => {
    const { host } = cluster.seed.machine('node01');
    await host.setCable('pulled');
    await cluster.seed.holds('node02', vip);
    await host.setCable('plugged');
    await cluster.seed.holds('node01', vip);
    await host.powerOff();
    await cluster.seed.holds('node02', vip);
    assert.match(await cluster.ask(), /"kind": "Status"/);
    await host.powerOn();
    await cluster.seed.holds('node01', vip);
  });

  test('a host that is not well stops it half-way; --rollback puts everything back', async () => {
    const node01 = cluster.seed.machine('node01');
    const before = await node01.shell('cat /etc/keepalived/keepalived.conf');
    const changed = cluster.path('changed');
    // A link that node01 does not have.
    writeFileSync(changed, inventory.replace('priority=100', 'priority=100 interface=eth9'));
    const applied = await cluster.plan(changed, '-o', output, '--write', '--apply', '--wait', '12');
    assert.equal(applied.status, 1);
    assert.match(
      applied.stderr,
      /node01: not well after 12 s: 10\.1\.86\.209 is on node02\n.*--rollback/,
    );
    assert.match(await node01.shell('cat /etc/keepalived/keepalived.conf'), /interface eth9/);
    const back = await cluster.plan(changed, '-o', output, '--rollback');
    assert.equal(back.status, 0, back.stderr);
    assert.match(back.stdout, /node01: restored \/?etc\/keepalived\/keepalived\.conf/);
    assert.equal(await node01.shell('cat /etc/keepalived/keepalived.conf'), before);
    await cluster.seed.holds('node01', vip);
  });

  test('a host that cannot be reached: nothing is changed on any', async () => {
    const changed = cluster.path('hosts');
    await cluster.seed.machine('node01').host.setCable('pulled');
    await cluster.seed.holds('node02', vip);
    const { status, stderr } = await cluster.plan(
      ...[changed, '-o', output, '--write', '--apply', '--wait', '5'],
    );
    assert.equal(status, 1);
    assert.match(stderr, /node01: ssh failed.*; nothing was changed/);
    assert.match(readFileSync(`${output}/last-apply`, 'utf8'), /^\d{4}-/);
  });
});
