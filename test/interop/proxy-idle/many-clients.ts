/**
 * Runs inside a namespace of its own: very many clients of `ours`, or of haproxy, which ask, keep their
 * connections, ask again, and go. What became of them, and what the proxy needed for it, as JSON.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { testPath } from '../../../tools/sweep.ts';
import { askSocket, listenLocally } from '../proxy/scene.ts';

const CLIENTS = 10_000;
/** So many connections come at one time. */
const AT_ONCE = 250;
const START_MS = 60_000;
const PATIENCE_MS = 60_000;
const ANSWER = 'ok';

export interface Outcome {
  readonly answered: number;
  readonly answeredAgain: number;
  /** By its own count: while they are idle, and when all have gone. */
  readonly idle: number;
  readonly left: number;
  /** Of the process, before the first came, while they are idle, and when all have gone. */
  readonly memoryKb: readonly [number, number, number];
  readonly descriptors: readonly [number, number, number];
}

const folder = testPath('proxy-idle');

async function follow(name: string, command: readonly string[], port: number): Promise<Outcome> {
  const server = createServer((_request, response: ServerResponse) => response.end(ANSWER));
  const origin = await listenLocally(server);
  const [file, stats] = [`${folder}-${name}.cfg`, `${folder}-${name}.sock`];
  writeFileSync(file, configOf(stats, port, origin));
  const [program = '', ...words] = command;
  const child = spawn(program, [...words, '-db', '-f', file], { stdio: 'ignore' });
  try {
    const pid = await pidOf(stats);
    const before = needsOf(pid);
    const clients: Client[] = [];
    for (let count = 0; count < CLIENTS; count += AT_ONCE)
      clients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => come(port)))));
    const answered = clients.filter(({ answers }) => answers === 1).length;
    const idle = await currentOf(stats);
    const during = needsOf(pid);
    await inTurn(clients, (client) => client.ask());
    const answeredAgain = clients.filter(({ answers }) => answers === 2).length;
    await inTurn(clients, (client) => client.go());
    const limit = Date.now() + PATIENCE_MS;
    while ((await currentOf(stats)) > 0 && Date.now() < limit) await wait(50);
    const [left, after] = [await currentOf(stats), needsOf(pid)];
    return {
      ...{ answered, answeredAgain, idle, left },
      memoryKb: [before.memoryKb, during.memoryKb, after.memoryKb],
      descriptors: [before.descriptors, during.descriptors, after.descriptors],
    };
  } finally {
    child.kill('SIGKILL');
    server.close();
    for (const path of [file, stats]) rmSync(path, { force: true });
  }
}

const configOf = (stats: string, port: number, origin: number): string => `global
  maxconn 12000
  no strict-limits
  stats socket ${stats} level admin
defaults
  mode http
  timeout connect 10s
  timeout client 120s
  timeout server 120s
frontend web
  bind 127.0.0.1:${port}
  default_backend all
backend all
  option http-server-close
  server s1 127.0.0.1:${origin}
`;

interface Client {
  readonly answers: number;
  ask(): Promise<void>;
  go(): Promise<void>;
}

async function come(port: number): Promise<Client> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let answers = 0;
  let wake = (): void => {};
  let text = '';
  socket.on('error', () => wake());
  socket.on('close', () => wake());
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    if (!text.includes(`\r\n\r\n`) || !text.endsWith(ANSWER)) return;
    text = '';
    answers += 1;
    wake();
  });
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (socket.destroyed) wake();
    });
  const ask = (): Promise<void> => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    return woken();
  };
  await ask();
  return {
    get answers() {
      return answers;
    },
    ask,
    go: () => {
      const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      if (socket.destroyed) return Promise.resolve();
      socket.destroy();
      return gone;
    },
  };
}

async function inTurn(
  clients: readonly Client[],
  act: (client: Client) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < clients.length; from += AT_ONCE)
    await Promise.all(clients.slice(from, from + AT_ONCE).map(act));
}

async function pidOf(stats: string): Promise<number> {
  for (const limit = Date.now() + START_MS; ; await wait(50)) {
    const pid = /^Pid: (\d+)$/m.exec(await askSocket(stats, 'show info').catch(() => ''))?.[1];
    if (pid !== undefined) return Number(pid);
    if (Date.now() > limit) throw new Error('the proxy does not start');
  }
}

/** Sessions of the frontend. */
async function currentOf(stats: string): Promise<number> {
  const [head = '', ...rows] = (await askSocket(stats, 'show stat')).split('\n');
  const at = head.split(',').indexOf('scur');
  return Number(rows.find((row) => row.startsWith('web,FRONTEND,'))?.split(',')[at]);
}

function needsOf(pid: number): { readonly memoryKb: number; readonly descriptors: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    memoryKb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const holdfast = new URL('../../../bin/holdfast', import.meta.url).pathname;
const [name = ''] = process.argv.slice(2);
const outcome = await follow(name, name === 'ours' ? [holdfast, 'haproxy'] : ['haproxy'], 8080);
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
