/** Runs inside a namespace of its own: whom haproxy gives the clients of each script, as JSON. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { testPath } from '../../../tools/sweep.ts';
import { askSocket } from '../proxy/scene.ts';
import { type Change, type Script, scripts } from './scripts.ts';

const FIRST_PORT = 20_000;
const FIRST_SERVER_PORT = 30_000;
const AT_ONCE = 8;
const START_MS = 60_000;

const folder = testPath('proxy-order');
const file = `${folder}.cfg`;
const stats = `${folder}.sock`;

/** Says which server it is, and stays until the client goes. */
async function serve(index: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.resume();
    socket.write(String(index));
  });
  await new Promise<void>((resolve) =>
    server.listen(FIRST_SERVER_PORT + index, '127.0.0.1', resolve),
  );
}

const section = ({ algorithm, weights }: Script, index: number): string =>
  [
    `listen p${index}`,
    `bind 127.0.0.1:${FIRST_PORT + index}`,
    `balance ${algorithm}`,
    ...weights.map(
      (weight, server) =>
        `server ${server} 127.0.0.1:${FIRST_SERVER_PORT + server} weight ${weight}`,
    ),
  ].join('\n');

async function start(): Promise<() => void> {
  const lines = [
    ...['global', 'nbthread 1', `stats socket ${stats} level admin`],
    ...['defaults', 'timeout connect 5s', 'timeout client 60s', 'timeout server 60s'],
    ...scripts.map(section),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  const limit = Date.now() + START_MS;
  while (!(await askSocket(stats, 'show info').catch(() => '')).includes('Name:')) {
    if (Date.now() > limit || child.exitCode !== null) throw new Error('haproxy does not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return () => void child.kill('SIGKILL');
}

async function play({ steps }: Script, index: number): Promise<string> {
  const held: Socket[] = [];
  const names: string[] = [];
  const come = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(FIRST_PORT + index, '127.0.0.1');
      socket.on('error', reject);
      socket.once('data', (name) => {
        names.push(String(name));
        resolve(socket);
      });
    });
  const go = async (socket: Socket | undefined): Promise<void> => {
    if (socket === undefined) return;
    const gone = new Promise((resolve) => socket.on('close', resolve));
    socket.end();
    await gone;
    // When it is not counted any more, whoever comes next finds that out.
    while (!(await isSettled(index, held.filter((each) => !each.destroyed).length)));
  };
  const isHolding = steps.some(({ kind }) => kind === 'hold');
  const leave = async (socket: Socket): Promise<void> => {
    if (isHolding) await go(socket);
    else socket.end();
  };
  for (const step of steps) {
    if (step.kind === 'visit') await leave(await come());
    else if (step.kind === 'hold') held.push(await come());
    else if (step.kind === 'release') await go(held[step.held]);
    else await askSocket(stats, commandOf(step, index));
  }
  for (const socket of held) socket.destroy();
  return names.join(' ');
}

/** Whether all its servers together have so many sessions. */
async function isSettled(index: number, count: number): Promise<boolean> {
  const rows = (await askSocket(stats, `show stat p${index} 4 -1`)).trim().split('\n').slice(1);
  return rows.reduce((sum, row) => sum + Number(row.split(',')[4]), 0) === count;
}

function commandOf(change: Change, index: number): string {
  const server = `p${index}/${change.server}`;
  if (change.kind === 'weight') return `set weight ${server} ${change.weight}`;
  return `${change.kind === 'off' ? 'disable' : 'enable'} server ${server}`;
}

async function main(): Promise<readonly string[]> {
  for (let index = 0; index < 8; index++) await serve(index);
  const stop = await start();
  const orders: string[] = [];
  const queue = scripts.map((script, index) => ({ script, index }));
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      orders[next.index] = await play(next.script, next.index);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return orders;
  } finally {
    stop();
    for (const path of [file, stats]) rmSync(path, { force: true });
  }
}

process.stdout.write(`${JSON.stringify(await main())}\n`, () => process.exit(0));
