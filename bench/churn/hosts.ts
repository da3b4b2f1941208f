/** A client, a director with holdfast, and three servers, each a network namespace, and what they count. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testNamespace, testPath } from '../../tools/sweep.ts';

export const VIP = '10.1.0.100';
export const PORT = 80;
/** Of the client: its kept connections come from the one, new ones from the other. */
export const CLIENT = { kept: '10.1.0.2', new: '10.1.0.3' } as const;
export const SERVERS = ['s1', 's2', 's3'] as const;
export type ServerName = (typeof SERVERS)[number];

const SERVER_PORT = 8080;
/** Long enough for whoever asks about a connection that was lost a moment ago. */
const REMEMBERED_SECONDS = 5;
const WATCH = `table inet watch {
  set begun { type inet_service; flags dynamic,timeout; timeout ${REMEMBERED_SECONDS}s; size 65536; }
  counter ended { }
  counter checks { }
  chain in {
    type filter hook input priority 0;
    tcp dport ${SERVER_PORT} ip saddr 10.2.0.0/16 tcp flags & (syn|ack) == syn counter name checks
    tcp dport ${SERVER_PORT} ip saddr ${CLIENT.new} tcp flags & (syn|ack) == syn update @begun { tcp sport }
    tcp dport ${SERVER_PORT} ip saddr ${CLIENT.kept} tcp flags & (fin|rst) != 0 ct state established counter name ended
  }
  chain out {
    type filter hook output priority 0;
    tcp sport ${SERVER_PORT} ip daddr ${CLIENT.kept} tcp flags & (fin|rst) != 0 ct state established counter name ended
  }
}`;

export function serverAddress(name: ServerName): string {
  return `10.2.${SERVERS.indexOf(name) + 1}.2`;
}

export class ChurnHosts {
  readonly folder = testPath('churn');
  readonly #namespaces: string[] = [];
  readonly #children = new Set<ChildProcess>();
  readonly #servers = new Map<ServerName, ChildProcess>();
  #daemon: ChildProcess | undefined;
  #log = '';

  async open(configuration: string): Promise<void> {
    await prepareProgram('holdfast');
    mkdirSync(this.folder, { recursive: true });
    for (const part of ['c', 'd', ...SERVERS]) {
      const name = this.#name(part);
      execFileSync('ip', ['netns', 'add', name]);
      this.#namespaces.push(name);
      this.#ip(part, 'link set dev lo up');
    }
    this.run('d', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    this.#link('c', { network: '10.1.0', at: 'e0' });
    this.#ip('c', `addr add ${CLIENT.new}/24 dev eth0`);
    this.#ip('d', `addr add ${VIP}/32 dev e0`);
    for (const [index, name] of SERVERS.entries()) {
      this.#link(name, { network: `10.2.${index + 1}`, at: `e${index + 1}` });
      this.run(name, 'nft', WATCH);
      // The next packet of a connection that is cut comes to another server, which knows nothing of it.
      this.run(name, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
      this.startServer(name);
    }
    writeFileSync(join(this.folder, 'conf'), configuration);
    this.#startDaemon();
  }

  /** What a program in a namespace prints. */
  run(part: string, ...words: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#name(part), ...words], { encoding: 'utf8' });
  }

  start(part: string, ...words: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#name(part), ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  startServer(name: ServerName): void {
    const file = join(this.folder, `${name}.conf`);
    writeFileSync(file, nginxConfig(name, join(this.folder, `${name}.pid`)));
    const server = this.start(name, 'nginx', '-c', file);
    this.#servers.set(name, server);
  }

  /** As a crash does: its connections end, and new ones are refused. */
  async killServer(name: ServerName): Promise<void> {
    const server = this.#servers.get(name);
    if (server === undefined) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  }

  /** Ports of the client's new connections that lately began at this server. */
  lately(name: ServerName): ReadonlySet<number> {
    const text = this.run(name, 'nft', '-n', 'list', 'set', 'inet', 'watch', 'begun');
    const elements = /elements = \{([^}]*)\}/.exec(text)?.[1] ?? '';
    return new Set(elements.split(',').map((each) => Number.parseInt(each.trim(), 10)));
  }

  /** Packets that ended a kept connection at this server so far, from either side. */
  ended(name: ServerName): number {
    return this.#counter(name, 'ended');
  }

  /** Checks of this server that have begun so far. */
  checks(name: ServerName): number {
    return this.#counter(name, 'checks');
  }

  /** Kept connections that this server still has. */
  held(name: ServerName): number {
    const filter = ['state', 'established', 'dst', CLIENT.kept, 'sport', '=', `:${SERVER_PORT}`];
    return this.run(name, 'ss', '-Htn', ...filter).split('\n').length - 1;
  }

  /** All that holdfast has said. */
  get log(): string {
    return this.#log;
  }

  get socket(): string {
    return join(this.folder, 'all.sock.servers');
  }

  reload(): void {
    this.#daemon?.kill('SIGHUP');
  }

  /** Process id of holdfast's checker process. */
  checker(): number | undefined {
    const pid = this.#daemon?.pid;
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').map(Number).find(isChecker);
  }

  async close(): Promise<void> {
    const children = [...this.#children];
    const ends = children.map((child) => once(child, 'exit'));
    this.#daemon?.kill('SIGTERM');
    for (const child of children) if (child !== this.#daemon) child.kill('SIGKILL');
    await Promise.all(ends);
    for (const name of this.#namespaces) execFileSync('ip', ['netns', 'del', name]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #counter(name: ServerName, counter: string): number {
    const text = this.run(name, 'nft', 'list', 'counter', 'inet', 'watch', counter);
    return Number(/packets (\d+)/.exec(text)?.[1]);
  }

  #startDaemon(): void {
    const path = (name: string): string => join(this.folder, name);
    const files = ['-f', path('conf'), '-p', path('all.pid'), '-r', path('vrrp.pid')];
    const program = join(projectRoot(), 'bin', 'holdfast');
    const daemon = this.start('d', program, '-n', '-l', '-D', ...files, '-c', path('checker.pid'));
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#log += data.toString();
      });
    }
    this.#daemon = daemon;
  }

  #link(part: string, { network, at }: { readonly network: string; readonly at: string }): void {
    this.#ip('d', `link add ${at} type veth peer name eth0 netns ${this.#name(part)}`);
    this.#ip('d', `link set dev ${at} up`);
    this.#ip('d', `addr add ${network}.1/24 dev ${at}`);
    this.#ip(part, 'link set dev eth0 up');
    this.#ip(part, `addr add ${network}.2/24 dev eth0`);
    this.#ip(part, `route add default via ${network}.1`);
  }

  #ip(part: string, command: string): void {
    execFileSync('ip', ['-n', this.#name(part), ...command.split(' ')]);
  }

  #name(part: string): string {
    return testNamespace(`churn-${part}`);
  }
}

function isChecker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('holdfast-checker');
  } catch {
    return false;
  }
}

function nginxConfig(name: ServerName, pidFile: string): string {
  return `daemon off; master_process off; pid ${pidFile}; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  server { listen ${SERVER_PORT} backlog=4096; location / { return 200 "${name}"; } }
}
`;
}
