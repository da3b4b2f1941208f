import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  advertsFrom,
  createSeedLab,
  type Machine,
  program,
  type SeedLab,
  seedFile,
  skipSeeds,
} from './machine.ts';

/**
 * Seed 003: two Docker hosts that speak unicast. With the osixia image both are told the same list
 * of peers, in which each finds itself too, and the first one up stays master; with the arcts image
 * the master preempts.
 */
const folder = '/usr/local/etc/keepalived';
const osixiaCommand = `keepalived -f ${folder}/keepalived.conf --dont-fork --log-console --log-detail --dump-conf`;
const arctsCommand = '/usr/sbin/keepalived -n -l -D -f /etc/keepalived/keepalived.conf';

/** Writes down what it is called with, one line a call; the image's own prints a sentence. */
const notifyScript = `#!/bin/bash
# for ANY state transition.
echo "$@" >> ${folder}/notifications
`;

async function createPair(network: string, numbers: readonly number[]): Promise<SeedLab> {
  return createSeedLab(
    numbers.map((number, index) => ({
      name: `swarm${index + 1}`,
      interfaces: [{ name: 'eth0', addresses: [`${network}.${number}/24`] }],
    })),
    `${network}.200/24`,
  );
}

async function isBackup(machine: Machine, instance: string): Promise<void> {
  await machine.running.logContains(`(${instance}) Entering BACKUP STATE`, { timeoutMs: 30_000 });
}

/** Of its own address among the peers a node says one line, however long it runs. */
async function assertOneWarning(machine: Machine, own: string): Promise<void> {
  // keepalived says it once a second, in other words.
  if (program === 'keepalived') return;
  const pattern = new RegExp(`${own} is this host`);
  await machine.running.logContains(pattern);
  assert.equal(machine.logged(pattern), 1, machine.log());
  assert.equal(machine.logged(/with our IP address/), 0);
}

describe('seed 003', { skip: skipSeeds, concurrency: true }, () => {
  describe('osixia, each its own peer too', { concurrency: false }, () => {
    const vip = '192.168.9.144';
    let seed: SeedLab;
    before(async () => {
      seed = await createPair('192.168.9', [26, 27]);
      for (const [index, machine] of seed.machines.entries()) {
        // The image's folder for it would have to lie in this machine's root folder.
        const text = seedFile(`003/osixia-self/node${index + 1}`).replace(
          /notify ".*"/,
          `notify "${folder}/notify.sh"`,
        );
        await machine.write(`${folder}/keepalived.conf`, text);
        await machine.write(`${folder}/notify.sh`, notifyScript, '0755');
      }
    });
    after(() => seed?.destroy());

    test('the first one up holds the VIP, though the other has priority 200', async () => {
      await seed.machine('swarm2').enable(osixiaCommand);
      await seed.holds('swarm2', vip);
      await seed.machine('swarm1').enable(osixiaCommand);
      await isBackup(seed.machine('swarm1'), 'VI_1');
      await advertsFrom(seed.machine('swarm2'), { count: 5 });
      assert.deepEqual(seed.lab.holdersOf(vip), ['swarm2']);
    });

    test('the power fails: the other takes over, and keeps the VIP', async () => {
      await seed.machine('swarm2').host.powerOff();
      await seed.holds('swarm1', vip);
      await seed.machine('swarm2').host.powerOn();
      await isBackup(seed.machine('swarm2'), 'VI_1');
      await advertsFrom(seed.machine('swarm1'), { count: 5 });
      assert.deepEqual(seed.lab.holdersOf(vip), ['swarm1']);
    });

    test('the container stops: the other takes over, and gives it back in turn', async () => {
      await seed.machine('swarm1').stop();
      await seed.holds('swarm2', vip);
      await seed.machine('swarm1').start(osixiaCommand);
      await isBackup(seed.machine('swarm1'), 'VI_1');
      await assertOneWarning(seed.machine('swarm2'), '192.168.9.27');
      await seed.machine('swarm2').stop();
      await seed.holds('swarm1', vip);
      await assertOneWarning(seed.machine('swarm1'), '192.168.9.26');
    });

    test('the image learns of every state', async () => {
      const file = `${folder}/notifications`;
      // Notify scripts run side by side: the one of the take-over may still be on its way.
      const written = `until tail -n 1 ${file} | grep -q MASTER; do sleep 0.1; done`;
      await seed.machine('swarm1').shell(`timeout 30 bash -c '${written}'`);
      await seed.machine('swarm1').stop();
      await seed.lab.waitForNoHolder(vip);
      const [one, two] = await Promise.all(
        seed.machines.map(async (machine) => (await machine.shell(`cat ${file}`)).split('\n')),
      );
      const states = (priority: number, ...words: string[]) =>
        words.map((word) => `INSTANCE VI_1 ${word} ${priority}`);
      assert.deepEqual(one, [
        ...states(200, 'BACKUP', 'MASTER', 'STOP', 'BACKUP', 'MASTER', 'STOP'),
        '',
      ]);
      assert.deepEqual(two, [...states(100, 'BACKUP', 'MASTER', 'BACKUP', 'MASTER', 'STOP'), '']);
    });
  });

  for (const variant of ['the peer alone', 'each its own peer too'] as const) {
    describe(`arcts, ${variant}`, { concurrency: false }, () => {
      const vip = '10.2.1.12';
      const addresses = ['10.2.1.10', '10.2.1.11'];
      let seed: SeedLab;
      before(async () => {
        seed = await createPair('10.2.1', [10, 11]);
        for (const [index, machine] of seed.machines.entries()) {
          const written = seedFile(`003/arcts/node${index + 1}`);
          const both = `unicast_peer {\n    ${addresses.join('\n    ')}\n  }`;
          const text =
            variant === 'the peer alone'
              ? written
              : written.replace(/unicast_peer \{[^}]*\}/, () => both);
          await machine.write('/etc/keepalived/keepalived.conf', text);
        }
        await Promise.all(seed.machines.map((machine) => machine.enable(arctsCommand)));
      });
      after(() => seed?.destroy());

      test('the master holds the VIP, quotes or not', async () => {
        await seed.holds('swarm1', vip);
        const { stdout } = await seed.machine('swarm1').host.run('ip addr show dev eth0');
        assert.match(stdout, /inet 10\.2\.1\.12\/24 /);
      });

      test('its container stops: the backup serves; it starts: it serves again', async () => {
        await seed.machine('swarm1').stop();
        await seed.holds('swarm2', vip);
        await seed.machine('swarm1').start(arctsCommand);
        await seed.holds('swarm1', vip);
      });

      test('its power fails: the backup serves; it is back: it serves again', async () => {
        await seed.machine('swarm1').host.powerOff();
        await seed.holds('swarm2', vip);
        await seed.machine('swarm1').host.powerOn();
        await seed.holds('swarm1', vip);
      });

      test('of itself among the peers each says one line', async () => {
        const [one, two] = seed.machines;
        if (variant === 'each its own peer too' && one !== undefined && two !== undefined) {
          await assertOneWarning(one, '10.2.1.10');
          await assertOneWarning(two, '10.2.1.11');
        }
        await Promise.all(seed.machines.map((machine) => machine.stop()));
        await seed.lab.waitForNoHolder(vip);
      });
    });
  }
});
