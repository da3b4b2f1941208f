import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import {
  advertsFrom,
  createSeedLab,
  program,
  type SeedLab,
  seedFile,
  skipSeeds,
} from './machine.ts';

/**
 * Seed 002 with its virtual servers: the pair whose MySQL is checked and whose script kills keepalived
 * where it is dead, and the tenant's service that is forwarded to a pod. Its files are mended as little
 * as they need it: the address in place of the word VIP, the missing brace, and, in place of the two
 * lines that were commented out to turn balancing off, the line that does.
 */
const mysqlVip = '192.168.143.32';
const tenantVip = '192.168.143.33';
const command = 'keepalived -n -l -D -f /etc/keepalived/keepalived.conf';
const roles = [
  { name: 'm2', address: '192.168.143.65', role: 'master' },
  { name: 's1', address: '192.168.143.60', role: 'slave' },
] as const;

const skip = program === 'holdfast' ? skipSeeds : 'this kernel has no IPVS for keepalived';

function mended(role: string): string {
  const written = seedFile(`002/${role}`);
  const text = written
    .replace('virtual_server VIP 3306', `virtual_server ${mysqlVip} 3306`)
    .replace(/^ *#lb_kind.*$/m, '    @holdfast lvs_method none');
  assert.equal(text === written, false);
  return `${text}}\n`;
}

/** A server that says who it is, in place of MySQL. */
function serve(
  host: Host,
  port: number,
  name: string,
  before: string[] = [],
): Promise<HostProcess> {
  const code = `require('net').createServer((s) => { s.on('error', () => {}); s.end('${name}'); }).listen(${port})`;
  return host.spawn([...before, process.execPath, '-e', code]);
}

/** What answers there; a failure in words. */
async function ask(host: Host, address: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/${port} && cat <&3`;
  const { stdout, status } = await host.run(['timeout', '3', 'bash', '--norc', '-c', script]);
  return status === 0 ? stdout : `status ${status}`;
}

async function answers(host: Host, address: string, port: number, name: string): Promise<void> {
  const end = monotonicMs() + 40_000;
  for (;;) {
    const said = await ask(host, address, port);
    if (said === name) return;
    if (monotonicMs() > end) assert.fail(`${address}:${port} answers '${said}', not '${name}'`);
    await sleep(50);
  }
}

describe('seed 002, its servers', { skip, concurrency: true }, () => {
  describe('the pair before MySQL', { concurrency: false }, () => {
    let seed: SeedLab;
    const servers = new Map<string, HostProcess>();
    before(async () => {
      seed = await createSeedLab(
        roles.map(({ name, address }) => ({
          name,
          interfaces: [{ name: 'bond0', addresses: [`${address}/24`] }],
        })),
        '192.168.143.10/24',
      );
      for (const { name, role } of roles) {
        const machine = seed.machine(name);
        await machine.write('/etc/keepalived/keepalived.conf', mended(role));
        await machine.write('/etc/keepalived/mysql.sh', '#!/bin/bash\npkill keepalived\n', '0755');
        servers.set(name, await serve(machine.host, 3306, name));
      }
      await seed.machine('m2').start(command);
      await seed.holds('m2', mysqlVip);
      await seed.machine('s1').start(command);
      await seed.machine('s1').running.logContains('(VI_1) Entering BACKUP STATE');
    });
    after(() => seed?.destroy());

    test('the holder answers, to a client on the standby too', async () => {
      await answers(seed.lab.client, mysqlVip, 3306, 'm2');
      await answers(seed.machine('s1').host, mysqlVip, 3306, 'm2');
    });

    test('its server stops: the script kills the daemon, and the other answers', async () => {
      const { running } = seed.machine('m2');
      servers.get('m2')?.signal('SIGKILL');
      const end = await running.exited;
      assert.equal(end.status, 0, seed.machine('m2').log());
      await seed.holds('s1', mysqlVip);
      await answers(seed.lab.client, mysqlVip, 3306, 's1');
    });

    test('the first returns, and does not take it back', async () => {
      const m2 = seed.machine('m2');
      const sinceMs = monotonicMs();
      servers.set('m2', await serve(m2.host, 3306, 'm2'));
      await m2.start(command);
      await m2.running.logContains('(VI_1) Entering BACKUP STATE');
      await m2.running.logContains('TCP_CHECK [192.168.143.65]:3306 success');
      await advertsFrom(seed.machine('s1'), { count: 5, interfaceName: 'bond0' });
      assert.deepEqual(seed.lab.holdersOf(mysqlVip), ['s1']);
      const lost = seed
        .machine('s1')
        .host.addressEvents.some(
          ({ address, kind, atMs }) =>
            address === mysqlVip && kind === 'removed' && atMs >= sinceMs,
        );
      assert.equal(lost, false);
      await answers(seed.lab.client, mysqlVip, 3306, 's1');
    });
  });

  describe('the tenant before its pod', { concurrency: false }, () => {
    let seed: SeedLab;
    before(async () => {
      seed = await createSeedLab(
        [{ name: 'm1', interfaces: [{ name: 'bond0', addresses: ['192.168.143.65/24'] }] }],
        '192.168.143.10/24',
      );
      const m1 = seed.machine('m1');
      await m1.shell(`set -e
        sysctl -qw net.ipv4.ip_forward=1
        ip link add pod0 type veth peer name pod1
        ip addr add 10.244.0.1/24 dev pod0
        ip link set pod0 up
        mount -t tmpfs none /run/netns 2>/dev/null || mkdir -p /run/netns
        ip netns add pod
        ip link set pod1 netns pod
        ip -n pod link set lo up
        ip -n pod addr add 10.244.0.6/24 dev pod1
        ip -n pod link set pod1 up
        ip -n pod route add default via 10.244.0.1`);
      await serve(m1.host, 5432, 'pod', ['ip', 'netns', 'exec', 'pod']);
      await m1.write('/etc/keepalived/keepalived.conf', seedFile('002/tenant'));
      await m1.start(command);
    });
    after(() => seed?.destroy());

    test('its file, unchanged, forwards to the pod', async () => {
      await seed.holds('m1', tenantVip);
      await answers(seed.lab.client, tenantVip, 5432, 'pod');
      await answers(seed.machine('m1').host, tenantVip, 5432, 'pod');
    });

    test('nothing of it is left when it stops', async () => {
      const m1 = seed.machine('m1');
      await m1.stop();
      assert.equal(await m1.shell('nft list tables'), '');
    });
  });
});
