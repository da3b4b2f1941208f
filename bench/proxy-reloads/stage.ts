/** A namespace with a web server, and in front of it haproxy or ours as a master with a worker. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testNamespace, testPath } from '../../tools/sweep.ts';

export const sides = ['holdfast', 'haproxy'] as const;
export type Side = (typeof sides)[number];
export const modes = ['tcp', 'http'] as const;
export type Mode = (typeof modes)[number];

export const PORTS: Readonly<Record<Mode, number>> = { tcp: 8001, http: 8002 };
const SERVER_PORT = 8080;
const LIMIT_MS = 20_000;
const LOOK_MS = 50;

function configuration(folder: string): string {
  return `global
  stats socket ${folder}/stats.sock level admin expose-fd listeners
  stats timeout 2m
defaults
  timeout connect 5s
  timeout client 1m
  timeout server 1m
${modes
  .map(
    (mode) => `listen ${mode}
  mode ${mode}
  bind 127.0.0.1:${PORTS[mode]}
  bind ${folder}/${mode}.sock
  server web 127.0.0.1:${SERVER_PORT} check inter 500`,
  )
  .join('\n')}
`;
}

function webServer(folder: string): string {
  return `daemon off; pid ${folder}/nginx.pid; error_log /dev/null; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/body;
  server { listen 127.0.0.1:${SERVER_PORT} backlog=4096; location / { return 200 "web"; } } }
`;
}

export class ReloadStage {
  readonly side: Side;
  readonly folder: string;
  readonly #namespace: string;
  readonly #children: ChildProcess[] = [];
  #master: ChildProcess | undefined;
  #said = '';

  constructor(side: Side) {
    this.side = side;
    this.folder = testPath(`proxy-reloads-${side}`);
    this.#namespace = testNamespace(`pr-${side}`);
  }

  async open(): Promise<void> {
    await prepareProgram('holdfast');
    mkdirSync(join(this.folder, 'web'), { recursive: true });
    execFileSync('ip', ['netns', 'add', this.#namespace]);
    execFileSync('ip', ['-n', this.#namespace, 'link', 'set', 'lo', 'up']);
    writeFileSync(join(this.folder, 'web', 'conf'), webServer(join(this.folder, 'web')));
    this.start('nginx', '-c', join(this.folder, 'web', 'conf'));
    writeFileSync(this.#file, configuration(this.folder));
    const own = join(projectRoot(), 'bin', 'holdfast');
    const words = this.side === 'holdfast' ? [own, 'haproxy'] : ['haproxy'];
    this.#master = this.start(...words, '-W', '-db', '-f', this.#file);
    this.#master.stderr?.on('data', (bytes) => {
      this.#said += String(bytes);
    });
    await this.until('serving', () => this.workers().length === 1 && this.isServing());
  }

  start(...words: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#namespace, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return child;
  }

  reload(): void {
    this.#master?.kill('SIGUSR2');
  }

  /** What the master keeps now. */
  workers(): readonly number[] {
    const { pid } = this.#master ?? {};
    const path = `/proc/${pid}/task/${pid}/children`;
    return existsSync(path)
      ? readFileSync(path, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
      : [];
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.#master?.pid}/fd`).length;
  }

  isServing(): boolean {
    const words = ['netns', 'exec', this.#namespace, 'curl', '-sf', '--max-time', '5'];
    try {
      for (const mode of modes)
        execFileSync('ip', [...words, `http://127.0.0.1:${PORTS[mode]}/`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the master; what is left of it then. */
  async finish(): Promise<readonly string[]> {
    const master = this.#master;
    if (master === undefined) return [];
    const processes = [...this.workers(), Number(master.pid)];
    master.kill('SIGTERM');
    await once(master, 'exit');
    await this.until('gone', () => !processes.some((pid) => existsSync(`/proc/${pid}`))).catch(
      () => {},
    );
    const listening = this.#inside('ss', '-Hltnx')
      .split('\n')
      .filter((line) =>
        modes.some((mode) => line.includes(`:${PORTS[mode]} `) || line.includes(this.folder)),
      );
    return [
      ...processes.filter((pid) => existsSync(`/proc/${pid}`)).map((pid) => `process ${pid}`),
      ...readdirSync(this.folder).filter((name) => !['haproxy.cfg', 'web'].includes(name)),
      ...listening,
    ];
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    const limit = Date.now() + LIMIT_MS;
    while (!isSo()) {
      if (Date.now() > limit) throw new Error(`${this.side}: not ${what}\n${this.#said}`);
      await sleep(LOOK_MS);
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    execFileSync('ip', ['netns', 'del', this.#namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.folder, 'haproxy.cfg');
  }

  #inside(...words: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#namespace, ...words], { encoding: 'utf8' });
  }
}
