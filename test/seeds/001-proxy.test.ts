import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { createSeedLab, type Machine, program, type SeedLab, skipSeeds } from './machine.ts';
import {
  copyKeepalived,
  installHaproxy,
  installKeepalived,
  keepalivedCommand,
  mountVolumes,
  settings,
} from './seed-001.ts';

/**
 * Seed 001, its proxy: steps 5 and 6.1 to 6.9 with the haproxy.cfg as it stands. HAProxy itself shows
 * whether the test is right: HOLDFAST_SEEDS_WITH=keepalived.
 */
const vip = settings.VIP_IP;
const names = ['node1', 'node2', 'node3'];
const addresses = names.map((_, index) => `192.168.80.${81 + index}`);
const stats = (host: string, form = ''): string => `http://${host}:8888/stats${form}`;

/** A web server of which each machine has another version, in a container's place. */
function nginxConfiguration(number: number): string {
  return `daemon off; pid /run/nginx-test.pid; error_log /dev/null; events {}
http { access_log off; server { listen 6443; location / { return 404 "nginx/1.23.${number}\\n"; } } }
`;
}

class Proxies {
  readonly seed: SeedLab;
  readonly nginx = new Map<string, HostProcess>();
  readonly haproxy = new Map<string, HostProcess>();

  constructor(seed: SeedLab) {
    this.seed = seed;
  }

  async startHaproxy(machine: Machine): Promise<void> {
    const own = join(projectRoot(), 'bin', 'holdfast');
    if (program === 'holdfast') await machine.shell(`ln -sf '${own}' /usr/local/sbin/haproxy`);
    const command = program === 'holdfast' ? '/usr/local/sbin/haproxy' : '/usr/sbin/haproxy';
    const words = [command, '-W', '-db', '-f', '/etc/kubernetes/haproxy.cfg'];
    this.haproxy.set(machine.name, await machine.host.spawn(words));
  }

  async startNginx(machine: Machine, number: number): Promise<void> {
    await machine.write('/etc/nginx-test.conf', nginxConfiguration(number));
    const words = ['nginx', '-c', '/etc/nginx-test.conf'];
    this.nginx.set(machine.name, await machine.host.spawn(words));
  }

  /** What a client gets; undefined: nothing. */
  async get(url: string, ...options: readonly string[]): Promise<string | undefined> {
    const words = ['curl', '-s', '--max-time', '5', ...options, url];
    const { status, stdout } = await this.seed.lab.client.run(words);
    return status === 0 ? stdout : undefined;
  }

  status(url: string, ...options: readonly string[]): Promise<string | undefined> {
    return this.get(url, '-o', '/dev/null', '-w', '%{http_code}', ...options);
  }

  /** Waits until the statistics of a host say so of all three servers. */
  async shows(host: string, wanted: readonly string[]): Promise<void> {
    const end = monotonicMs() + 60_000;
    for (;;) {
      const csv = await this.get(stats(host, ';csv'), '-u', 'admin:password');
      const states = (csv ?? '')
        .split('\n')
        .map((line) => line.split(','))
        .filter(([, name]) => name?.startsWith('k8s-master'))
        .map((columns) => columns[17]?.replace(/ .*/, ''));
      if (states.join() === wanted.join()) return;
      if (monotonicMs() > end) assert.fail(`${host} shows ${states.join()}, not ${wanted.join()}`);
      await sleep(100);
    }
  }

  /** The versions that 30 requests by the address have met. */
  async versions(): Promise<string> {
    const met = new Set<string>();
    for (let request = 0; request < 30; request++)
      met.add((await this.get(`http://${vip}:9443/xuxiaowei`))?.trim() ?? 'nothing');
    return [...met].sort().join();
  }
}

describe('seed 001, its proxy', { skip: skipSeeds, concurrency: false }, () => {
  let seed: SeedLab;
  let proxies: Proxies;
  before(async () => {
    seed = await createSeedLab(
      names.map((name, index) => ({
        name,
        interfaces: [{ name: 'eth0', addresses: [`${addresses[index]}/24`] }],
      })),
      '192.168.80.10/24',
    );
    proxies = new Proxies(seed);
    const node1 = seed.machine('node1');
    await installKeepalived(node1, 'mended');
    for (const [index, name] of names.entries()) {
      const machine = seed.machine(name);
      await installHaproxy(machine);
      await machine.shell('mkdir -p /var/lib/haproxy');
      if (index > 0)
        await copyKeepalived(node1, machine, { number: index + 1, priority: 100 - 10 * index });
      await mountVolumes(machine);
      await proxies.startHaproxy(machine);
    }
    await Promise.all(names.map((name) => seed.machine(name).enable(keepalivedCommand)));
    await seed.holds('node1', vip);
  });
  after(() => seed?.destroy());

  test('step 5: the statistics want a password, on each node and by the address', async () => {
    for (const host of [...addresses, vip]) {
      await proxies.shows(host, ['DOWN', 'DOWN', 'DOWN']);
      assert.equal(await proxies.status(stats(host)), '401');
      const page = await proxies.get(stats(host), '-u', 'admin:password');
      assert.match(page ?? '', /kube-apiserver/);
    }
  });

  test('steps 6.1 to 6.5: three servers come, and all are shown up', async () => {
    for (const [index, name] of names.entries()) {
      await proxies.startNginx(seed.machine(name), index + 1);
    }
    for (const host of [...addresses, vip]) await proxies.shows(host, ['UP', 'UP', 'UP']);
    for (const [index, host] of addresses.entries()) {
      const answer = await proxies.get(`http://${host}:6443/xuxiaowei`);
      assert.equal(answer, `nginx/1.23.${index + 1}\n`);
    }
  });

  test('step 6.6: by the address one meets all of them', async () => {
    assert.equal(await proxies.versions(), 'nginx/1.23.1,nginx/1.23.2,nginx/1.23.3');
  });

  test('step 6.7: the third machine is off; one meets the others', async () => {
    await seed.machine('node3').host.powerOff();
    await proxies.shows(vip, ['UP', 'UP', 'DOWN']);
    assert.deepEqual(seed.lab.holdersOf(vip), ['node1']);
    assert.equal(await proxies.versions(), 'nginx/1.23.1,nginx/1.23.2');
  });

  test('step 6.8: the first is off; the second has the address, and answers', async () => {
    await seed.machine('node1').host.powerOff();
    await seed.holds('node2', vip);
    await proxies.shows(vip, ['DOWN', 'UP', 'DOWN']);
    assert.equal(await proxies.versions(), 'nginx/1.23.2');
  });

  test('step 6.9: what was started goes, and leaves nothing', async () => {
    await proxies.nginx.get('node2')?.stop();
    await proxies.shows(vip, ['DOWN', 'DOWN', 'DOWN']);
    assert.equal(await proxies.get(`http://${vip}:9443/xuxiaowei`), undefined);
    const end = await proxies.haproxy.get('node2')?.stop();
    assert.equal(end?.status, 0);
    const node2 = seed.machine('node2');
    assert.equal(await node2.shell('ss -Hltn | grep -E ":(9443|8888)\\b" || true'), '');
    assert.equal(await node2.shell('ls /var/run/haproxy.pid 2>/dev/null || true'), '');
  });
});
