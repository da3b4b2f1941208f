import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSeedLab, type Machine, type SeedLab, seedFile } from './machine.ts';

/** The inventory of seed 000: two of three masters carry keepalived. */
const inventory = [
  { name: 'node01', address: '10.1.86.201', lb: 'MASTER', priority: 100 },
  { name: 'node02', address: '10.1.86.202', lb: 'BACKUP', priority: 80 },
  { name: 'node03', address: '10.1.86.203' },
] as const;

export const vip = '10.1.86.209';

export const keepalivedCommand =
  'keepalived -n --all -d -D -f /etc/keepalived/keepalived.conf --log-console';

/** The three templates as Ansible renders them on a node. */
async function render(
  machine: Machine,
  node: { readonly name: string; readonly address: string; readonly lb?: string },
): Promise<void> {
  if (node.lb === undefined) return;
  await machine.write('/etc/keepalived/keepalived.conf', seedFile(`000/${node.name}`));
  await machine.write('/etc/keepalived/check_haproxy.sh', checkScript(node.address), '0777');
  await machine.write('/etc/haproxy/haproxy.cfg', haproxyCfg);
}

function checkScript(address: string): string {
  return `#!/bin/bash

if [ \`curl https://${address}:6444 --insecure |grep kind |wc -l\` -eq 0 ] ; then
   exit 1 # just exit, MASTER will reduce weight(-25), so vip will move on BACKUP node
fi
`;
}

const servers = inventory
  .map(({ name, address }) => {
    return `  server ${name} ${address}:6443 check port 6443  inter 1500 rise 1 fall 3\n`;
  })
  .join('');

const haproxyCfg = `global
  daemon
  log 127.0.0.1 local0
  log 127.0.0.1 local1 notice
  maxconn 4096
defaults
  log               global
  retries           3
  maxconn           2000
  timeout connect   5s
  timeout client    50s
  timeout server    50s
frontend k8s
  bind *:6444
  mode tcp
  default_backend k8s-backend
backend k8s-backend
  balance roundrobin
  mode tcp
${servers}`;

interface ClusterOptions {
  /** On the machines that carry the address, whenever their power comes on. */
  readonly startProxy: (machine: Machine) => Promise<void>;
  /** What carries it. */
  readonly command: string;
}

export async function createCluster(options: ClusterOptions): Promise<SeedLab> {
  const { startProxy, command } = options;
  const seed = await createSeedLab(
    inventory.map(({ name, address }) => ({
      name,
      interfaces: [{ name: 'eth0', addresses: [`${address}/24`] }],
    })),
    '10.1.86.10/24',
  );
  try {
    const certificate = join(seed.lab.network.directory, 'apiserver.crt');
    const key = join(seed.lab.network.directory, 'apiserver.key');
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
    execFileSync(
      'openssl',
      [...request.split(' '), '-subj', '/CN=kubernetes', '-keyout', key, '-out', certificate],
      { stdio: 'pipe' },
    );
    const server = fileURLToPath(new URL('tls-server.mjs', import.meta.url));
    await Promise.all(
      inventory.map(async (node) => {
        const machine = seed.machine(node.name);
        await render(machine, node);
        const argv = [server, certificate, key, node.address, '6443'];
        const startServer = () => machine.host.spawn([process.execPath, ...argv]);
        machine.services.push(startServer);
        await (await startServer()).logContains('listening', { timeoutMs: 60_000 });
        if (!('lb' in node)) return;
        machine.services.push(() => startProxy(machine));
        await startProxy(machine);
      }),
    );
    for (const { name } of inventory.slice(0, 2)) {
      await seed.machine(name).enable(command);
    }
    await seed.holds('node01', vip);
    return seed;
  } catch (error) {
    await seed.destroy();
    throw error;
  }
}

/** What a kubelet gets through the VIP; it asks again while haproxy tries a master that is off. */
export async function ask(seed: SeedLab): Promise<string> {
  const retry = '--max-time 2 --retry 15 --retry-delay 1 --retry-all-errors';
  const command = `curl --silent --insecure ${retry} https://${vip}:6444`;
  return (await seed.lab.client.run(command.split(' '))).stdout;
}
