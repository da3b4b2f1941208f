import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandResult } from '../../src/lab/execute.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { createSeedLab, type Machine, type SeedLab } from '../seeds/machine.ts';

/** The inventory of seed 000, as its document shows it. */
export const inventory = readFileSync('test/seeds/files/000/hosts', 'utf8');
export const vip = '10.1.86.209';
const masters = ['node01', 'node02', 'node03'] as const;

/** Three masters with API servers, ssh and a kubelet, and an administrator's host. */
export class Cluster {
  readonly seed: SeedLab;
  readonly #folder: string;

  constructor(seed: SeedLab) {
    this.seed = seed;
    this.#folder = seed.lab.network.directory;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** `holdfast plan`, typed on the administrator's host. */
  plan(...args: readonly string[]): Promise<CommandResult> {
    const ssh = [
      ...['ssh', '-F', '/dev/null', '-i', this.path('id')],
      ...['-o', `UserKnownHostsFile=${this.path('known_hosts')}`],
      ...['-o', 'StrictHostKeyChecking=accept-new'],
    ];
    const program = join(projectRoot(), 'bin', 'holdfast');
    const command = [program, 'plan', ...args, '--ssh', ssh.join(' ')];
    return this.seed.lab.client.run(command, { timeoutMs: 180_000 });
  }

  /** What a kubelet gets through the VIP; it asks again while the proxy tries a master that is off. */
  async ask(): Promise<string> {
    const retry = '--max-time 2 --retry 15 --retry-delay 1 --retry-all-errors';
    const command = `curl --silent --insecure ${retry} https://${vip}:6444`;
    return (await this.seed.lab.client.run(command.split(' '))).stdout;
  }
}

export async function createCluster(): Promise<Cluster> {
  const seed = await createSeedLab(
    masters.map((name, index) => ({
      name,
      interfaces: [{ name: 'eth0', addresses: [`10.1.86.${201 + index}/24`] }],
    })),
    '10.1.86.10/24',
  );
  try {
    const cluster = new Cluster(seed);
    makeKeys(cluster);
    writeFileSync(cluster.path('hosts'), inventory);
    for (const [index, name] of masters.entries()) {
      await equip(seed.machine(name), cluster, `10.1.86.${201 + index}`);
    }
    return cluster;
  } catch (error) {
    await seed.destroy();
    throw error;
  }
}

function makeKeys(cluster: Cluster): void {
  const run = (file: string, args: string) =>
    execFileSync(file, args.split(' '), { stdio: 'pipe' });
  const pair = `-nodes -days 2 -keyout ${cluster.path('server.key')} -out ${cluster.path('server.crt')}`;
  run(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=kubernetes ${pair}`,
  );
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', cluster.path('id')]);
  for (const name of masters) run('dropbearkey', `-t ed25519 -f ${cluster.path(`host-${name}`)}`);
}

/** What a master has before a plan comes: an API server, ssh for root, a kubelet, and the programs. */
async function equip(machine: Machine, cluster: Cluster, address: string): Promise<void> {
  const script = fileURLToPath(new URL('../seeds/tls-server.mjs', import.meta.url));
  const kubelet = fileURLToPath(new URL('kubelet.mjs', import.meta.url));
  const certificate = [cluster.path('server.crt'), cluster.path('server.key')];
  const key = cluster.path(`host-${machine.name}`);
  machine.services.push(async () => {
    // A home of root that is this machine's own: the one of the host that runs the tests stays as it is.
    await machine.shell(`
      set -e
      ln -sf '${join(projectRoot(), 'bin', 'holdfast')}' /usr/sbin/haproxy
      sed -i 's,^root:\\(.*\\):[^:]*:\\([^:]*\\)$,root:\\1:/etc/home:\\2,' /etc/passwd
      mkdir -p /etc/home/.ssh /etc/kubernetes/manifests
      cp '${cluster.path('id.pub')}' /etc/home/.ssh/authorized_keys
      chmod 700 /etc/home /etc/home/.ssh`);
    const server = [process.execPath, script, ...certificate, address, '6443'];
    const api = await machine.host.spawn(server);
    await api.logContains('listening', { timeoutMs: 60_000 });
    await machine.host.spawn([
      'dropbear',
      '-F',
      '-E',
      '-s',
      '-P',
      '',
      '-r',
      key,
      '-p',
      `${address}:22`,
    ]);
    const keeper = await machine.host.spawn([process.execPath, kubelet], { name: 'kubelet' });
    machine.daemon = keeper;
    await keeper.logContains('watching', { timeoutMs: 60_000 });
  });
  for (const service of machine.services) await service();
}
