import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { CommandResult } from '../../src/lab/execute.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { AdvertCapture } from './adverts.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  masterOf,
  processesOn,
  skipDaemon,
} from './support.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const vip = '192.168.80.100';

/** A daemon that is told to become the program on disk, beside a peer that waits to take over. */
describe('holdfast upgrade', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let daemon: HostProcess;
  let peer: HostProcess | undefined;
  let capture: AdvertCapture;
  let folders = 0;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    host = lab.host('a');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    await capture?.stop();
    await peer?.stop();
    peer = undefined;
    for (const one of host.processes) one.signal('SIGKILL');
    await eventually(
      async () => ((await processesOn(host)).length === 0 ? true : undefined),
      () => 'processes left',
    );
    await host.run(`ip addr flush dev eth0 scope global; ip addr add 192.168.80.81/24 dev eth0`);
    await host.run(`find '${host.directory}' -name '*pid' -o -name '*.addresses' | xargs rm -f`);
  });

  const withPeer = instance({ priority: 200, addresses: [vip] });

  /** As master of VI_1, with a backup that would take over after 0.4 s without adverts. */
  async function start(config = withPeer, program?: string): Promise<void> {
    const file = host.write('keepalived.conf', config);
    const folder = host.path(`d${++folders}`);
    await host.run(['mkdir', '-p', folder]);
    const pidFiles = ['-p', `${folder}/pid`, '-r', `${folder}/vrrp.pid`];
    daemon = await host.spawn([program ?? holdfast, '-n', '-l', '-D', '-f', file, ...pidFiles]);
    await masterOf(daemon);
    peer = await lab.host('b').start({
      program: 'holdfast',
      config: instance({ priority: 50, addresses: [vip] }),
    });
    await peer.logContains('Entering BACKUP STATE');
    capture = await AdvertCapture.start(host);
    await capture.more(51, 3);
  }

  const socket = () => host.path(`d${folders}/pid.sock`);
  const pidFile = () => readFileSync(host.path(`d${folders}/pid`), 'utf8').trim();
  const ask = (...args: readonly string[]): Promise<CommandResult> =>
    host.run([holdfast, ...args, '-s', socket()]);

  async function upgrade(): Promise<string> {
    const { status, stdout, stderr } = await ask('upgrade');
    assert.equal(status, 0, `${stdout}${stderr}\n${daemon.tail()}`);
    return stdout;
  }

  /** Nobody but this host was ever master, nothing was removed, and all is said once. */
  async function assertUnnoticed(sinceMs: number): Promise<void> {
    await capture.more(51, 5);
    assert.deepEqual(
      [...daemon.log, ...(peer?.log ?? [])].filter(
        ({ atMs, text }) => atMs > sinceMs && /\(VI_1\) Entering/.test(text),
      ),
      [],
      daemon.tail(),
    );
    assert.deepEqual(
      host.addressEvents.filter(({ atMs, address }) => atMs > sinceMs && address === vip),
      [],
    );
    assert.deepEqual(lab.holdersOf(vip), ['a']);
    const priorities = new Set(capture.seen(51).map(({ priority }) => priority));
    assert.deepEqual([...priorities], [200]);
    assert.doesNotMatch(daemon.tail(1000), /internal error|\bat .*\.(?:ts|cjs):\d+/);
  }

  test('of a master: the process stays, and nobody notices', async () => {
    await start();
    const probe = await lab.probe(vip);
    await probe.waitForService();
    await probe.settle();
    const before = host.run(['cat', `/proc/${pidFile()}/stat`]);
    const sinceMs = monotonicMs();
    for (const _ of range(3)) {
      assert.match(
        await upgrade(),
        new RegExp(`^holdfast v\\S+ is v\\S+ now, process ${pidFile()}\n`),
      );
    }
    await assertUnnoticed(sinceMs);
    const report = await probe.report({ fromMs: sinceMs, toMs: monotonicMs() });
    assert.equal(report.holdersMax, 1);
    // Bridges and watchdogs of before are gone, and reaped.
    const { stdout } = await host.run(`ps -o stat=,args= --ppid ${pidFile()}`);
    assert.doesNotMatch(stdout, /defunct|holdfast\.cjs/);
    const { stdout: stat } = await before;
    const { stdout: now } = await host.run(['cat', `/proc/${pidFile()}/stat`]);
    assert.equal(now.split(' ')[21], stat.split(' ')[21], 'the process is another one');
    assert.equal((await daemon.stop()).status, 0);
    await lab.waitForHolder(vip, 'b');
  });
});
