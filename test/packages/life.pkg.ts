import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ProbeReport } from '../../src/lab/agent/protocol.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Probe } from '../../src/lab/probe.ts';
import { ARCHIVES } from '../../tools/packages/base-system.ts';
import { createDaemonLab, eventually, holdfast, instance } from '../daemon/support.ts';
import { Debian } from './debian.ts';

const vip = '192.168.80.100';
const keepalived = '/usr/sbin/keepalived';
const theirs = '/usr/sbin/keepalived.distrib';
const ours = '/usr/lib/holdfast/bin/keepalived';
/** Of this version, and of a later one. */
const { HOLDFAST_DEB: deb = '', HOLDFAST_NEXT_DEB: nextDeb = '' } = process.env;
const { HOLDFAST_RPM: rpmFile = '', HOLDFAST_NEXT_RPM: nextRpmFile = '' } = process.env;
/**
 * Less than the 0.6 s after which the peer takes over from one that gives up, or the 3.6 s from one that is silent;
 * more than what a busy machine does to a prober and to what answers it.
 */
const unnoticedMs = 500;

/** The life of the package on a host that holds an address, under a client's eyes. */
describe('the Debian package', () => {
  let lab: Lab;
  let debian: Debian;
  let probe: Probe;
  let peerSocket: string;
  before(async () => {
    assert(existsSync(deb) && existsSync(nextDeb), 'run by npm run test:packages');
    lab = await createDaemonLab('a', 'b');
    debian = await Debian.boot(lab.host('a'));
    await debian.installKeepalived();
    debian.write(
      '/etc/keepalived/keepalived.conf',
      instance({ priority: 200, addresses: [vip], advertInt: 1 }),
    );
    debian.write('/etc/default/keepalived', 'DAEMON_ARGS="-D"\n');
    const b = lab.host('b');
    await b.start({
      program: 'holdfast',
      config: instance({ priority: 100, addresses: [vip], advertInt: 1 }),
    });
    peerSocket = await eventually(
      async () => (await b.run(`find '${b.directory}' -name '*.sock'`)).stdout.trim() || undefined,
      () => 'the peer has no socket',
    );
  });
  after(async () => {
    await lab?.destroy();
    debian?.release();
  });

  /** Where the choice leads. */
  const chosen = async (): Promise<string> =>
    (await debian.must('readlink /etc/alternatives/keepalived')).trim();
  const program = async (service: string): Promise<string> =>
    (await debian.must(`readlink /proc/${await debian.mainPid(service)}/exe`)).trim();
  const choose = (program: string): Promise<string> =>
    debian.must(`update-alternatives --set keepalived ${program}`);
  const peer = async (...words: readonly string[]): Promise<void> => {
    const { status, stdout, stderr } = await lab
      .host('b')
      .run([holdfast, ...words, '-s', peerSocket]);
    assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  };

  /** Does something, and tells what the client saw from before until all was settled on a host. */
  async function watch(
    what: string,
    holder: string,
    action: () => Promise<unknown>,
  ): Promise<ProbeReport> {
    const fromMs = monotonicMs();
    await action();
    await lab.waitForHolder(vip, holder, { timeoutMs: 60_000 });
    await probe.waitForService({ host: holder, timeoutMs: 60_000 });
    await probe.settle({ timeoutMs: 60_000 });
    const report = await probe.report({ fromMs, toMs: monotonicMs() });
    const { gapMs, stallMs, sent } = report;
    console.log(
      `${what}: ${gapMs.toFixed(1)} ms without an answer, ${sent} probes, ${stallMs.toFixed(1)} ms none sent`,
    );
    return report;
  }

  /** As `watch`, of what a client does not notice. */
  async function unnoticed(
    what: string,
    holder: string,
    action: () => Promise<unknown>,
  ): Promise<void> {
    const { gapMs } = await watch(what, holder, action);
    assert(gapMs < unnoticedMs, `${what}: nobody answered for ${gapMs} ms`);
  }

  /** Nothing was put on or taken off while the host went on holding the address. */
  async function unmoved(what: string, action: () => Promise<unknown>): Promise<void> {
    const sinceMs = monotonicMs();
    await unnoticed(what, 'a', action);
    const events = lab.hosts.flatMap(({ addressEvents }) => addressEvents);
    assert.deepEqual(
      events.filter(({ atMs, address }) => atMs > sinceMs && address === vip),
      [],
    );
  }

  test('is installed beside a keepalived that runs, which goes on', async () => {
    await debian.must('systemctl start keepalived');
    await lab.waitForHolder(vip, 'a');
    probe = await lab.probe(vip);
    await probe.waitForService({ host: 'a' });
    await probe.settle();
    const pid = await debian.mainPid('keepalived');
    await unmoved('installed', () => debian.must(`dpkg --install ${debian.bring(deb)}`));
    assert.equal(await debian.mainPid('keepalived'), pid);
    assert.equal(await chosen(), theirs);
    assert.match(await debian.must('keepalived --version'), /^Keepalived v2\.2\.7/);
    assert.equal((await debian.run('systemctl is-active holdfast')).stdout.trim(), 'inactive');
    assert.equal((await debian.run('systemctl is-enabled holdfast')).stdout.trim(), 'disabled');
    // Once more changes nothing.
    await debian.must(
      'dpkg-reconfigure holdfast || /var/lib/dpkg/info/holdfast.postinst configure ""',
    );
    assert.equal(await chosen(), theirs);
  });

  test('is chosen instead of keepalived, and the address stays served', async () => {
    await unmoved('chosen', () => choose(ours));
    // keepalived knows no hand-over: the peer takes the address while keepalived serves, and gives it back.
    await unnoticed('the peer takes over', 'b', () => peer('priority', 'VI_1', '254'));
    await unnoticed('restarted as holdfast', 'b', async () => {
      await debian.must('systemctl restart keepalived');
      assert.equal(await program('keepalived'), '/usr/lib/holdfast/bin/node');
    });
    await unnoticed('the peer gives it back', 'a', () => peer('priority', 'VI_1', 'reset'));
  });

  test('becomes a new version in place', async () => {
    const pid = await debian.mainPid('keepalived');
    const before = await debian.must('holdfast --version');
    await unmoved('upgraded', async () => {
      const said = await debian.must(`dpkg --install ${debian.bring(nextDeb)}`);
      assert.match(said, new RegExp(`^holdfast v\\S+ is v\\S+ now, process ${pid}$`, 'm'));
    });
    assert.notEqual(await debian.must('holdfast --version'), before);
    assert.equal(await debian.mainPid('keepalived'), pid);
    assert.equal(await chosen(), ours);
    const status = JSON.parse(await debian.must('holdfast status --json')) as { version: string };
    assert.equal(`holdfast ${status.version}\n`, await debian.must('holdfast --version'));
  });

  test('gives way to keepalived again, and the address stays served', async () => {
    await unmoved('chosen back', () => choose(theirs));
    await unnoticed('restarted as keepalived', 'a', async () => {
      await debian.must('systemctl restart keepalived');
      assert.equal(await program('keepalived'), theirs);
    });
  });

  test('runs as a service of its own, which restarts and upgrades without a gap', async () => {
    await debian.must('systemd-analyze verify --man=no holdfast.service');
    await peer('priority', 'VI_1', '254');
    await lab.waitForHolder(vip, 'b');
    await unnoticed('started', 'b', async () => {
      await debian.must('systemctl start holdfast');
      assert.equal((await debian.run('systemctl is-active keepalived')).stdout.trim(), 'inactive');
    });
    await unnoticed('back', 'a', () => peer('priority', 'VI_1', 'reset'));
    const pid = await debian.mainPid('holdfast');
    await unmoved('holdfast upgrade', () => debian.must('holdfast upgrade'));
    assert.equal(await debian.mainPid('holdfast'), pid);
    const file = '/etc/keepalived/keepalived.conf';
    await unmoved('an upgrade that cannot be', async () => {
      await debian.must(`cp ${file} /root/good && echo 'vrrp_instance' >> ${file}`);
      const said = await debian.must('/usr/lib/holdfast/packaging/running-daemons upgrade');
      assert.match(said, /keepalived\.conf:\d+:\d+: /);
      assert.match(said, new RegExp(`process ${pid} goes on as the program of before`));
      await debian.must(`cp /root/good ${file}`);
    });
    assert.equal(await debian.mainPid('holdfast'), pid);
    await unmoved('systemctl reload', () => debian.must('systemctl reload holdfast'));
    await unnoticed('systemctl restart', 'a', () => debian.must('systemctl restart holdfast'));
    assert.notEqual(await debian.mainPid('holdfast'), pid);
  });

  test('is removed while it serves, and leaves nothing', async () => {
    await unnoticed('removed', 'b', () => debian.must('dpkg --remove holdfast'));
    const at = (path: string): boolean => existsSync(join(debian.root, path));
    assert.equal((await debian.run('dpkg-divert --listpackage /usr/sbin/keepalived')).stdout, '');
    assert.equal((await debian.run('update-alternatives --query keepalived')).status, 2);
    assert.equal(
      await debian.must(`test ! -L ${keepalived} && dpkg --verify keepalived | grep bin || :`),
      '',
    );
    for (const path of [
      theirs,
      '/usr/lib/holdfast',
      '/usr/sbin/holdfast',
      '/usr/share/doc/holdfast',
    ])
      assert(!at(path), path);
    await debian.must('dpkg --purge holdfast');
    const left = await debian.must(
      'find /etc /usr /var /run /opt /lib -xdev -name "*holdfast*" ! -path "/var/log/*" ! -path "/run/log/*"',
    );
    assert.equal(left, '');
    const { stdout } = await debian.run('ps -eo args=');
    assert.doesNotMatch(stdout, /holdfast/);
  });

  test('is removed while keepalived.service runs it, which goes on with its own program', async () => {
    await debian.must(`dpkg --install ${debian.bring(deb)}`);
    await choose(ours);
    await debian.must('systemctl start keepalived');
    await watch('started as holdfast', 'a', async () => {});
    assert.equal(await program('keepalived'), '/usr/lib/holdfast/bin/node');
    await unnoticed('removed', 'a', async () => {
      await debian.must('dpkg --purge holdfast');
      assert.equal(await program('keepalived'), keepalived);
    });
    await debian.must('systemctl stop keepalived');
  });

  test('comes before keepalived as well, and stays a choice', async () => {
    await debian.must('dpkg --purge keepalived');
    await debian.must(`dpkg --install ${debian.bring(deb)}`);
    assert.equal(await chosen(), ours);
    assert.match(await debian.must('keepalived --version'), /^holdfast v/);
    await debian.must(`dpkg --install ${ARCHIVES}/keepalived_*.deb`);
    assert.match(readFileSync(join(debian.root, '/var/lib/dpkg/diversions'), 'utf8'), /keepalived/);
    assert.equal(await chosen(), theirs);
    await debian.must('dpkg --remove keepalived');
    assert.equal(await chosen(), ours);
    await debian.must('dpkg --purge holdfast keepalived');
    assert.equal((await debian.run(`test -e ${keepalived} || test -L ${keepalived}`)).status, 1);
  });

  test('of the other kind lives the same life, as far as Debian goes', async () => {
    const rpm = (words: string): Promise<string> =>
      debian.mustOutside(`rpm --root ${debian.root} ${words}`);
    await rpm(`--install --nodeps ${rpmFile}`);
    await debian.must('systemctl start holdfast');
    await watch('started', 'a', async () => {});
    const pid = await debian.mainPid('holdfast');
    await unmoved('upgraded', async () => {
      const said = await rpm(`--upgrade --verbose --nodeps ${nextRpmFile}`);
      assert.match(said, new RegExp(`^holdfast v\\S+ is v\\S+ now, process ${pid}$`, 'm'));
    });
    assert.equal(await debian.mainPid('holdfast'), pid);
    assert.equal(await rpm('--verify --nodeps holdfast'), '');
    await unnoticed('removed', 'b', () => rpm('--erase --nodeps holdfast'));
    assert.equal((await debian.run('ls -d /usr/lib/holdfast /usr/share/doc/holdfast')).stdout, '');
    assert.equal((await debian.run(`test -e ${keepalived} || test -L ${keepalived}`)).status, 1);
  });
});
