import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { type Machine, type SeedLab, skipSeeds } from './machine.ts';
import { ask, createCluster, keepalivedCommand, vip } from './seed-000.ts';

/**
 * Seed 000: two load balancers before three kube-apiservers. Each asks an apiserver through its own
 * haproxy; where that fails, 25 are taken from its priority, and 75 is less than 80.
 */
const haproxies = new Map<Machine, HostProcess>();

async function startHaproxy(machine: Machine): Promise<void> {
  const command = 'haproxy -W -db -f /etc/haproxy/haproxy.cfg';
  haproxies.set(machine, await machine.host.spawn(command.split(' ')));
}

async function stopHaproxy(machine: Machine): Promise<void> {
  await haproxies.get(machine)?.stop({ signal: 'SIGINT' });
}

describe('seed 000', { skip: skipSeeds, concurrency: true }, () => {
  describe('haproxy stops and starts', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await createCluster({ startProxy: startHaproxy, command: keepalivedCommand });
    });
    after(() => seed?.destroy());

    test('the VIP is a /32 on the MASTER and reaches an apiserver', async () => {
      const node01 = seed.machine('node01');
      assert.match(await node01.shell('ip addr | grep 209'), /inet 10\.1\.86\.209\/32 .*eth0/);
      assert.match(await ask(seed), /"kind": "Status"/);
    });

    test('haproxy stops on the holder: 75 is less than 80, and the VIP moves', async () => {
      const { running } = seed.machine('node01');
      await stopHaproxy(seed.machine('node01'));
      await seed.holds('node02', vip);
      await running.logContains('VRRP_Script(Checkhaproxy) failed (exited with status 1)');
      await running.logContains('(VI_1) Changing effective priority from 100 to 75');
      assert.match(await ask(seed), /"kind": "Status"/);
    });

    test('haproxy is back: the VIP drifts back', async () => {
      const { running } = seed.machine('node01');
      await startHaproxy(seed.machine('node01'));
      await seed.holds('node01', vip);
      await running.logContains('VRRP_Script(Checkhaproxy) succeeded');
      await running.logContains('(VI_1) Changing effective priority from 75 to 100');
      assert.match(await ask(seed), /"kind": "Status"/);
    });

    test('a failing check on the backup moves nothing', async () => {
      const { running } = seed.machine('node02');
      await stopHaproxy(seed.machine('node02'));
      await running.logContains('(VI_1) Changing effective priority from 80 to 55');
      assert.deepEqual(seed.lab.holdersOf(vip), ['node01']);
    });

    test('SIGTERM ends both with status 0, and takes the VIP away', async () => {
      await Promise.all(['node01', 'node02'].map((name) => seed.machine(name).stop()));
      await seed.lab.waitForNoHolder(vip);
    });
  });

  describe('the machine is switched off, or its cable pulled', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await createCluster({ startProxy: startHaproxy, command: keepalivedCommand });
    });
    after(() => seed?.destroy());

    test('the cable is pulled: the VIP moves, and comes back with the cable', async () => {
      const node01 = seed.machine('node01');
      await node01.host.setCable('pulled');
      await seed.holds('node02', vip);
      await node01.running.logContains('(VI_1) Entering FAULT STATE');
      assert.match(await ask(seed), /"kind": "Status"/);
      await node01.host.setCable('plugged');
      await seed.holds('node01', vip);
    });

    test('the power fails: the VIP moves, and comes back with the power', async () => {
      const node01 = seed.machine('node01');
      await node01.host.powerOff();
      await seed.holds('node02', vip);
      assert.match(await ask(seed), /"kind": "Status"/);
      await node01.host.powerOn();
      await seed.holds('node01', vip);
      assert.match(await ask(seed), /"kind": "Status"/);
    });
  });
});
