import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  keepalivedLink,
  skipDaemon,
} from './support.ts';

/** Everything here runs in the process namespace of a host: names reach nothing outside of it. */
describe('without -n', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let link: string;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
    link = await keepalivedLink(host);
    host.write('keepalived.conf', instance());
  });
  after(() => lab?.destroy());

  const sh = async (script: string): Promise<string> => {
    const { status, stdout, stderr } = await host.run(script);
    return `${stdout}${stderr}status ${status}\n`;
  };
  const gone = (path: string) =>
    eventually(
      () => (existsSync(path) ? undefined : true),
      () => `${path} is still there`,
    );

  test('the command ends with status 0 once the daemon serves, in the background', async () => {
    const pidFile = host.path('k.pid');
    const started = await sh(
      `'${link}' -f '${host.path('keepalived.conf')}' -p '${pidFile}' -r '${host.path('v.pid')}'`,
    );
    assert.equal(started, 'status 0\n');
    const pid = readFileSync(pidFile, 'utf8').trim();
    await lab.waitForHolder('192.168.80.100', 'a');

    assert.equal(await sh(`cat /proc/${pid}/comm`), 'keepalived\nstatus 0\n');
    assert.match(await sh(`tr '\\0' '\\n' < /proc/${pid}/cmdline`), /^keepalived\n/);
    assert.match(await sh(`ps -o ppid=,sid= -p ${pid}`), new RegExp(`^ *1 +${pid}\n`));
    assert.equal(await sh(`readlink /proc/${pid}/cwd`), '/\nstatus 0\n');
    assert.equal(await sh(`readlink /proc/${pid}/fd/[012] | sort -u`), '/dev/null\nstatus 0\n');
  });

  test('pgrep, pidof, killall and pkill find it by the name keepalived', async () => {
    const pid = readFileSync(host.path('k.pid'), 'utf8').trim();
    assert.equal(await sh('pgrep -x keepalived'), `${pid}\nstatus 0\n`);
    assert.equal(await sh('pidof keepalived'), `${pid}\nstatus 0\n`);
    assert.equal(await sh('killall -0 keepalived'), 'status 0\n');
    assert.equal(await sh(`ps -C keepalived -o pid= | tr -d ' '`), `${pid}\nstatus 0\n`);
    assert.equal(await sh('pkill -x keepalived'), 'status 0\n');
    await lab.waitForNoHolder('192.168.80.100');
    await gone(host.path('k.pid'));
    // The pid file goes before the process does.
    const wait = 'while killall -0 keepalived 2>/dev/null; do sleep 0.1; done';
    assert.equal(await sh(`timeout 60 sh -c '${wait}'`), 'status 0\n');
  });

  test('a file that cannot be read comes back as exit status and text', async () => {
    const pidFile = host.path('b.pid');
    const started = await sh(`'${link}' -f /nowhere/keepalived.conf -p '${pidFile}' -l`);
    assert.match(started, /\/nowhere\/keepalived\.conf/);
    assert.match(started, /status 6\n$/);
    assert.equal(existsSync(pidFile), false);
  });

  test('a second one is refused with status 1', async () => {
    const pidFiles = `-p '${host.path('k.pid')}' -r '${host.path('v.pid')}'`;
    const command = `'${link}' -f '${host.path('keepalived.conf')}' ${pidFiles}`;
    assert.equal(await sh(command), 'status 0\n');
    assert.match(await sh(`${command} -l`), /already running[\s\S]*status 1\n$/);
    assert.equal(await sh(`kill "$(cat '${host.path('k.pid')}')"`), 'status 0\n');
    await gone(host.path('k.pid'));
  });

  test('called as holdfast it has that name', async () => {
    const pidFile = host.path('h.pid');
    const options = `-f '${host.path('keepalived.conf')}' -p '${pidFile}' -r '${host.path('hv.pid')}'`;
    assert.equal(await sh(`'${holdfast}' ${options}`), 'status 0\n');
    const pid = readFileSync(pidFile, 'utf8').trim();
    assert.equal(await sh('pidof holdfast'), `${pid}\nstatus 0\n`);
    assert.equal(await sh('pgrep -x holdfast'), `${pid}\nstatus 0\n`);
    assert.equal(await sh('killall -0 keepalived 2>/dev/null'), 'status 1\n');
    assert.equal(await sh('killall holdfast'), 'status 0\n');
    await gone(pidFile);
  });

  test('in the foreground it has the name that it was called by, too', async () => {
    const daemon = await host.spawn([link, '-n', '-l', '-f', host.path('keepalived.conf')]);
    await daemon.logContains('Entering MASTER STATE');
    const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
    assert.match(status, /^Name:\tkeepalived$/m);
    assert.equal(await sh('killall -0 keepalived'), 'status 0\n');
    assert.equal((await daemon.stop()).status, 0);
  });
});
