import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { wishOf } from '../../src/cli/ahead/wish.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import {
  checkersOn,
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  oneServer,
  skipDaemon,
} from './support.ts';

/** Nothing but servers waits for the daemon: the checker process goes ahead of it. */
describe('a daemon of virtual servers alone', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  afterEach(async () => {
    for (const one of host.processes) await one.stop({ signal: 'SIGTERM' });
    await withoutCheckers();
    assert.equal(await tables(), '');
  });
  after(() => lab?.destroy());

  const start = (config: string, ...args: readonly string[]): Promise<HostProcess> =>
    host.start({ program: 'holdfast', config, args: ['-C', ...args] });

  async function withoutCheckers(): Promise<void> {
    await eventually(
      async () => ((await checkersOn(host)).length === 0 ? true : undefined),
      () => 'the checker process is still there',
    );
  }

  async function tables(): Promise<string> {
    return (await host.run(['nft', 'list', 'tables'])).stdout;
  }

  /** As soon as anything is there. */
  function balanced(): Promise<string> {
    return eventually(
      async () => ((await tables()) === '' ? undefined : tables()),
      () => 'nothing is balanced',
    );
  }

  /** A start of which the daemon's own program cannot be loaded. */
  async function startWithoutProgram(config: string, ...args: readonly string[]) {
    const dist = host.path('without-daemon');
    const root = projectRoot();
    await host.run(`cp -r '${root}/dist' '${dist}' && rm '${dist}'/daemon.*`);
    await host.run(['ln', '-sfn', `${root}/node_modules`, host.path('node_modules')]);
    const file = host.write('alone.conf', config);
    const options = ['-n', '-l', ...args, '-f', file, '-p', host.path('alone.pid')];
    const result = await host.run([process.execPath, join(dist, 'holdfast.cjs'), ...options]);
    await host.run(['rm', '-r', dist]);
    assert.match(result.stderr, /daemon\.js/);
    assert.notEqual(result.status, 0);
    return options;
  }

  for (const [title, args] of [
    ['with -C', ['-C']],
    ['where the file has no virtual router', []],
  ] as const) {
    test(`balances before its own program is loaded, ${title}`, async () => {
      const options = await startWithoutProgram(oneServer, ...args);
      // It died, which changes nothing in the kernel; the next one takes over what it made.
      assert.match(await tables(), /holdfast/);
      const next = await host.spawn([holdfast, 'keepalived', ...options]);
      await next.logContains('Virtual servers are balanced by');
    });
  }

  test('nobody goes ahead where a virtual router may wait', async () => {
    for (const beside of [instance(), 'include other.conf\n']) {
      await startWithoutProgram(`${oneServer}${beside}`);
      await withoutCheckers();
      assert.equal(await tables(), '', beside);
    }
  });

  test('tells of its start before what came of it', async () => {
    const daemon = await start(oneServer);
    await daemon.logContains('Virtual servers are balanced by');
    const lines = daemon.tail(100);
    assert.ok(lines.indexOf('Starting ') < lines.indexOf('are balanced by'), lines);
  });

  test('told to stop as soon as it balances, it leaves nothing', async () => {
    const daemon = await start(oneServer);
    await balanced();
    assert.equal((await daemon.stop({ signal: 'SIGTERM' })).status, 0, daemon.tail());
    assert.equal(await tables(), '');
  });

  test('told to read its files anew as soon as it balances, it does', async () => {
    const daemon = await start(oneServer);
    await balanced();
    daemon.signal('SIGHUP');
    await daemon.logContains('Configuration reloaded');
  });

  test('runs the startup script before anything is balanced', async () => {
    const found = host.path('found');
    const script = host.write('script', `#!/bin/sh\nnft list tables >'${found}'\n`, 0o755);
    const daemon = await start(`global_defs {\n    startup_script ${script}\n}\n${oneServer}`);
    await daemon.logContains('Virtual servers are balanced by');
    assert.equal((await host.run(['cat', found])).stdout, '');
  });

  test('says what is wrong with the files, and balances the rest', async () => {
    const daemon = await start(`${oneServer}${oneServer.replace('192.168.80.90 80', 'VIP 80')}`);
    await daemon.logContains('Virtual servers are balanced by');
    await daemon.logContains("'VIP'");
  });

  test('leaves what another one of the same pid file balances', async () => {
    const first = await start(oneServer, '-p', host.path('same.pid'));
    await first.logContains('Virtual servers are balanced by');
    const before = await host.run(['nft', 'list', 'ruleset']);
    const second = await start(oneServer.replaceAll('80 {', '81 {'), '-p', host.path('same.pid'));
    assert.equal((await second.exited).status, 1, second.tail());
    assert.match(second.tail(), /daemon is already running/);
    assert.equal((await host.run(['nft', 'list', 'ruleset'])).stdout, before.stdout);
  });

  /** Its parent has loaded its own program, and does not come to serve. */
  test('goes no further where the daemon does not, and leaves what is told to stay', async () => {
    const configFile = host.write('dismissed.conf', oneServer);
    const words = ['-n', '-l', '-C', '-f', configFile, '-p', host.path('dismissed.pid')];
    const { whole: request } = wishOf('keepalived', words) ?? {};
    const dismiss = async (kernel: 'remove' | 'keep'): Promise<string> => {
      const orders = [
        { kind: 'ahead', request },
        { kind: 'stop', kernel },
      ];
      const input = orders.map((order) => `${JSON.stringify(order)}\n`).join('');
      const checker = join(projectRoot(), 'dist', 'checker.cjs');
      const argv = [process.execPath, checker, JSON.stringify({ configFile })];
      const result = await host.run(argv, { input });
      assert.equal(result.status, 0, result.stderr);
      assert.match(result.stdout, /"outcome":"balancing"/);
      assert.match(result.stderr, /Virtual servers are balanced by/);
      return tables();
    };
    assert.match(await dismiss('keep'), /holdfast/);
    assert.equal(await dismiss('remove'), '');
  });
});
