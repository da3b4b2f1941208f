import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { micros } from '../../src/base/time.ts';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import type { ServiceId } from '../../src/core/balance/plane.ts';
import { buildLive } from '../../src/core/proxy/build-live.ts';
import type { LiveConfig } from '../../src/core/proxy/live.ts';
import { Absorption } from '../../src/core/proxy/offload/absorb.ts';
import { offloadObstacles } from '../../src/core/proxy/offload/obstacles.ts';
import { offloadedOf, servicesOf } from '../../src/core/proxy/offload/services.ts';
import { labEnvironment } from '../../src/lab/execute.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testPath } from '../../tools/sweep.ts';
import { type BalanceStage, openBalanceStage, VIPS } from '../balance/stage.ts';
import { skipKernelTests } from '../linux/namespaces.ts';
import { askSocket } from './stage.ts';

const TIMES = ' timeout connect 5s\n timeout client 1m\n timeout server 1m\n';
const NOW = micros(1_000_000);

function liveOf(text: string): LiveConfig {
  const files = createMemoryFiles({ f: `defaults\n mode tcp\n${TIMES}${text}\n` });
  return buildLive(readHaproxy({ paths: ['f'], files }).config, NOW);
}

function obstaclesOf(text: string): readonly string[] {
  const { config } = liveOf(text);
  const [front] = config.proxies;
  assert.ok(front);
  return offloadObstacles(config, front).map((each) => each.text);
}

const PLAIN = `listen l
 option holdfast-offload
 bind 10.0.0.1:80
 bind 10.0.0.2:81
 server a 10.1.0.1:8080 weight 3
 server b 10.1.0.2:8080
 server c 10.1.0.3:8080 backup`;

describe('what the kernel is asked to carry', () => {
  test('everything that stands in the way is told of', () => {
    assert.deepEqual(obstaclesOf(PLAIN), []);
    const found = obstaclesOf(`frontend f
 bind :80 interface eth0
 bind unix@/s accept-proxy
 maxconn 9
 tcp-request connection reject if { src 10.0.0.0/8 }
 use_backend b if { src 10.0.0.0/8 }
 default_backend b
backend b
 balance first
 server a 10.1.0.1:8080 maxconn 5 send-proxy on-marked-down shutdown-sessions
 server c 10.1.0.1`);
    for (const part of [
      ...["'bind' without an address", "'interface'", "'accept-proxy'", 'a Unix socket'],
      ...["'maxconn':", "'tcp-request'", "'use_backend'", "'balance first'", "'on-marked-down'"],
      ...["server a: 'maxconn'", "server a: 'send-proxy'", 'server c: it has no port'],
    ])
      assert.equal(found.filter((text) => text.startsWith(part)).length, 1, part);
  });

  test('a service at each address, with those in service, by weight', () => {
    const live = liveOf(PLAIN);
    const services = offloadedOf(live).flatMap(servicesOf);
    assert.deepEqual(
      services.map(({ id, scheduler, servers }) => [
        id,
        scheduler,
        servers.map((each) => `${each.id} ${each.weight}`),
      ]),
      ['tcp 10.0.0.1:80', 'tcp 10.0.0.2:81'].map((id) => [
        ...[id, 'wrr', ['10.1.0.1:8080 3', '10.1.0.2:8080 1']],
      ]),
    );
    const [proxy] = live.proxies;
    assert.ok(proxy?.back);
    for (const { health } of proxy.back.servers.slice(0, 2)) health.operational = 'stopped';
    const [first] = offloadedOf(live).flatMap(servicesOf);
    assert.deepEqual(
      first?.servers.map(({ id }) => id),
      ['10.1.0.3:8080'],
    );
    proxy.state = 'paused';
    assert.deepEqual(offloadedOf(live).flatMap(servicesOf), []);
  });

  test('counts are added once, also when they begin anew', () => {
    const live = liveOf(PLAIN);
    const absorption = new Absorption();
    const tell = (connections: number, active: number): void => {
      const count = { connections, bytesIn: 10 * connections, bytesOut: connections, active };
      const servers = [{ server: '10.1.0.1:8080', ...count }];
      const service = 'tcp 10.0.0.1:80' as ServiceId;
      absorption.absorb(NOW, offloadedOf(live), [{ service, ...count, active: 0, servers }]);
    };
    for (const [connections, active] of [
      [3, 2],
      [3, 2],
      [5, 1],
      [1, 1],
    ] as const)
      tell(connections, active);
    const [proxy] = live.proxies;
    const all = [proxy?.front, proxy?.back, proxy?.back?.servers[0]];
    for (const side of all) {
      const { sessions, bytesIn, bytesOut, current, most } = side?.counters ?? {};
      assert.deepEqual([sessions, bytesIn, bytesOut, current, most], [6, 60, 6, 1, 2]);
    }
  });
});

const VIP = VIPS[4];
const PORT = 8000;

describe('connections that the kernel carries', { skip: skipKernelTests }, () => {
  const folder = testPath('offload');
  const socketPath = join(folder, 'stats.sock');
  let stage: BalanceStage;
  let proxy: ChildProcess;

  const ask = (command: string): Promise<string> => askSocket(socketPath, command);

  async function comesAbout(holds: () => Promise<boolean>): Promise<void> {
    for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(10))
      if (await holds()) return;
    assert.fail('it did not come about');
  }

  async function start(): Promise<void> {
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
 stats socket ${socketPath} level admin
defaults
 mode tcp
${TIMES}listen l
.if defined(HOLDFAST)
 option holdfast-offload
.endif
 bind ${VIP}:${PORT}
 server first 10.2.0.11:8080
 server second 10.2.0.12:8080
`,
    );
    const holdfast = join(projectRoot(), 'bin', 'holdfast');
    const words = ['netns', 'exec', stage.director.name, holdfast, 'haproxy', '-db', '-f', file];
    const options = { stdio: 'ignore', env: labEnvironment() } as const;
    proxy = spawn('ip', words, options);
    await comesAbout(async () => (await ask('show info').catch(() => '')) !== '');
    await comesAbout(async () => tables().includes('holdfast_balance_'));
    await comesAbout(async () => (await stage.client.ask(VIP, PORT)).endsWith(' 10.2.0.1'));
  }

  const tables = (): string => stage.director.exec('nft', 'list', 'tables');
  const row = async (name: string): Promise<readonly string[]> =>
    (await ask('show stat'))
      .split('\n')
      .find((it) => it.startsWith(`l,${name},`))
      ?.split(',') ?? [];

  before(async () => {
    await prepareProgram('holdfast');
    mkdirSync(folder, { recursive: true });
    stage = await openBalanceStage('off');
    stage.director.exec('nft', 'add', 'table', 'inet', 'other');
    await start();
  });

  after(async () => {
    if (proxy.exitCode === null && proxy.signalCode === null) {
      proxy.kill('SIGKILL');
      await once(proxy, 'exit');
    }
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('reach all servers, and are in the statistics', async () => {
    const before = Number((await row('FRONTEND'))[7]);
    const names = await stage.client.askMany(VIP, PORT, 20);
    assert.deepEqual(new Set(names), new Set(['s1', 's2']));
    const after = await row('FRONTEND');
    assert.equal(Number(after[7]) - before, 20);
    assert(Number(after[8]) > 0 && Number(after[9]) > 0);
    const [first, second] = [await row('first'), await row('second')];
    assert.equal(Number(first[7]) + Number(second[7]), Number(after[7]));
    const stream = await stage.client.open(VIP, PORT);
    assert.equal((await row('FRONTEND'))[4], '1');
    await stream.close();
  });

  test('follow what an operator says, and are refused where there is no server', async () => {
    await ask('disable server l/first');
    await comesAbout(async () => new Set(await stage.client.askMany(VIP, PORT, 4)).size === 1);
    assert.match(await stage.client.ask(VIP, PORT), /^s2 /);
    const stream = await stage.client.open(VIP, PORT);
    await ask('disable server l/second');
    await comesAbout(async () => (await stage.client.ask(VIP, PORT)) === 'ECONNREFUSED');
    assert.equal(await stream.talk(), 's2');
    await stream.close();
    await ask('enable server l/first');
    await comesAbout(async () => /^s1 /.test(await stage.client.ask(VIP, PORT)));
  });

  test('go on at a soft stop; at the end our table is gone, and no other', async () => {
    const stream = await stage.client.open(VIP, PORT);
    proxy.kill('SIGUSR1');
    await comesAbout(async () => (await stage.client.ask(VIP, PORT)) === 'ECONNREFUSED');
    assert.equal(await stream.talk(), 's1');
    const exit = once(proxy, 'exit');
    await stream.close();
    assert.deepEqual(await exit, [0, null]);
    assert.equal(tables().trim(), 'table inet other');
  });

  test('the table goes also with a proxy that is killed, and with no process left', async () => {
    await start();
    const pid = proxy.pid ?? assert.fail();
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    proxy.kill('SIGKILL');
    await comesAbout(async () => tables().trim() === 'table inet other');
    await comesAbout(async () => !existsSync(`/proc/${child}`));
  });
});
