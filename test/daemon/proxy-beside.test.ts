import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import {
  createDaemonLab,
  eventually,
  globals,
  holdfast,
  instance,
  masterOf,
  processesOn,
  skipDaemon,
} from './support.ts';

/** A server that says its name, for as long as the client wants. */
const SERVER = `const [, port, name] = process.argv;
require('node:net').createServer((client) => {
  client.on('error', () => {});
  client.on('data', (data) => client.write(name + ' ' + data));
}).listen(Number(port), () => console.log('listening'));`;

/** A client that stays connected and prints what it gets for each line. */
const CLIENT = `const [, host, port] = process.argv;
const socket = require('node:net').connect(Number(port), host);
socket.pipe(process.stdout);
process.stdin.on('data', (data) => socket.write(data));
socket.on('error', () => {});
socket.on('close', () => process.exit(3));`;

const vip = '192.168.80.100';

describe('the proxy beside virtual routers', { skip: skipDaemon, concurrency: false }, () => {
  let lab: Lab;
  let host: Host;
  let daemon: HostProcess;
  const clients: HostProcess[] = [];
  const servers = new Map<string, HostProcess>();
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
    for (const name of ['one', 'two', 'three']) await startServer(name);
    write('keepalived.conf', keepalived('track_proxy api', 'track_proxy api min 3 weight -30'));
    write('haproxy.cfg', haproxy(7443));
    const files = ['keepalived.conf', 'haproxy.cfg'].flatMap((name) => ['-f', host.path(name)]);
    daemon = await host.spawn([holdfast, 'run', ...files, '-p', host.path('pid')]);
    await masterOf(daemon);
  });
  after(() => lab?.destroy());
  // A worker that was replaced ends with its last connection.
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.stop())));

  const PORTS = { one: 7001, two: 7002, three: 7003 } as const;

  async function startServer(name: string): Promise<void> {
    const port = PORTS[name as keyof typeof PORTS];
    const server = await host.spawn([process.execPath, '-e', SERVER, String(port), name]);
    servers.set(name, server);
    await server.logContains('listening', { timeoutMs: 30_000 });
  }

  function keepalived(...lines: readonly string[]): string {
    const tracks = lines.map((line) => `@holdfast ${line}`);
    return globals(`control_socket ${host.path('control')}`) + instance({ lines: tracks });
  }

  function haproxy(port: number): string {
    const rows = Object.entries(PORTS).map(
      ([name, to]) => `  server ${name} 127.0.0.1:${to} check inter 100 rise 1 fall 1\n`,
    );
    return `global
  stats socket ${host.path('stats')} level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1m
  timeout server 1m
frontend api
  bind *:${port}
  default_backend api
backend api
${rows.join('')}`;
  }

  /** In one step. */
  function write(name: string, text: string): void {
    renameSync(host.write(`${name}.new`, text), host.path(name));
  }

  async function reload(said: string): Promise<void> {
    const afterMs = monotonicMs();
    daemon.signal('SIGHUP');
    await daemon.logContains(said, { afterMs, timeoutMs: 20_000 });
  }

  async function connect(port: number): Promise<HostProcess> {
    const words = [process.execPath, '-e', CLIENT, vip, String(port)];
    const client = await lab.client.spawn(words);
    clients.push(client);
    return client;
  }

  async function ask(client: HostProcess, word: string): Promise<void> {
    client.write(`${word}\n`);
    await client.logContains(` ${word}`, { timeoutMs: 20_000 });
  }

  async function explained(): Promise<string> {
    const { stdout } = await host.run([
      ...[holdfast, 'explain', 'VI_1', '--socket', host.path('control')],
    ]);
    return stdout;
  }

  test('what the proxy knows decides, each number of servers by itself', async () => {
    await ask(await connect(7443), 'hello');
    assert.match(await explained(), /proxy api min 3 +up .*3 of 3 servers up/);
    await servers.get('one')?.stop();
    await daemon.logContains('track_proxy(api min 3) is down (2 of 3 servers up)');
    await daemon.logContains('(VI_1) Changing effective priority from 100 to 70');
    await servers.get('two')?.stop();
    await servers.get('three')?.stop();
    await daemon.logContains('(VI_1) entering FAULT state due to proxy api');
    assert.match(await explained(), /^VI_1 is fault .*: proxy api: 0 of 3 servers up\.$/m);
    const events = await host.run([holdfast, 'events', '--socket', host.path('control')]);
    assert.match(events.stdout, /MASTER -> FAULT .*: proxy api: 0 of 3 servers up/);
    const afterMs = monotonicMs();
    for (const name of Object.keys(PORTS)) await startServer(name);
    await daemon.logContains('(VI_1) Entering MASTER STATE', { afterMs, timeoutMs: 20_000 });
  });

  test('a frontend that an operator closes is down, and up again with it', async () => {
    const order = (text: string) =>
      host.run(['socat', '-', `UNIX-CONNECT:${host.path('stats')}`], { input: `${text}\n` });
    await order('disable frontend api');
    await daemon.logContains('track_proxy(api) is down (it accepts no connections)');
    const afterMs = monotonicMs();
    await order('enable frontend api');
    await daemon.logContains('(VI_1) Entering MASTER STATE', { afterMs, timeoutMs: 20_000 });
  });

  test('a reload changes both, and cuts nobody off', async () => {
    const client = await connect(7443);
    await ask(client, 'before');
    write('haproxy.cfg', haproxy(7444));
    write('keepalived.conf', keepalived('track_proxy api', 'track_proxy api min 2 weight -20'));
    await reload('Configuration reloaded');
    await ask(await connect(7444), 'anew');
    await ask(client, 'after');
    await eventually(
      async () => (/api min 2 +up/.test(await explained()) ? true : undefined),
      () => daemon.tail(),
    );
  });

  const broken: readonly (readonly [what: string, change: () => void, said: string])[] = [
    [
      'a haproxy.cfg that is wrong',
      () => write('haproxy.cfg', `${haproxy(7445)}  balance roundrobbin\n`),
      'reload refused because of the errors above',
    ],
    [
      'a haproxy.cfg without what is tracked',
      () => write('haproxy.cfg', haproxy(7445).replaceAll(' api\n', ' apis\n')),
      "haproxy.cfg has no frontend or backend api: it is not tracked (did you mean 'apis'?)",
    ],
    [
      'a port that somebody else has',
      () => write('haproxy.cfg', haproxy(PORTS.one)),
      'reload refused because the proxy cannot serve by its files',
    ],
  ];
  for (const [what, change, said] of broken) {
    test(`${what} leaves both as they were`, async () => {
      write('keepalived.conf', keepalived('track_proxy api weight -7'));
      change();
      await reload(said);
      await ask(await connect(7444), 'still');
      assert.match(await explained(), /api min 2 +up/);
    });
  }

  test('an upgrade cuts nobody off', async () => {
    write('haproxy.cfg', haproxy(7444));
    const proxies = async () =>
      (await processesOn(host)).filter((line) => line.includes('holdfast-proxy')).length;
    const client = await connect(7444);
    await ask(client, 'before');
    const afterMs = monotonicMs();
    const result = await host.run([holdfast, 'upgrade', '--socket', host.path('control')]);
    assert.equal(result.status, 0, result.stderr);
    await eventually(
      async () => ((await proxies()) === 4 ? true : undefined),
      () => daemon.tail(),
    );
    // Either may get it, as long as both listen.
    const another = await connect(7444);
    await ask(another, 'anew');
    await ask(client, 'after');
    await Promise.all([client.stop(), another.stop()]);
    await eventually(
      async () => ((await proxies()) === 2 ? true : undefined),
      () => daemon.tail(),
    );
    assert.deepEqual(
      daemon.log.filter(({ atMs, text }) => atMs > afterMs && /track_proxy|FAULT/.test(text)),
      [],
    );
  });

  test('at the end nothing is left', async () => {
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(host.holds(vip), false);
    const left = (await processesOn(host)).filter((line) => line.includes('holdfast'));
    assert.deepEqual(left, []);
  });
});
