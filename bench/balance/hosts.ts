import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { testNamespace, testPath } from '../../tools/sweep.ts';
import { prepareExchange } from './exchange.ts';

export const VIP = '10.1.0.100';
export const SERVERS = ['10.2.0.11', '10.2.0.12'] as const;
export const HTTP_PORT = 8080;
export const BULK_PORT = 5201;
/** A client, a director and a host with two servers behind it, each a network namespace. */
export interface BalanceHosts {
  /** Runs a program at the client, and answers with what it says. */
  client(program: string, ...args: readonly string[]): Promise<string>;
  /** Starts a program on the director that runs until the end. */
  startOnDirector(program: string, ...args: readonly string[]): ChildProcess;
  /** The same at the client, whose output is read, and at the servers. */
  startAtClient(program: string, ...args: readonly string[]): ChildProcess;
  startAtServers(program: string, ...args: readonly string[]): ChildProcess;
  onDirector<Value>(body: () => Value): Value;
  path(name: string): string;
  /** New connections a second of the least client and the least server. Rejects where one fails or stays open. */
  exchange(address: string, port: number, seconds: number): Promise<number>;
  close(): Promise<void>;
}

/** `ownServers`: the caller starts what is asked. */
export async function openBalanceHosts({ ownServers = false } = {}): Promise<BalanceHosts> {
  const folder = testPath('balance');
  mkdirSync(folder, { recursive: true });
  const names = Object.fromEntries(
    ['c', 'd', 's'].map((part) => [part, testNamespace(`bench-${part}`)]),
  );
  const of = (part: string): string => names[part] ?? part;
  const ip = (part: string, command: string): void =>
    void execFileSync('ip', ['-n', of(part), ...command.split(' ')]);
  const inside = (part: string, ...words: readonly string[]): void =>
    void execFileSync('ip', ['netns', 'exec', of(part), ...words]);
  const children: ChildProcess[] = [];
  const start = (
    part: string,
    program: string,
    args: readonly string[],
    output: 'ignore' | 'pipe' = 'ignore',
  ): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', of(part), program, ...args], {
      stdio: ['ignore', output, 'inherit'],
    });
    children.push(child);
    return child;
  };
  for (const part of Object.keys(names)) {
    execFileSync('ip', ['netns', 'add', of(part)]);
    ip(part, 'link set dev lo up');
  }
  inside('d', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // What is over is forgotten soon, so that no round finds the table full from the one before.
  inside('d', 'sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_time_wait=1');
  for (const part of ['c', 'd']) {
    inside(part, 'sysctl', '-qw', 'net.ipv4.ip_local_port_range=1024 65535');
  }
  const link = (index: number, part: string, network: string, host: number): void => {
    ip('d', `link add e${index} type veth peer name eth0 netns ${of(part)}`);
    ip('d', `link set dev e${index} up`);
    ip(part, 'link set dev eth0 up');
    ip(part, `addr add ${network}.${host}/24 dev eth0`);
  };
  link(0, 'c', '10.1.0', 2);
  ip('d', 'addr add 10.1.0.1/24 dev e0');
  ip('d', `addr add ${VIP}/32 dev e0`);
  ip('c', 'route add default via 10.1.0.1');
  // Two addresses of one process: as many processes are at work as where one server is asked directly.
  link(1, 's', '10.2.0', 11);
  ip('s', 'addr add 10.2.0.12/24 dev eth0');
  ip('d', 'addr add 10.2.0.1/24 dev e1');
  ip('s', 'route add default via 10.2.0.1');
  const file = `${folder}/nginx.conf`;
  writeFileSync(file, nginxConfig(`${folder}/nginx.pid`));
  const client: BalanceHosts['client'] = (program, ...args) =>
    output('ip', ['netns', 'exec', of('c'), program, ...args]);
  const startAtServers = (program: string, ...args: readonly string[]): ChildProcess =>
    start('s', program, args);
  const exchange = prepareExchange(folder, { client, startAtServers, ip, of });
  if (!ownServers) {
    start('s', 'nginx', ['-c', file]);
    start('s', 'iperf3', ['-s', '-p', String(BULK_PORT)]);
  }
  await sleep(500);
  return {
    client,
    startOnDirector: (program, ...args) => start('d', program, args),
    startAtClient: (program, ...args) => start('c', program, args, 'pipe'),
    startAtServers,
    onDirector: (body) => {
      const value = withNetworkNamespace(`/run/netns/${of('d')}`, body);
      if (isSysError(value)) throw new Error(value.message);
      return value;
    },
    path: (name) => `${folder}/${name}`,
    exchange,
    close: async () => {
      const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.kill('SIGTERM');
      await Promise.race([Promise.all(ends), sleep(3000)]);
      for (const part of Object.keys(names)) execFileSync('ip', ['netns', 'del', of(part)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nginxConfig(pidFile: string): string {
  return `daemon off; worker_processes 1; pid ${pidFile}; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000;
  server { listen ${HTTP_PORT} backlog=4096; location / { return 200 "ok"; } }
}
`;
}

function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        text += data.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(text);
      else reject(new Error(`${args.join(' ')}: ${text}`));
    });
  });
}
