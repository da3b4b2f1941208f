import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { labEnvironment } from '../../src/lab/execute.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testPath } from '../../tools/sweep.ts';
import { missingPrograms } from '../probe/support.ts';
import { askSocket } from './stage.ts';
import { freePorts } from './tls-lab.ts';

const folder = testPath('workers');
const socketPath = join(folder, 'stats.sock');
let proxy: ChildProcess;
let port = 0;
let statsPort = 0;
/** Of one certificate, each its own. */
let tlsPorts: readonly number[] = [];
const servers: Server[] = [];
const clients = new Set<Socket>();

/** Says its name, then nothing. */
async function serve(name: string): Promise<number> {
  const server = createServer((client) => {
    client.on('error', () => {});
    client.write(name);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function start(): Promise<ChildProcess> {
  const child = spawn(
    join(projectRoot(), 'bin', 'holdfast'),
    ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')],
    { stdio: ['ignore', 'ignore', 'inherit'], env: labEnvironment() },
  );
  await until(async () => (await ask('show info').catch(() => '')) !== '');
  await until(() => Promise.resolve(matesOf(child).length === 1));
  // Until it has begun it is not asked, and answers nobody.
  await until(async () => (await bothServe()) === 'both');
  return child;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(5))
    if (await holds()) return;
  assert.fail('it did not come about');
}

const ask = (command: string): Promise<string> => askSocket(socketPath, command);

function matesOf({ pid }: ChildProcess): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A client that was answered, and by whom. */
async function open(): Promise<{ readonly client: Socket; readonly by: string }> {
  const client = connect(port, '127.0.0.1');
  clients.add(client);
  client.on('error', () => {});
  client.on('close', () => clients.delete(client));
  const [bytes] = await once(client, 'data');
  return { client, by: String(bytes) };
}

/** Names of sessions are odd in the first process, even in the second. */
async function sessionIds(): Promise<readonly number[]> {
  const lines = (await ask('show sess')).match(/^0x[0-9a-f]+/gm) ?? [];
  return lines.map(Number);
}

/** Clients of both processes, two of each at least: who accepts is the kernel's choice. */
async function openAtBoth(): Promise<readonly Awaited<ReturnType<typeof open>>[]> {
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  await until(async () => {
    opened.push(...(await Promise.all(Array.from({ length: 24 }, open))));
    const odd = (await sessionIds()).filter((id) => id % 2 === 1).length;
    return odd >= 2 && opened.length - odd >= 2;
  });
  return opened;
}

async function bothServe(): Promise<'both' | 'one'> {
  const opened = await Promise.all(Array.from({ length: 24 }, open));
  const odd = new Set((await sessionIds()).map((id) => id % 2));
  for (const { client } of opened) client.destroy();
  return odd.size === 2 ? 'both' : 'one';
}

/** How many of so many connections the second process gets, one after the other, while it has twelve fewer. */
async function takenBySecond(count: number): Promise<number> {
  const [mate = 0] = matesOf(proxy);
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  const openOnes = async (many: number): Promise<readonly number[]> => {
    const before = new Set(await sessionIds());
    for (let made = 0; made < many; made++) opened.push(await open());
    return (await sessionIds()).filter((id) => !before.has(id));
  };
  process.kill(mate, 'SIGSTOP');
  // It hangs, and keeps nobody waiting.
  for (let made = 0; made < 12; made++) opened.push(await open());
  process.kill(mate, 'SIGCONT');
  const taken = (await openOnes(count)).filter((id) => id % 2 === 0).length;
  for (const { client } of opened) client.destroy();
  await until(async () => (await sessionIds()).length <= 1);
  return taken;
}

async function counted(name: string): Promise<number> {
  const line = (await ask('show stat')).split('\n').find((each) => each.startsWith(`l,${name},`));
  return Number(line?.split(',')[7]);
}

const needsOpenssl = missingPrograms('openssl');

function certify(file: string): void {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', `${file}.key`, '-out', file, '-subj', '/CN=workers.test'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...files], { stdio: 'pipe' });
  writeFileSync(file, readFileSync(file, 'utf8') + readFileSync(`${file}.key`, 'utf8'));
}

const encrypted = (tlsPort: number): string => `listen l${tlsPort}
  bind 127.0.0.1:${tlsPort} ssl crt ${join(folder, 'crt.pem')}
  server plain 127.0.0.1:${port}
`;

/** Whether a ticket was taken, and the one that was given. */
async function resume(
  tlsPort: number | undefined,
  session?: Buffer,
): Promise<{ readonly isResumed: boolean; readonly ticket: Buffer }> {
  const client = connectTls({
    ...{ port: tlsPort ?? 0, host: '127.0.0.1', rejectUnauthorized: false },
    ...(session !== undefined && { session }),
  });
  client.on('error', () => {});
  const [[ticket]] = await Promise.all([once(client, 'session'), once(client, 'data')]);
  const isResumed = client.isSessionReused();
  client.destroy();
  return { isResumed, ticket: ticket as Buffer };
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const mates = matesOf(proxy);
  const exit = once(proxy, 'exit');
  proxy.kill(signal);
  await exit;
  await until(() => Promise.resolve(mates.every((pid) => !existsSync(`/proc/${pid}`))));
}

describe('several workers', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(async () => {
    await prepareProgram('holdfast');
    mkdirSync(folder, { recursive: true });
    const [first, second] = [await serve('first'), await serve('second')];
    [port = 0, statsPort = 0, ...tlsPorts] = await freePorts(4);
    if (needsOpenssl === false) certify(join(folder, 'crt.pem'));
    writeFileSync(
      join(folder, 'haproxy.cfg'),
      `global
  nbthread 2
  stats socket ${socketPath} level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen l
  bind 127.0.0.1:${port}
  server first 127.0.0.1:${first}
  server second 127.0.0.1:${second}
${needsOpenssl === false ? tlsPorts.map(encrypted).join('') : ''}listen stats
  mode http
  bind 127.0.0.1:${statsPort}
  stats uri /
`,
    );
    proxy = await start();
  });

  after(async () => {
    for (const client of clients) client.destroy();
    if (proxy.exitCode === null && proxy.signalCode === null) await end('SIGKILL');
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are counted as one', async () => {
    const before = await counted('FRONTEND');
    const opened = await Promise.all(Array.from({ length: 24 }, open));
    assert.equal((await counted('FRONTEND')) - before, 24);
    const ids = await sessionIds();
    assert.equal(new Set(ids).size, ids.length);
    for (const { client } of opened) client.destroy();
    await until(async () => (await sessionIds()).length === 0);
    // What the page knows of the others is a moment old.
    const total = await counted('FRONTEND');
    const page = await fetch(`http://127.0.0.1:${statsPort}/;csv`);
    assert.match(await page.text(), new RegExp(`^l,FRONTEND,(?:[^,]*,){5}${total},`, 'm'));
  });

  test('resume what any of them has begun, each bind its own', { skip: needsOpenssl }, async () => {
    const [at, other] = tlsPorts;
    const { ticket } = await resume(at);
    const again = await Promise.all(Array.from({ length: 24 }, () => resume(at, ticket)));
    assert.deepEqual(
      again.filter(({ isResumed }) => !isResumed),
      [],
    );
    assert.equal((await resume(other, ticket)).isResumed, false);
  });

  test('all hear what is ordered of a server', async () => {
    await ask('disable server l/first');
    const named = async (): Promise<Set<string>> => {
      const opened = await Promise.all(Array.from({ length: 24 }, open));
      for (const { client } of opened) client.destroy();
      return new Set(opened.map(({ by }) => by));
    };
    await until(async () => (await named()).size === 1);
    assert.deepEqual(await named(), new Set(['second']));
    await ask('enable server l/first');
    await until(async () => (await named()).size === 2);
  });

  test('end sessions wherever they are', async () => {
    const opened = await openAtBoth();
    await ask('shutdown sessions server l/first');
    // Each has turns of its own.
    const others = opened.filter(({ by }) => by === 'second').length;
    await until(async () => (await sessionIds()).length === others);
    const left = await sessionIds();
    for (const parity of [0, 1])
      await ask(`shutdown session 0x${left.find((id) => id % 2 === parity)?.toString(16)}`);
    await until(async () => (await sessionIds()).length === others - 2);
    for (const { client } of opened) client.destroy();
    await until(async () => (await sessionIds()).length === 0);
  });

  test('who comes next is left to the one that has fewer', async () => {
    // Where the machine itself stands still, whoever runs first takes it: then once more.
    const shares: number[] = [];
    for (let round = 0; round < 3; round++) {
      let taken = 0;
      for (let part = 0; part < 8; part++) taken += await takenBySecond(12);
      if (taken >= 60) return;
      shares.push(taken);
    }
    assert.fail(`it got ${shares.join(', ')} of 96 each time`);
  });

  test('one that is killed is replaced, and what it had counted stays', async () => {
    const before = await counted('FRONTEND');
    const [killed] = matesOf(proxy);
    process.kill(killed ?? assert.fail(), 'SIGKILL');
    await until(() => Promise.resolve(matesOf(proxy).some((pid) => pid !== killed)));
    assert.equal(await counted('FRONTEND'), before);
    await until(async () => (await bothServe()) === 'both');
  });

  test('a soft stop waits for the sessions of all, and leaves no process', async () => {
    const opened = await Promise.all(Array.from({ length: 24 }, open));
    const mates = matesOf(proxy);
    const exit = once(proxy, 'exit');
    proxy.kill('SIGUSR1');
    // Those that listened do no longer: so all have heard of it.
    await until(
      () =>
        new Promise((resolve) => {
          const client = connect(port, '127.0.0.1', () => client.destroy());
          client.on('error', () => resolve(true));
          client.on('close', () => resolve(false));
        }),
    );
    assert.equal(proxy.exitCode, null);
    for (const { client } of opened) client.destroy();
    assert.deepEqual(await exit, [0, null]);
    assert.deepEqual(
      mates.filter((pid) => existsSync(`/proc/${pid}`)),
      [],
    );
  });

  test('those that follow end with the one that leads, however it ends', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      proxy = await start();
      await end(signal);
    }
  });
});
