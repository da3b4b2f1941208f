import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HostProcess } from '../../src/lab/host-process.ts';
import {
  advertsFrom,
  createSeedLab,
  type Machine,
  type SeedLab,
  seedFile,
  skipSeeds,
} from './machine.ts';
import {
  copyKeepalived,
  installHaproxy,
  installKeepalived,
  keepalivedCommand,
  mountVolumes,
  settings,
} from './seed-001.ts';

/**
 * Seed 001: three machines with haproxy and keepalived in containers on the host's network. As it
 * is written the check is never run and all priorities are equal; mended it does what it says.
 */
const vip = settings.VIP_IP;
const names = ['node1', 'node2', 'node3'];
const haproxies = new Map<Machine, HostProcess>();

async function startHaproxy(machine: Machine): Promise<void> {
  const command = 'haproxy -W -db -f /etc/kubernetes/haproxy.cfg';
  haproxies.set(machine, await machine.host.spawn(command.split(' ')));
}

async function stopHaproxy(machine: Machine): Promise<void> {
  await haproxies.get(machine)?.stop({ signal: 'SIGINT' });
}

async function install(mending: 'as-written' | 'mended'): Promise<SeedLab> {
  const seed = await createSeedLab(
    names.map((name, index) => ({
      name,
      interfaces: [{ name: 'eth0', addresses: [`192.168.80.${81 + index}/24`] }],
    })),
    '192.168.80.10/24',
  );
  try {
    const node1 = seed.machine('node1');
    await installKeepalived(node1, mending);
    for (const [index, name] of names.entries()) {
      const machine = seed.machine(name);
      await installHaproxy(machine);
      if (index > 0) {
        const priority = mending === 'mended' ? { priority: 100 - 10 * index } : {};
        await copyKeepalived(node1, machine, { number: index + 1, ...priority });
      }
      machine.services.push(() => mountVolumes(machine));
      machine.services.push(() => startHaproxy(machine));
      await mountVolumes(machine);
      await startHaproxy(machine);
    }
    return seed;
  } catch (error) {
    await seed.destroy();
    throw error;
  }
}

/** An instance that has nothing to wait for says so in its log. */
async function isBackup(machine: Machine): Promise<void> {
  await machine.running.logContains('(VI_1) Entering BACKUP STATE', { timeoutMs: 30_000 });
}

describe('seed 001', { skip: skipSeeds, concurrency: true }, () => {
  describe('as written', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await install('as-written');
    });
    after(() => seed?.destroy());

    test('the shell and sed have written the files that the parser is tested with', async () => {
      for (const name of names) {
        const text = await seed.machine(name).shell('cat /etc/kubernetes/keepalived.conf');
        assert.equal(text, seedFile(`001/written/${name}`));
      }
    });

    test('the shell has emptied $count, and the check would always fail', async () => {
      const node1 = seed.machine('node1');
      const script = await node1.shell('cat /usr/bin/check-haproxy.sh');
      assert.match(script, /count=`netstat -apn \| grep 9443 \| wc -l`\n\nif \[ {2}-gt 0 \]/);
      const result = await node1.host.run('bash /usr/bin/check-haproxy.sh');
      assert.equal(result.status, 1);
      assert.match(result.stderr, /unary operator expected/);
    });

    test('the check is dropped with a diagnostic, since it is not executable', async () => {
      const daemon = await seed.machine('node2').enable(keepalivedCommand);
      await daemon.logContains(/check-?haproxy.*not.*executable/i);
    });

    test('the first one up holds the VIP, in the subnet of its interface', async () => {
      await seed.holds('node2', vip);
      await Promise.all(
        ['node1', 'node3'].map(async (name) => {
          await seed.machine(name).enable(keepalivedCommand);
          await isBackup(seed.machine(name));
        }),
      );
      const { stdout } = await seed.machine('node2').host.run('ip addr show dev eth0');
      assert.match(stdout, /inet 192\.168\.80\.100\/24 .*secondary (dynamic )?eth0/);
    });

    test('priority 100 and a higher address do not take it away', async () => {
      await stopHaproxy(seed.machine('node2'));
      await advertsFrom(seed.machine('node2'), { count: 5 });
      assert.deepEqual(seed.lab.holdersOf(vip), ['node2']);
      assert.equal(seed.machine('node1').logged(/Entering MASTER STATE/), 0);
      assert.equal(seed.machine('node3').logged(/Entering MASTER STATE/), 0);
    });

    test('the death of haproxy went unnoticed: the check never ran', () => {
      assert.equal(seed.machine('node2').logged(/Changing effective priority/), 0);
      assert.equal(seed.machine('node2').logged(/VRRP_Script\(checkhaproxy\)/), 0);
    });

    test('when the holder dies the others race, and the highest address wins', async () => {
      const [node1, node2, node3] = names.map((name) => seed.machine(name));
      assert(node1 && node2 && node3);
      await node2.host.powerOff();
      const winner = await seed.settles(['node1', 'node3'], vip);
      // Equal priorities run out in the same instant. Where both became master the lower address has
      // yielded; where the advert of one came before the other's clock, the other never began.
      const raced = [node1, node3].every((node) => node.logged(/Entering MASTER STATE/) > 0);
      if (raced) assert.equal(winner.name, 'node3');
      await node2.host.powerOn();
      await isBackup(node2);
      await advertsFrom(winner, { count: 5 });
      assert.deepEqual(seed.lab.holdersOf(vip), [winner.name]);
    });

    test('they stop one after another: the last one that is on holds it', async () => {
      const left = new Set(names);
      while (left.size > 0) {
        const holder = await seed.holdsOneOf([...left], vip);
        await holder.stop();
        left.delete(holder.name);
      }
      await seed.lab.waitForNoHolder(vip);
    });
  });

  describe('mended', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await install('mended');
      await Promise.all(names.map((name) => seed.machine(name).enable(keepalivedCommand)));
    });
    after(() => seed?.destroy());

    test('the first machine holds the VIP', async () => {
      await seed.holds('node1', vip);
      assert.equal(seed.machine('node1').logged(/not.*executable/i), 0);
    });

    test("the holder's haproxy dies: 70 is less than 90, and the VIP moves", async () => {
      const { running } = seed.machine('node1');
      await haproxies.get(seed.machine('node1'))?.stop({ signal: 'SIGKILL' });
      await seed.machine('node1').shell('pkill -KILL haproxy || true');
      await seed.holds('node2', vip);
      await running.logContains('(VI_1) Changing effective priority from 100 to 70');
    });

    test("the next one's dies too: 60 is less than 80", async () => {
      await stopHaproxy(seed.machine('node2'));
      await seed.holds('node3', vip);
    });

    test('both are back: the first machine has the VIP again', async () => {
      await startHaproxy(seed.machine('node1'));
      await seed.holds('node1', vip);
      await startHaproxy(seed.machine('node2'));
    });

    test('machines lose their power one after another, and come back', async () => {
      await seed.machine('node1').host.powerOff();
      await seed.holds('node2', vip);
      await seed.machine('node2').host.powerOff();
      await seed.holds('node3', vip);
      await seed.machine('node1').host.powerOn();
      await seed.holds('node1', vip);
    });
  });
});
