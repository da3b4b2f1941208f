import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
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
 * Seed 002: two machines before a MySQL pair, both BACKUP with nopreempt, whose file has a brace too
 * few; and beside them, in the same network namespace, the keepalived of a tenant.
 */
const mysqlVip = '192.168.143.32';
const tenantVip = '192.168.143.33';
const pairCommand = 'keepalived -P -n -l -D -d -f /etc/keepalived/keepalived.conf';
const tenantCommand =
  'keepalived -P --dont-fork --log-console --log-detail --release-vips' +
  ' -p /run/tenant.pid -r /run/tenant-vrrp.pid -c /run/tenant-checkers.pid' +
  ' -f /etc/keepalived/tenant.conf';
const roles = [
  { name: 'm2', address: '192.168.143.65', role: 'master' },
  { name: 's1', address: '192.168.143.60', role: 'slave' },
] as const;

async function createPair(): Promise<SeedLab> {
  const seed = await createSeedLab(
    roles.map(({ name, address }) => ({
      name,
      interfaces: [{ name: 'bond0', addresses: [`${address}/24`] }],
    })),
    '192.168.143.10/24',
  );
  try {
    for (const { name, role } of roles) {
      await seed.machine(name).write('/etc/keepalived/keepalived.conf', seedFile(`002/${role}`));
      const tenant = seedFile('002/tenant');
      // keepalived 2.2.7 crashes on this line where the kernel has no IPVS.
      const text = program === 'keepalived' ? tenant.replace(/.*lvs_sync_daemon.*/, '') : tenant;
      await seed.machine(name).write('/etc/keepalived/tenant.conf', text);
    }
    return seed;
  } catch (error) {
    await seed.destroy();
    throw error;
  }
}

/** Whether this address was taken from the machine at any time since then. */
function hasLost(machine: Machine, address: string, sinceMs: number): boolean {
  return machine.host.addressEvents.some(
    (event) => event.address === address && event.kind === 'removed' && event.atMs >= sinceMs,
  );
}

describe('seed 002', { skip: skipSeeds, concurrency: true }, () => {
  describe('the pair', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await createPair();
    });
    after(() => seed?.destroy());

    test('the first one up holds the VIP, though its file lacks a brace', async () => {
      await seed.machine('m2').enable(pairCommand);
      await seed.holds('m2', mysqlVip);
      await seed.machine('s1').enable(pairCommand);
      await seed.machine('s1').running.logContains('(VI_1) Entering BACKUP STATE');
    });

    test('the brace is missed where it was opened, and the word VIP is no address', {
      skip: program === 'keepalived' ? 'asks for diagnostics of holdfast' : false,
    }, () => {
      const log = seed.machine('m2').log();
      assert.match(log, /keepalived\.conf:22:16: error: 'VIP' is not .*\[invalid-address\]/);
      assert.match(log, /keepalived\.conf:31:23: error: .*'TCP_CHECK'.*\[missing-close-brace\]/);
      assert.match(log, /keepalived\.conf:12:21: warning: '\/\/' does not begin a comment/);
    });

    test('-t finds fault with it too', async () => {
      const check = await seed
        .machine('m2')
        .host.run('keepalived -t -f /etc/keepalived/keepalived.conf');
      // keepalived 2.2.7 itself aborts.
      if (program === 'holdfast') assert.equal(check.status, 5, check.stderr);
      else assert.notEqual(check.status, 0);
    });

    test('the holder stops: the other takes over at once', async () => {
      await seed.machine('m2').stop();
      await seed.holds('s1', mysqlVip);
    });

    test('the first one returns, and does not take it back', async () => {
      const m2 = seed.machine('m2');
      const returnedMs = monotonicMs();
      await m2.start(pairCommand);
      await m2.running.logContains('(VI_1) Entering BACKUP STATE');
      await advertsFrom(seed.machine('s1'), { count: 5, interfaceName: 'bond0' });
      assert.deepEqual(seed.lab.holdersOf(mysqlVip), ['s1']);
      assert.equal(hasLost(seed.machine('s1'), mysqlVip, returnedMs), false);
      assert.equal(m2.logged(/Entering MASTER STATE/), 0);
    });

    test('the other loses its power: the first takes over, and keeps it', async () => {
      const s1 = seed.machine('s1');
      await s1.host.powerOff();
      await seed.holds('m2', mysqlVip);
      await s1.host.powerOn();
      await s1.running.logContains('(VI_1) Entering BACKUP STATE');
      await advertsFrom(seed.machine('m2'), { count: 5, interfaceName: 'bond0' });
      assert.deepEqual(seed.lab.holdersOf(mysqlVip), ['m2']);
    });

    test('both end with status 0', async () => {
      await Promise.all(seed.machines.map((machine) => machine.stop()));
      await seed.lab.waitForNoHolder(mysqlVip);
    });
  });

  describe('the pair and a tenant in one network namespace', { concurrency: false }, () => {
    let seed: SeedLab;
    let pair: HostProcess;
    let tenant: HostProcess;
    before(async () => {
      seed = await createPair();
      const m2 = seed.machine('m2');
      pair = await m2.start(pairCommand);
      tenant = await m2.start(tenantCommand);
    });
    after(() => seed?.destroy());

    test('both hold their VIPs', async () => {
      await Promise.all([seed.holds('m2', mysqlVip), seed.holds('m2', tenantVip)]);
    });

    test('the tenant is killed and restarted: the pair keeps its VIP throughout', async () => {
      const m2 = seed.machine('m2');
      const sinceMs = monotonicMs();
      tenant.signal('SIGKILL');
      await tenant.exited;
      tenant = await m2.start(tenantCommand);
      await tenant.logContains('(vips) Entering MASTER STATE', { timeoutMs: 30_000 });
      await seed.holds('m2', tenantVip);
      assert.equal(hasLost(m2, mysqlVip, sinceMs), false, m2.log());
      assert.equal(seed.lab.holdersOf(mysqlVip).join(), 'm2');
    });

    test("the pair's is killed and restarted: the tenant keeps its VIP throughout", async () => {
      const m2 = seed.machine('m2');
      const sinceMs = monotonicMs();
      pair.signal('SIGKILL');
      await pair.exited;
      pair = await m2.start(pairCommand);
      await pair.logContains('(VI_1) Entering MASTER STATE', { timeoutMs: 30_000 });
      await seed.holds('m2', mysqlVip);
      assert.equal(hasLost(m2, tenantVip, sinceMs), false, m2.log());
    });

    test('one stops: the other goes on', async () => {
      const m2 = seed.machine('m2');
      const sinceMs = monotonicMs();
      assert.equal((await tenant.stop()).status, 0);
      await seed.lab.waitForNoHolder(tenantVip);
      assert.equal(hasLost(m2, mysqlVip, sinceMs), false);
      assert.equal((await pair.stop()).status, 0);
      await seed.lab.waitForNoHolder(mysqlVip);
    });
  });
});
