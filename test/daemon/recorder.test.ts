import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  masterOf,
  skipDaemon,
} from './support.ts';

const password = 'Xq7sEcrT';

describe('--record and replay', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let b: Host;
  const daemons: HostProcess[] = [];
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    a = lab.host('a');
    b = lab.host('b');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop();
  });

  async function start(host: Host, config: string, args: readonly string[] = []) {
    const file = host.write('keepalived.conf', config);
    const record = `--record=${host.path('flight')}`;
    const daemon = await host.start({
      program: 'holdfast',
      config: { file },
      args: [record, ...args],
    });
    daemons.push(daemon);
    return daemon;
  }

  const replay = (host: Host, ...args: readonly string[]) =>
    host.run([holdfast, 'replay', host.path('flight'), ...args]);

  /** `BACKUP -> MASTER` and so on, as the log told them. */
  const entered = (daemon: HostProcess): string[] =>
    daemon.log.flatMap(({ text }) => /Entering (\w+) STATE/.exec(text)?.[1] ?? []);

  test('what both hosts of a failover did is what a replay says', async () => {
    const broken = a.path('broken');
    const script = a.write('check.sh', `#!/bin/sh\n[ ! -e ${broken} ] || { echo no; exit 3; }\n`);
    await a.run(['chmod', '755', script]);
    const of = (priority: number, ...lines: readonly string[]) =>
      instance({
        priority,
        lines: ['authentication {', 'auth_type PASS', `auth_pass ${password}`, '}', ...lines],
      })
        .replace('version 3', 'version 2')
        .replace('advert_int 0.1', 'advert_int 1');
    const tracked = `global_defs {\n  script_user root\n}\nvrrp_script chk {
  script "${script} --token ${password}"
  interval 1
}
${of(110, 'track_script {', 'chk', '}')}`;
    const one = await start(a, tracked);
    await masterOf(one);
    const two = await start(b, of(100));
    await two.logContains('Entering BACKUP STATE');

    await a.run(['touch', broken]);
    await one.logContains('Entering FAULT STATE');
    await masterOf(two);
    const mended = monotonicMs();
    await a.run(['rm', broken]);
    await one.logContains('Entering MASTER STATE', { afterMs: mended, timeoutMs: 30_000 });

    // A reload with another password: the two no longer hear each other.
    const reloaded = monotonicMs();
    renameSync(b.write('new', of(120).replaceAll(password, 'Zw4other')), b.path('keepalived.conf'));
    two.signal('SIGHUP');
    await two.logContains('Configuration reloaded');
    await two.logContains('dropped advert', { afterMs: reloaded, timeoutMs: 30_000 });
    await two.logContains('Entering MASTER STATE', { afterMs: reloaded, timeoutMs: 30_000 });
    for (const daemon of [one, two]) assert.equal((await daemon.stop()).status, 0);

    for (const [host, daemon] of [
      [a, one],
      [b, two],
    ] as const) {
      const text = readFileSync(host.path('flight'), 'utf8');
      assert.equal(statSync(host.path('flight')).mode & 0o777, 0o600);
      for (const word of [password, 'Zw4other']) {
        assert(!text.includes(word), `${word} is in the recording`);
        const bytes = Buffer.from(word).toString('hex');
        assert(!text.includes(bytes), `${word} is in the recording, as ${bytes}`);
      }
      const verified = await replay(host, '--verify');
      assert.equal(verified.status, 0, verified.stdout + verified.stderr);
      assert.match(verified.stdout, /^agrees: \d+ events/);
      assert.equal(verified.stderr, '');
      const { stdout } = await replay(host);
      const replayed = stdout.split('\n').flatMap((line) => /-> (\w+):/.exec(line)?.[1] ?? []);
      assert.deepEqual(
        replayed.filter((state) => state !== 'INIT'),
        entered(daemon),
      );
    }
    const { stdout } = await replay(a);
    assert.match(stdout, /\(VI_1\) MASTER -> FAULT: script chk: exited with status 3: "no"/);
    const detail = await replay(b, '--detail');
    assert.match(detail.stdout, /dropped advert from 192\.168\.80\.81: wrong password/);
    const json = (await replay(a, '--json')).stdout.trim().split('\n');
    assert(json.every((line) => JSON.parse(line).event.kind === 'transition'));
  });

  test('a daemon that is killed leaves a recording up to then; the next one keeps it', async () => {
    const flight = a.path('flight');
    const argv = ['run', '-f', a.write('run.conf', instance()), '-p', a.path('run.pid')];
    const daemon = await a.spawn([holdfast, ...argv, '--record', flight], { name: 'holdfast' });
    daemons.push(daemon);
    await masterOf(daemon);
    await eventually(
      () => (readFileSync(flight, 'utf8').includes('"to":"master"') ? true : undefined),
      () => 'the transition is not in the file',
    );
    daemon.signal('SIGKILL');
    await daemon.exited;
    const { stdout, stderr } = await replay(a);
    assert.match(stdout, /BACKUP -> MASTER/);
    assert.match(stderr, /breaks off after line \d+|line \d+: cut off/);
    const again = await start(a, instance());
    await masterOf(again);
    assert.match(readFileSync(`${flight}.1`, 'utf8'), /"to":"master"/);
    assert.equal((await again.stop()).status, 0);
    assert.equal((await replay(a, '--verify')).status, 0);
  });

  test('upgrades go on with one recording, which a replay follows through all programs', async () => {
    const socket = a.path('up.sock');
    const globals = `global_defs {\n    @holdfast control_socket ${socket}\n}\n`;
    const daemon = await start(a, globals + instance());
    await masterOf(daemon);
    const upgrade = () => a.run([holdfast, 'upgrade', '--socket', socket]);
    const flight = () => readFileSync(a.path('flight'), 'utf8');
    for (let count = 1; count <= 2; count++) {
      const { status, stdout, stderr } = await upgrade();
      assert.equal(status, 0, `${stdout}${stderr}\n${daemon.tail()}`);
      // The bridge, and the process itself behind it.
      await eventually(
        () => (flight().split('"kind":"resumed"').length === 2 * count + 1 ? true : undefined),
        () => `nobody goes on with the recording\n${daemon.tail()}`,
      );
    }
    const sinceMs = monotonicMs();
    const better = await start(b, instance({ priority: 200 }));
    await daemon.logContains('Entering BACKUP STATE', { afterMs: sinceMs, timeoutMs: 30_000 });
    await better.stop();
    await daemon.logContains('Entering MASTER STATE', { afterMs: sinceMs, timeoutMs: 30_000 });
    // One that fails: this program goes on, with the same file.
    a.write('keepalived.conf', 'vrrp_instance {');
    assert.notEqual((await upgrade()).status, 0);
    assert.equal((await daemon.stop()).status, 0);
    const verified = await replay(a, '--verify');
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    assert.equal(verified.stderr, '');
    const { stdout } = await replay(a);
    const states = stdout.split('\n').flatMap((line) => /-> (\w+):/.exec(line)?.[1] ?? []);
    assert.deepEqual(states, ['BACKUP', 'MASTER', 'BACKUP', 'MASTER', 'INIT']);
  });

  test('is as large as it may be, and says so', async () => {
    // Adverts of nobody's virtual router, each of which is an input.
    const daemon = await start(b, `${instance()}`, ['--record-limit=64K']);
    await masterOf(daemon);
    const other = await start(a, instance({ vrid: 77, advertInt: 0.01, addresses: [] }));
    await daemon.logContains('the recording ends: it has 65536 bytes', { timeoutMs: 60_000 });
    await daemon.logContains('Entering MASTER STATE');
    await other.stop();
    assert.equal((await daemon.stop()).status, 0);
    const text = readFileSync(b.path('flight'), 'utf8');
    assert(text.length <= 65_536 && text.length > 60_000, `${text.length} bytes`);
    assert.match(text, /"kind":"end","at":\d+,"reason":"limit"}\n$/);
    const verified = await replay(b, '--verify');
    assert.equal(verified.status, 0, verified.stdout);
    assert.match(verified.stderr, /ends before the run: it had become as large/);
  });

  test('a disk that is full, or a file that cannot be, costs nothing but the recording', async () => {
    await a.run(`mkdir -p ${a.path('tiny')} && mount -t tmpfs -o size=16k none ${a.path('tiny')}`);
    const file = a.write('keepalived.conf', instance({ advertInt: 0.01 }));
    const where = ['tiny/flight', 'no/such/folder', '.'];
    for (const path of where) {
      const args = [`--record=${a.path(path)}`];
      const daemon = await a.start({ program: 'holdfast', config: { file }, args });
      daemons.push(daemon);
      await masterOf(daemon);
      const said =
        path === 'tiny/flight' ? 'the recording breaks off: ENOSPC' : 'nothing is recorded';
      await daemon.logContains(said, { timeoutMs: 60_000 });
      await eventually(
        () => (a.holds('192.168.80.100') ? true : undefined),
        () => `the address is not there\n${daemon.tail()}`,
      );
      assert.equal((await daemon.stop()).status, 0);
    }
    const replayed = await a.run([holdfast, 'replay', a.path('tiny/flight')]);
    assert.match(replayed.stdout, /BACKUP -> MASTER/);
    assert.match(replayed.stderr, /breaks off after line \d+|line \d+: cut off/);
    assert(!existsSync(a.path('no')));
  });
});
