import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { createDaemonLab, instance, keepalivedLink, masterOf, skipDaemon } from './support.ts';

describe('the pid file', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let link: string;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
    link = await keepalivedLink(host);
    host.write('one.conf', instance());
    host.write('two.conf', instance({ name: 'VI_2', vrid: 52, addresses: ['192.168.80.102'] }));
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const left of host.processes) left.signal('SIGTERM');
    await Promise.all([...host.processes].map(({ exited }) => exited));
  });

  const files = (name: string) =>
    [host.path(`${name}.pid`), host.path(`${name}-vrrp.pid`)] as const;

  /** Starts as keepalived, with pid files and a configuration that the name tells. */
  function start(name: string, config: string, program = link): Promise<HostProcess> {
    const [pid, vrrp] = files(name);
    const options = ['-n', '-l', '-D', '-f', host.path(config), '-p', pid, '-r', vrrp];
    return host.spawn([program, ...options, '-c', `${vrrp}.checkers`]);
  }

  /** The id that a process of the host has there. */
  async function innerPid(started: HostProcess): Promise<string> {
    const status = readFileSync(`/proc/${started.pid}/status`, 'utf8');
    return /^NSpid:.*\t(\d+)$/m.exec(status)?.[1] ?? '';
  }

  /** A file of a process that was killed an hour ago, whose number another one has now. */
  function leaveStale(name: string, pid: string): void {
    const hourAgo = Date.now() / 1000 - 3600;
    for (const path of files(name)) {
      host.write(path, `${pid}\n`);
      utimesSync(path, hourAgo, hourAgo);
    }
  }

  test('has the number of the daemon, and goes with it', async () => {
    const daemon = await start('plain', 'one.conf');
    await masterOf(daemon);
    const pid = await innerPid(daemon);
    for (const path of files('plain')) assert.equal(readFileSync(path, 'utf8'), `${pid}\n`);
    assert.equal((await daemon.stop()).status, 0);
    for (const path of files('plain')) assert.equal(existsSync(path), false);
  });

  test('goes also when the daemon is stopped while it starts', async () => {
    const daemon = await start('early', 'one.conf');
    await daemon.logContains('Opening file');
    assert.equal((await daemon.stop()).status, 0);
    for (const path of files('early')) assert.equal(existsSync(path), false);
  });

  test('left by a killed daemon does not block the next start', async () => {
    const daemon = await start('killed', 'one.conf');
    await masterOf(daemon);
    await daemon.stop({ signal: 'SIGKILL' });
    assert(existsSync(files('killed')[0]));
    await masterOf(await start('killed', 'one.conf'));
  });

  test('with the number of a process that is called keepalived does not block', async () => {
    const sleeper = host.path('bin/sleeper/keepalived');
    await host.run(
      `mkdir -p '${host.path('bin/sleeper')}' && cp "$(command -v sleep)" '${sleeper}'`,
    );
    const other = await host.spawn([sleeper, '1000']);
    leaveStale('reused', await innerPid(other));
    await masterOf(await start('reused', 'one.conf'));
  });

  test('with the number of another holdfast does not block', async () => {
    const other = await start('other', 'two.conf');
    await masterOf(other, 'VI_2');
    leaveStale('taken', await innerPid(other));
    await masterOf(await start('taken', 'one.conf'));
    assert.equal(other.end, undefined);
  });

  test('with rubbish in it does not block', async () => {
    for (const rubbish of ['', '\n', 'keepalived\n', '-1\n', '0\n', '99999999999999999999\n']) {
      for (const path of files('rubbish')) host.write(path, rubbish);
      const daemon = await start('rubbish', 'one.conf');
      await daemon.logContains('Opening file');
      assert.equal((await daemon.stop()).status, 0, daemon.tail());
    }
  });

  test('of a running daemon makes a second start refuse, and the first goes on', async () => {
    const first = await start('same', 'one.conf');
    await masterOf(first);
    const second = await start('same', 'two.conf');
    const end = await second.exited;
    assert.equal(end.status, 1, second.tail());
    assert.match(second.tail(), /daemon is already running/);
    assert.equal(readFileSync(files('same')[0], 'utf8'), `${await innerPid(first)}\n`);
    assert.equal(first.end, undefined);
    assert.equal(host.holds('192.168.80.100'), true);
  });

  test('of a running keepalived makes holdfast refuse', async () => {
    const rival = await start('mixed', 'one.conf', 'keepalived');
    await masterOf(rival);
    const daemon = await start('mixed', 'two.conf');
    assert.equal((await daemon.exited).status, 1, daemon.tail());
    assert.match(daemon.tail(), /daemon is already running/);
  });

  test('of a running holdfast makes keepalived refuse', async () => {
    const daemon = await start('swapped', 'one.conf');
    await masterOf(daemon);
    const rival = await start('swapped', 'two.conf', 'keepalived');
    await rival.exited;
    assert.match(rival.tail(), /daemon is already running/);
    assert.equal(daemon.end, undefined);
  });

  test('in a folder that does not exist: it is made', async () => {
    const daemon = await start('new/folder/keepalived', 'one.conf');
    await masterOf(daemon);
    assert(existsSync(files('new/folder/keepalived')[0]));
  });
});
