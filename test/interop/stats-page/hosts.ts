/** haproxy or ours with servers in every state, and somebody who has asked them for something. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareProgram, projectRoot } from '../../../src/lab/programs.ts';
import { testPath } from '../../../tools/sweep.ts';
import type { Visitor } from './browser.ts';

export const sides = ['ours', 'theirs'] as const;
export type Side = (typeof sides)[number];

export const OPERATOR: Visitor = { user: 'admin', password: 'pass:word' };
/** Whom the page knows and the form does not. */
export const READER: Visitor = { user: 'reader', password: 'reader' };

const REQUESTS = 24;
/** Those that pass. */
const CHECKED = ['master1', 'master2', 'drained', 'spare'];
const LIMIT_MS = 20_000;

interface Ports {
  readonly api: number;
  readonly page: number;
  readonly up: number;
  readonly refused: number;
}

function configuration({ api, page, up, refused }: Ports): string {
  return `global
  maxconn 4000
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  timeout check 5s
frontend kube-apiserver
  bind 127.0.0.1:${api}
  maxconn 2000
  default_backend control-plane
backend control-plane
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 500 downinter 1h rise 2 fall 2
  server master1 127.0.0.1:${up} weight 10 maxconn 100
  server master2 127.0.0.1:${up} weight 10 maxconn 100
  server master3 127.0.0.1:${refused} weight 10 maxconn 100
  server drained 127.0.0.1:${up} weight 0
  server spare 127.0.0.1:${up} backup
backend registry
  mode tcp
  server plain 127.0.0.1:${up}
  server away 127.0.0.1:${up} disabled
listen stats
  bind 127.0.0.1:${page}
  stats enable
  stats uri /stats
  stats realm Control\\ plane
  stats refresh 30s
  stats show-legends
  stats auth ${OPERATOR.user}:${OPERATOR.password}
  stats auth ${READER.user}:${READER.password}
  stats admin if { hdr(authorization) "Basic ${btoa(`${OPERATOR.user}:${OPERATOR.password}`)}" }
`;
}

export class StatsHost {
  readonly side: Side;
  readonly folder: string;
  readonly #server: Server;
  readonly #ports: Ports;
  readonly #process: ChildProcess;
  #said = '';

  private constructor(side: Side, folder: string, server: Server, ports: Ports) {
    this.side = side;
    this.folder = folder;
    this.#server = server;
    this.#ports = ports;
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, configuration(ports));
    const own = join(projectRoot(), 'bin', 'holdfast');
    const [program = '', ...words] = side === 'ours' ? [own, 'haproxy'] : ['haproxy'];
    this.#process = spawn(program, [...words, '-db', '-f', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr?.on('data', (bytes) => {
      this.#said += String(bytes);
    });
  }

  /** Its servers are checked, and some requests answered, when this resolves. */
  static async open(side: Side): Promise<StatsHost> {
    if (side === 'ours') await prepareProgram('holdfast');
    const folder = testPath(`stats-page-${side}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const server = createServer((_, response) => response.end('ok\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const [api = 0, page = 0, refused = 0] = await freePorts(3);
    const up = (server.address() as AddressInfo).port;
    const host = new StatsHost(side, folder, server, { api, page, up, refused });
    try {
      await host.#settle();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  get page(): string {
    return `http://127.0.0.1:${this.#ports.page}/stats`;
  }

  /** What a server is said to be; a column of CSV. */
  async stateOf(name: string, column = 'status'): Promise<string | undefined> {
    const { user, password } = OPERATOR;
    const answer = await fetch(`${this.page};csv`, {
      headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` },
    });
    const [head = '', ...rows] = (await answer.text()).split('\n');
    const at = head.split(',').indexOf(column);
    return rows.map((row) => row.split(',')).find((row) => row[1] === name)?.[at];
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #settle(): Promise<void> {
    const limit = Date.now() + LIMIT_MS;
    const isSettled = async (): Promise<boolean> => {
      if ((await this.stateOf('master3')) !== 'DOWN') return false;
      const checks = CHECKED.map((name) => this.stateOf(name, 'check_status'));
      return (await Promise.all(checks)).every((status) => status === 'L7OK');
    };
    while (!(await isSettled().catch(() => false))) {
      if (Date.now() > limit || this.#process.exitCode !== null)
        throw new Error(`${this.side} does not serve: ${this.#said}`);
      await sleep(50);
    }
    for (let count = 0; count < REQUESTS; count++)
      await (await fetch(`http://127.0.0.1:${this.#ports.api}/`)).text();
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer());
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  return ports;
}
