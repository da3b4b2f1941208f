import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  advertsFrom,
  createSeedLab,
  type Machine,
  type SeedLab,
  seedFile,
  skipSeeds,
} from './machine.ts';

/**
 * Seed 004: three nodes on which kube-keepalived-vip has written the same file of version 3, with
 * 100 and the node's position as its priority.
 */
const vip = '172.16.40.33';
const names = ['bs-01', 'bs-02', 'bs-03'];
const command =
  'keepalived --dont-fork --log-console --log-detail --release-vips --vrrp' +
  ' --pid /run/keepalived.pid -f /etc/keepalived/keepalived.conf';

describe('seed 004', { skip: skipSeeds }, () => {
  let seed: SeedLab;
  before(async () => {
    seed = await createSeedLab(
      names.map((name, index) => ({
        name,
        interfaces: [{ name: 'eth0', addresses: [`172.16.40.${35 + index}/24`] }],
      })),
      '172.16.40.10/24',
    );
    for (const [index, machine] of seed.machines.entries()) {
      const text = seedFile('004/node').replace('priority 104', `priority ${104 - index}`);
      await machine.write('/etc/keepalived/keepalived.conf', text);
    }
  });
  after(() => seed?.destroy());

  async function returnsAsBackup(machine: Machine, holder: Machine): Promise<void> {
    await machine.host.powerOn();
    await machine.running.logContains('(vips) Entering BACKUP STATE', { timeoutMs: 30_000 });
    await advertsFrom(holder, { count: 5 });
    assert.deepEqual(seed.lab.holdersOf(vip), [holder.name]);
    assert.equal(machine.logged(/Entering MASTER STATE/), 0);
  }

  test('the first one up holds the VIP, and it answers', async () => {
    await seed.machine('bs-01').enable(command);
    await seed.holds('bs-01', vip);
    await Promise.all(['bs-02', 'bs-03'].map((name) => seed.machine(name).enable(command)));
    const probe = await seed.lab.probe(vip, { periodMs: 50, askPeriodMs: 100 });
    await probe.waitForService({ host: 'bs-01' });
    await probe.stop();
  });

  test('adverts are of version 3', async () => {
    const { stdout } = await seed.lab.client.run('tcpdump -p -n -v -c 1 -i eth0 ip proto 112');
    assert.match(stdout, /172\.16\.40\.35 > 224\.0\.0\.18: VRRPv3, Advertisement, vrid 50/);
  });

  test('the power fails on one after another: another one serves', async () => {
    await seed.machine('bs-01').host.powerOff();
    // A hundredth of priority is four milliseconds of patience; who is second, is not certain.
    const second = await seed.settles(['bs-02', 'bs-03'], vip);
    await second.host.powerOff();
    await seed.holdsOneOf(
      ['bs-02', 'bs-03'].filter((name) => name !== second.name),
      vip,
    );
  });

  test('the others return, and take nothing back', async () => {
    const holder = await seed.settles(names, vip);
    const others = seed.machines.filter((machine) => machine !== holder);
    await Promise.all(others.map((machine) => returnsAsBackup(machine, holder)));
  });

  test('the last one stops: one of the others serves', async () => {
    const left = new Set(names);
    while (left.size > 0) {
      const holder = await seed.holdsOneOf([...left], vip);
      await holder.stop();
      left.delete(holder.name);
    }
    await seed.lab.waitForNoHolder(vip);
  });
});
