import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { type Machine, program, type SeedLab, skipSeeds } from './machine.ts';
import { ask, createCluster, keepalivedCommand, vip } from './seed-000.ts';

/**
 * Seed 000 with the proxy of our own: stopped and restored as the seed has it, with its own file and
 * script; and as one program with the virtual router, which follows the proxy without a script.
 */
const holdfast = join(projectRoot(), 'bin', 'holdfast');
const skip = program === 'holdfast' ? skipSeeds : 'keepalived has no proxy';

describe('seed 000 with the proxy of holdfast', { skip, concurrency: false }, () => {
  const proxies = new Map<Machine, HostProcess>();
  let seed: SeedLab;
  async function startProxy(machine: Machine): Promise<void> {
    await machine.shell(`ln -sf '${holdfast}' /usr/local/sbin/haproxy`);
    const command = '/usr/local/sbin/haproxy -W -db -f /etc/haproxy/haproxy.cfg';
    proxies.set(machine, await machine.host.spawn(command.split(' ')));
  }
  before(async () => {
    seed = await createCluster({ startProxy, command: keepalivedCommand });
  });
  after(() => seed?.destroy());

  test('haproxy stops, and the VIP moves; it is back, and the VIP drifts back', async () => {
    const node01 = seed.machine('node01');
    assert.match(await ask(seed), /"kind": "Status"/);
    await proxies.get(node01)?.stop();
    await seed.holds('node02', vip);
    await node01.running.logContains('VRRP_Script(Checkhaproxy) failed (exited with status 1)');
    assert.match(await ask(seed), /"kind": "Status"/);
    await startProxy(node01);
    await seed.holds('node01', vip);
    assert.match(await ask(seed), /"kind": "Status"/);
  });

  describe('in one program with the virtual router', { concurrency: false }, () => {
    before(async () => {
      const machines = ['node01', 'node02'].map((name) => seed.machine(name));
      await Promise.all(machines.map((machine) => machine.stop()));
      await Promise.all(machines.map((machine) => proxies.get(machine)?.stop()));
      for (const machine of machines) {
        await machine.shell(`sed -i '
          /track_script {/,/}/c\\    @holdfast track_proxy k8s
          s/^   router_id/   @holdfast peer_key kubernetes\\n   router_id/' /etc/keepalived/keepalived.conf`);
        await machine.start(
          `${holdfast} run -D -f /etc/keepalived/keepalived.conf -f /etc/haproxy/haproxy.cfg`,
        );
      }
      await seed.holds('node01', vip);
    });

    async function signalProxy(signal: string): Promise<void> {
      await seed.machine('node01').shell(`pkill -${signal} -x holdfast-proxy`);
    }

    test('the proxy is killed: the VIP moves, and drifts back when it runs again', async () => {
      const { running } = seed.machine('node01');
      assert.match(await ask(seed), /"kind": "Status"/);
      await signalProxy('KILL');
      await seed.holds('node02', vip);
      await running.logContains('track_proxy(k8s) is down (its process ended (signal SIGKILL))');
      assert.match(await ask(seed), /"kind": "Status"/);
      await seed.holds('node01', vip);
      await running.logContains('track_proxy(k8s) is up (it accepts connections)');
      assert.match(await ask(seed), /"kind": "Status"/);
    });

    test('the proxy hangs: the VIP moves, and drifts back when it goes on', async () => {
      const { running } = seed.machine('node01');
      await signalProxy('STOP');
      await seed.holds('node02', vip);
      await running.logContains('track_proxy(k8s) is down (it has not answered for 1.0 s)');
      assert.match(await ask(seed), /"kind": "Status"/);
      await signalProxy('CONT');
      await seed.holds('node01', vip);
      assert.match(await ask(seed), /"kind": "Status"/);
    });

    test('SIGTERM ends all of it, and the VIP is handed over', async () => {
      const node01 = seed.machine('node01');
      await node01.stop();
      await seed.holds('node02', vip);
      assert.equal(node01.logged(/handing over to 10\.1\.86\.202/), 1);
      assert.equal(await node01.shell('pgrep -x holdfast-proxy || true'), '');
    });
  });
});
