import { type Machine, seedFile } from './machine.ts';

/** The inventory of seed 000: two of three masters carry keepalived. */
export const inventory = [
  { name: 'node01', address: '10.1.86.201', lb: 'MASTER', priority: 100 },
  { name: 'node02', address: '10.1.86.202', lb: 'BACKUP', priority: 80 },
  { name: 'node03', address: '10.1.86.203' },
] as const;

export const vip = '10.1.86.209';

export const keepalivedCommand =
  'keepalived -n --all -d -D -f /etc/keepalived/keepalived.conf --log-console';

/** The three templates as Ansible renders them on a node. */
export async function render(
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
