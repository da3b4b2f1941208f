import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { createDaemonLab, eventually, instance, masterOf, skipDaemon } from './support.ts';

describe('notify scripts', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let log: string;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    host = lab.host('a');
  });
  after(() => lab?.destroy());
  let run = 0;
  beforeEach(async () => {
    // Everybody may write there.
    log = host.path(`notified-${++run}/log`);
    await host.run(`mkdir -m 0777 '${host.path(`notified-${run}`)}'`);
  });

  /** A script that writes down how it is called, and says its own name first. */
  function script(name: string): string {
    const text = `#!/bin/sh\nprintf '%s\\n' "${name} $(id -un) $*" >> '${log}'\n`;
    return host.write(`scripts-${run}/${name}`, text, 0o755);
  }

  const lines = (): string[] => {
    try {
      return readFileSync(log, 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  };
  const written = (count: number) =>
    eventually(
      () => (lines().length >= count ? lines() : undefined),
      () => `only ${lines().join(', ')}`,
    );
  const start = (options: Parameters<typeof instance>[0], head = ''): Promise<HostProcess> =>
    host.start({ program: 'holdfast', config: head + instance(options) });

  test('notify has INSTANCE, the name, the state and the priority, in order', async () => {
    const daemon = await start({ lines: [`notify ${script('any')}`] });
    await masterOf(daemon);
    await written(2);
    assert.equal((await daemon.stop()).status, 0);
    assert.deepEqual(lines(), [
      'any root INSTANCE VI_1 BACKUP 100',
      'any root INSTANCE VI_1 MASTER 100',
      'any root INSTANCE VI_1 STOP 100',
    ]);
  });

  test('each state has its own, with the arguments of the file alone', async () => {
    const daemon = await start({
      lines: ['master', 'backup', 'fault', 'stop'].map(
        (state) => `notify_${state} "${script(state)} 'one word' two"`,
      ),
    });
    await masterOf(daemon);
    await written(2);
    await host.setCable('pulled');
    await written(3);
    await host.setCable('plugged');
    await written(5);
    assert.equal((await daemon.stop()).status, 0);
    assert.deepEqual(
      lines(),
      ['backup', 'master', 'fault', 'backup', 'master', 'stop'].map(
        (state) => `${state} root one word two`,
      ),
    );
  });

  test('run as the user that the file names', async () => {
    const daemon = await start({
      lines: [`notify_master ${script('master')} nobody nogroup`, `notify ${script('any')} nobody`],
    });
    await masterOf(daemon);
    await written(3);
    assert.equal((await daemon.stop()).status, 0);
    const users = new Set(lines().map((line) => line.split(' ')[1]));
    assert.deepEqual([...users], ['nobody']);
  });

  test('run as script_user where they name none', async () => {
    const daemon = await start(
      { lines: [`notify ${script('any')}`] },
      'global_defs {\n    script_user nobody\n}\n',
    );
    await masterOf(daemon);
    await written(2);
    assert.equal((await daemon.stop()).status, 0);
    const users = new Set(lines().map((line) => line.split(' ')[1]));
    assert.deepEqual([...users], ['nobody']);
  });

  test('have no terminal, a session of their own, and no real-time priority', async () => {
    const text = `#!/bin/sh\n{
      echo "stdin $(readlink /proc/$$/fd/0)"; echo "session $(ps -o sid= -p $$ | tr -d ' ') $$"
      echo "class $(ps -o cls= -p $$ | tr -d ' ')"; } > '${log}.part'; mv '${log}.part' '${log}'\n`;
    const path = host.write('scripts/facts', text, 0o755);
    const daemon = await start({ lines: [`notify_master ${path}`] });
    await masterOf(daemon);
    const [stdin, session = '', kind] = await written(3);
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(stdin, 'stdin /dev/null');
    const [, sid, pid] = session.split(' ');
    assert.equal(sid, pid);
    assert.equal(kind, 'class TS');
  });

  test('one that is missing keeps nobody from serving', async () => {
    const daemon = await start({
      lines: ['notify /nowhere/at/all', `notify_stop ${script('stop')}`],
    });
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.match(daemon.tail(), /\/nowhere\/at\/all/);
    assert.equal((await daemon.stop()).status, 0);
    assert.deepEqual(lines(), ['stop root ']);
  });

  test('a removed instance says DELETED where notify_deleted asks for it', async () => {
    const two = {
      name: 'VI_2',
      vrid: 52,
      addresses: ['192.168.80.102'],
      lines: ['notify_deleted', `notify ${script('any')}`],
    };
    const file = host.write('deleted.conf', instance() + instance(two));
    const daemon = await host.start({ program: 'holdfast', config: { file } });
    await masterOf(daemon, 'VI_2');
    await written(2);
    host.write('deleted.conf', instance());
    daemon.signal('SIGHUP');
    assert.equal((await written(3)).at(-1), 'any root INSTANCE VI_2 DELETED 100');
    assert.equal((await daemon.stop()).status, 0);
  });
});
