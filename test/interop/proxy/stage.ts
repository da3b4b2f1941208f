/**
 * Runs inside a namespace of its own: haproxy and ours, one process each, with the same sections; each
 * case is played before both. What was seen goes to standard output as JSON.
 *
 * Braces in a configuration: `{id}`, a name of the case; `{in}`, `{in2}`, `{in6}`, addresses to listen
 * to; names of servers, or of their ports (`{s1port}`); `{refused}`, `{dead}`, `{unreachable}`, where
 * nobody answers; `{folder}`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { testPath } from '../../../tools/sweep.ts';
import { cases } from './cases/index.ts';
import { normalAnswer, normalBytes, normalLine } from './normal-form.ts';
import {
  askSocket,
  type Case,
  createPlayServer,
  listenLocally,
  Scene,
  type Seat,
  type Seen,
} from './scene.ts';

const AT_ONCE = 24;
const LISTENERS = 8;
const START_MS = 60_000;
const LOGS_MS = 2500;

interface Comparable extends Seen {
  readonly logs: readonly string[];
  readonly stats: readonly string[];
}

interface Side {
  readonly name: 'theirs' | 'ours';
  readonly folder: string;
  readonly basePort: number;
  readonly socket: string;
  readonly lines: string[];
  readonly seats: Map<Case, { readonly seat: Seat; readonly servers: Map<string, Server> }>;
  complaints: string;
  process?: ChildProcess;
}

const wanted = new Set(process.argv.slice(2));
const indexed = cases.map((each, index) => ({ each, id: `c${index}` }));
const allChosen = indexed.filter(
  ({ id, each }) => wanted.size === 0 || wanted.has(id) || wanted.has(each.name),
);
type Chosen = typeof allChosen;
const root = testPath('proxy-suite');

function createSide(name: Side['name'], basePort: number): Side {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'stats');
  return { name, folder, basePort, socket, lines: [], seats: new Map(), complaints: '' };
}

async function sectionsOf(side: Side, each: Case, id: string): Promise<string> {
  const servers = new Map<string, Server>();
  const addresses = new Map<string, { host: string; port: number } | string>();
  const texts = new Map<string, string>([
    ['id', id],
    ['folder', side.folder],
    ['refused', '127.0.0.1:9'],
    ['dead', '10.9.0.2:80'],
    ['unreachable', '10.77.0.2:80'],
  ]);
  for (const name of Object.keys(each.servers ?? {})) {
    const server = createPlayServer();
    servers.set(name, server);
    const port = await listenLocally(server);
    texts.set(name, `127.0.0.1:${port}`);
    texts.set(`${name}port`, String(port));
  }
  for (const [name, text] of Object.entries(each.files ?? {}))
    writeFileSync(join(side.folder, name), text, 'latin1');
  const base = side.basePort + Number(id.slice(1)) * LISTENERS;
  for (const [index, name] of ['in', 'in2', 'in3'].entries()) {
    addresses.set(name, { host: '127.0.0.1', port: base + index });
    texts.set(name, `127.0.0.1:${base + index}`);
  }
  addresses.set('in6', { host: '::1', port: base + 3 });
  texts.set('in6', `[::1]:${base + 3}`);
  addresses.set('unix', join(side.folder, `${id}.sock`));
  texts.set('unix', join(side.folder, `${id}.sock`));
  side.seats.set(each, { seat: { addresses, socket: side.socket, id }, servers });
  const isWhole = /^(?:listen|frontend|backend|userlist) /m.test(each.config);
  const text = isWhole ? each.config : `listen {id}\n  bind {in}\n${each.config}`;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => texts.get(name) ?? all);
}

async function start(
  side: Side,
  command: readonly string[],
  chosen: Chosen,
  global: string,
): Promise<void> {
  const sections: string[] = [];
  for (const { each, id } of chosen) sections.push(await sectionsOf(side, each, id));
  const file = join(side.folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  log stdout format short local0
  stats socket ${side.socket} level admin
${global}
defaults
  log global
  timeout connect 1s
  timeout client 4s
  timeout server 4s
${sections.join('\n')}
`,
  );
  const [program = '', ...words] = command;
  const child = spawn(program, [...words, '-db', '-f', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  side.process = child;
  createInterface(child.stdout).on('line', (line) => side.lines.push(line));
  child.stderr.on('data', (bytes) => {
    side.complaints += String(bytes);
  });
  const limit = Date.now() + START_MS;
  for (;;) {
    const answer = await askSocket(side.socket, 'show info').catch(() => '');
    if (answer.includes('Name:')) return;
    if (Date.now() > limit || child.exitCode !== null)
      throw new Error(`${side.name} does not start: ${side.complaints}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function playOn(side: Side, each: Case): Promise<Seen> {
  const seat = side.seats.get(each);
  if (seat === undefined) throw new Error(each.name);
  return new Scene(each, seat.seat, seat.servers).play();
}

function normal(seen: Seen, each: Case): Seen {
  const bytes = <Part extends { heard: string }>(part: Part): Part => ({
    ...part,
    heard: normalBytes(part.heard),
  });
  return {
    clients: Object.fromEntries(
      Object.entries(seen.clients).map(([name, wire]) => [name, bytes(wire)]),
    ),
    // In http mode a connection without a request ends when it suits the proxy.
    servers: seen.servers.map((server) => ({
      ...bytes(server),
      ...(each.config.includes('mode http') && { end: 'open' as const }),
    })),
    answers: seen.answers.map(normalAnswer),
  };
}

/** Sorted: what ends at the same time is written in any order. */
function logsOf(side: Side, id: string): string[] {
  const isOf = new RegExp(`\\b${id}\\b`);
  return side.lines
    .filter((line) => isOf.test(line))
    .map(normalLine)
    .sort();
}

function statsOf(table: string, each: Case, id: string): string[] {
  if (each.columns === undefined) return [];
  const [head = '', ...rows] = table.trim().split('\n');
  const names = head.replace(/^# /, '').split(',');
  return rows
    .map((row) => row.split(','))
    .filter(([proxy = '']) => proxy === id || proxy.startsWith(`${id}-`))
    .map((row) =>
      [
        row[0],
        row[1],
        ...(each.columns ?? []).map((name) => `${name}=${row[names.indexOf(name)]}`),
      ].join(' '),
    );
}

interface Result {
  readonly result: readonly unknown[];
  readonly failure?: string;
}

async function main(): Promise<Result> {
  const globals = [...new Set(allChosen.map(({ each }) => each.global ?? ''))];
  const results: Result[] = [];
  for (const global of globals)
    results.push(
      await playAll(
        allChosen.filter(({ each }) => (each.global ?? '') === global),
        global,
      ),
    );
  const failure = results.map((each) => each.failure).find((each) => each !== undefined);
  return {
    result: results.flatMap(({ result }) => result),
    ...(failure !== undefined && { failure }),
  };
}

async function playAll(chosen: Chosen, global: string): Promise<Result> {
  const sides = [createSide('theirs', 11_000), createSide('ours', 21_000)];
  const [theirs, ours] = sides as [Side, Side];
  const holdfast = new URL('../../../bin/holdfast', import.meta.url).pathname;
  try {
    await Promise.all([
      start(theirs, ['haproxy'], chosen, global),
      start(ours, [holdfast, 'haproxy'], chosen, global),
    ]);
    const seen = new Map<Case, readonly [Seen, Seen]>();
    const queue = [...chosen];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { each } = next;
        const both = await Promise.all([playOn(theirs, each), playOn(ours, each)]);
        seen.set(each, both);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const limit = Date.now() + LOGS_MS;
    const isEven = (): boolean =>
      chosen.every(({ id }) => logsOf(theirs, id).length === logsOf(ours, id).length);
    await new Promise((resolve) => setTimeout(resolve, 200));
    while (!isEven() && Date.now() < limit) await new Promise((r) => setTimeout(r, 50));
    const tables = await Promise.all(sides.map((side) => askSocket(side.socket, 'show stat')));
    const dead = sides.find((side) => side.process?.exitCode !== null);
    const comparable = (each: Case, id: string, index: 0 | 1): Comparable => {
      const side = sides[index] as Side;
      const mine = seen.get(each)?.[index] as Seen;
      const stats = statsOf(tables[index] ?? '', each, id);
      return { ...normal(mine, each), logs: logsOf(side, id), stats };
    };
    return {
      result: chosen.map(({ each, id }) => ({
        ...{ name: each.name, id },
        ...{ theirs: comparable(each, id, 0), ours: comparable(each, id, 1) },
      })),
      ...(dead !== undefined && { failure: `${dead.name} ended: ${dead.complaints}` }),
    };
  } catch (error) {
    return { result: [], failure: String(error) };
  } finally {
    for (const side of sides) side.process?.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  }
}

process.stdout.write(`${JSON.stringify(await main())}\n`, () => process.exit(0));
