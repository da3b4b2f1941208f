import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from '../../src/lab/execute.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { projectRoot } from '../../src/lab/programs.ts';
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
const root = projectRoot();
const leftovers = "-name '*.sock' -o -name '*pid' -o -name '*.addresses'";

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
    await host.run(`find '${host.directory}' ${leftovers} | xargs rm -f`);
  });

  const keyed = 'global_defs {\n    @holdfast peer_key 4be1c3d2a5f60718\n}\n';
  const backup = { priority: 50, addresses: [vip] };
  const withPeer = keyed + instance({ priority: 200, addresses: [vip] });

  /** As master of VI_1, with a backup that would take over after 0.4 s without adverts. */
  async function start(config = withPeer, program?: string): Promise<void> {
    const file = host.write('keepalived.conf', config);
    const folder = host.path(`d${++folders}`);
    await host.run(['mkdir', '-p', folder]);
    const pidFiles = ['-p', `${folder}/pid`, '-r', `${folder}/vrrp.pid`];
    daemon = await host.spawn([program ?? holdfast, '-n', '-l', '-D', '-f', file, ...pidFiles]);
    await masterOf(daemon);
    const isSlow = config.includes('advert_int 1\n');
    peer = await lab.host('b').start({
      program: 'holdfast',
      config: keyed + instance({ ...backup, advertInt: isSlow ? 1 : 0.1 }),
    });
    await peer.logContains('Entering BACKUP STATE');
    capture = await AdvertCapture.start(host);
    await capture.more(51, 3);
    if (!config.includes(keyed)) return;
    await peer.logContains('holdfast peer 192.168.80.81 found');
    await daemon.logContains('holdfast peer 192.168.80.82 found');
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

  /** The bridge, once there is one. */
  const bridge = (): Promise<number> =>
    eventually(
      () => childrenOf(daemon.pid).find(isBridge),
      () => `no bridge\n${daemon.tail()}`,
    );

  /** Nobody but this host was ever master, nothing was removed, and all is said once. */
  async function assertUnnoticed(sinceMs: number): Promise<void> {
    await capture.more(51, 5);
    assert.deepEqual(
      [...daemon.log, ...(peer?.log ?? [])].filter(
        ({ atMs, text }) => atMs > sinceMs && /\(VI_1\) (?:Entering|holdfast peer)/.test(text),
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
    assert.doesNotMatch(daemon.tail(1000), /internal error/);
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
    let left = '';
    await eventually(
      async () => {
        left = (await host.run(`ps -o stat=,args= --ppid ${pidFile()}`)).stdout;
        return /defunct|holdfast\.cjs/.test(left) ? undefined : true;
      },
      () => `children left: ${left}`,
    );
    const { stdout: stat } = await before;
    const { stdout: now } = await host.run(['cat', `/proc/${pidFile()}/stat`]);
    assert.equal(now.split(' ')[21], stat.split(' ')[21], 'the process is another one');
    assert.equal((await daemon.stop()).status, 0);
    await lab.waitForHolder(vip, 'b');
  });

  test('is answered by somebody all the time', async () => {
    await start();
    const upgrading = upgrade();
    let isOver = false;
    void upgrading.finally(() => {
      isOver = true;
    });
    let answers = 0;
    while (!isOver) {
      const { status, stderr } = await ask('status');
      // A connection to the program of before ends with it.
      assert(status === 0 || /closed the connection|ECONNRESET|EPIPE/.test(stderr), stderr);
      if (status === 0) answers++;
    }
    assert(answers > 0);
    await upgrading;
    assert.equal((await daemon.stop()).status, 0);
    const { stdout } = await host.run(`find '${host.directory}' -name '*.sock'`);
    assert.equal(stdout, '');
  });

  test('with a changed file is a reload as well', async () => {
    await start();
    const sinceMs = monotonicMs();
    const two = instance({ name: 'two', vrid: 52, addresses: ['192.168.80.102'] });
    host.write('keepalived.conf', withPeer + two);
    await upgrade();
    await lab.waitForHolder('192.168.80.102', 'a');
    host.write('keepalived.conf', withPeer);
    await upgrade();
    await lab.waitForNoHolder('192.168.80.102');
    await assertUnnoticed(sinceMs);
    assert.equal((await daemon.stop()).status, 0);
  });

  test('with a broken file is refused, with the reasons', async () => {
    await start();
    const sinceMs = monotonicMs();
    host.write('keepalived.conf', withPeer.replace('virtual_router_id 51', 'virtual_router_id x'));
    const { status, stderr } = await ask('upgrade');
    assert.equal(status, 1);
    assert.match(stderr, /keepalived\.conf:\d+:\d+/);
    host.write('keepalived.conf', withPeer);
    await upgrade();
    await assertUnnoticed(sinceMs);
  });

  test('of a backup: it still takes over when the master is gone', async () => {
    await start(
      instance({ priority: 40, addresses: [vip] }).replace('priority 40', 'priority 250'),
    );
    assert.equal((await daemon.stop()).status, 0);
    await lab.waitForHolder(vip, 'b');
    const file = host.write('low.conf', instance({ priority: 40, addresses: [vip] }));
    daemon = await host.start({ program: 'holdfast', config: { file }, name: 'low' });
    await daemon.logContains('Entering BACKUP STATE');
    const folder = file.replace('low.conf', '');
    const { stdout } = await host.run(`find '${folder}' -name '*.sock' | grep low`);
    const socketOfBackup = stdout.trim();
    for (const _ of range(2)) {
      const asked = await host.run([holdfast, 'upgrade', '-s', socketOfBackup]);
      assert.equal(asked.status, 0, asked.stderr);
    }
    assert.deepEqual(lab.holdersOf(vip), ['b']);
    peer?.signal('SIGKILL');
    await masterOf(daemon);
    assert.equal((await daemon.stop()).status, 0);
  });

  test('keeps what scripts said, what an operator ordered, and the counters', async () => {
    const script = host.write('check.sh', '#!/bin/sh\nsleep 0.1\nexit 1\n', 0o755);
    const check = `vrrp_script chk {\n  script ${script}\n  interval 1\n  weight -10\n}\n`;
    await start(
      check + instance({ priority: 210, addresses: [vip], lines: ['track_script {', 'chk', '}'] }),
    );
    const lowered = (): string => `${capture.seen(51).at(-1)?.priority}`;
    await eventually(
      () => (lowered() === '200' ? true : undefined),
      () => `priority ${lowered()}`,
    );
    const status = async () => {
      const { stdout } = await ask('status', '--json');
      return JSON.parse(stdout).instances[0];
    };
    const events = async (): Promise<readonly { number: number; kind: string }[]> => {
      const { stdout } = await ask('events', '-n', '1000', '--json');
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    const before = await status();
    const told = await events();
    for (const _ of range(3)) await upgrade();
    assert.deepEqual((await events()).slice(0, told.length), told);
    await capture.more(51, 3);
    const after = await status();
    assert.equal(lowered(), '200');
    assert.deepEqual(
      [after.state, after.cause, after.priority],
      [before.state, before.cause, before.priority],
    );
    assert.equal((await ask('drain')).status, 0);
    await lab.waitForHolder(vip, 'b');
    await upgrade();
    const { stdout } = await ask('status', '--json');
    assert.equal(JSON.parse(stdout).serving, 'drained');
    assert.equal((await ask('undrain')).status, 0);
    await lab.waitForHolder(vip, 'a');
    assert.equal((await daemon.stop()).status, 0);
    assert.doesNotMatch(daemon.tail(1000), /internal error/);
  });

  test('told to stop meanwhile, everything ends', async () => {
    for (const delayMs of range(6).map((index) => index * 130)) {
      await start();
      const upgrading = ask('upgrade');
      const child = await bridge();
      await sleep(delayMs);
      // As systemd does it, which knows only the group of processes.
      for (const pid of [daemon.pid, child]) kill(pid, 'SIGTERM');
      await lab.waitForHolder(vip, 'b');
      await upgrading;
      await eventually(
        async () => ((await processesOn(host)).some(isDaemon) ? undefined : true),
        () => `processes left after ${delayMs} ms\n${daemon.tail()}`,
      );
      const { stdout } = await host.run(`find '${host.directory}' ${leftovers}`);
      assert.equal(stdout, '', `after ${delayMs} ms\n${daemon.tail()}`);
      await capture.stop();
      await peer?.stop();
    }
  });

  test('with the bridge killed at any moment, the process goes on', async () => {
    // At a second nobody takes over while the program that replaces the process starts alone.
    const slow = keyed + instance({ priority: 200, addresses: [vip], advertInt: 1 });
    await start(slow);
    const sinceMs = monotonicMs();
    for (const delayMs of range(10).map((index) => index * 90)) {
      const upgrading = ask('upgrade');
      const child = await bridge();
      await sleep(delayMs);
      kill(child, 'SIGKILL');
      await upgrading;
      await capture.more(51, 1);
      await eventually(
        async () => ((await ask('status')).status === 0 ? true : undefined),
        () => `no answer after ${delayMs} ms\n${daemon.tail()}`,
      );
    }
    assert.equal(daemon.end, undefined);
    await upgrade();
    await assertUnnoticed(sinceMs);
    assert.equal((await daemon.stop()).status, 0);
    await lab.waitForHolder(vip, 'b');
  });

  describe('with the program on disk', () => {
    let program: string;
    let bundle: string;
    let sound: string;
    before(async () => {
      const copy = host.path('program');
      await host.run(`mkdir -p '${copy}' && cp -r '${root}/bin' '${root}/dist' '${copy}/'`);
      await host.run(
        `cp '${root}/package.json' '${copy}/' && ln -s '${root}/node_modules' '${copy}/'`,
      );
      program = `${copy}/bin/holdfast`;
      bundle = `${copy}/dist/holdfast.cjs`;
      sound = readFileSync(bundle, 'utf8');
    });
    const put = (text: string) => host.write(bundle, text);
    /** Ends the new program when it is the one that replaces the process. */
    const fatalForHeirs = (how: string) =>
      `if (/"heir"/.test(process.env.HOLDFAST_UPGRADE ?? '')) { ${how} }\n${sound}`;

    test('broken: everything goes on, and says why', async () => {
      await start(withPeer, program);
      const sinceMs = monotonicMs();
      const broken = {
        missing: undefined,
        empty: '',
        damaged: 'const holdfast = ;',
        failing: "throw new Error('fails')",
        foreign: "console.log('hello')",
      };
      for (const [title, text] of Object.entries(broken)) {
        if (text === undefined) await host.run(['rm', bundle]);
        else put(text);
        const { status, stderr } = await ask('upgrade');
        assert.equal(status, 1, title);
        assert.match(stderr, /the new program (?:did not start|ended early)/, title);
      }
      put(sound);
      await upgrade();
      await assertUnnoticed(sinceMs);
    });

    for (const [title, how] of Object.entries({
      'ends with a status': 'process.exit(3);',
      'is killed': "process.kill(process.pid, 'SIGKILL');",
    })) {
      test(`where what replaces the process ${title}, the bridge stays as the daemon`, async () => {
        await start(withPeer, program);
        const sinceMs = monotonicMs();
        put(fatalForHeirs(how));
        const former = pidFile();
        const { status, stdout } = await ask('upgrade');
        assert.equal(status, 1, stdout);
        assert.match(stdout, /ended instead of becoming/);
        assert.notEqual(pidFile(), former);
        put(sound);
        assert.match(await upgrade(), new RegExp(`process ${pidFile()}\n`));
        await capture.more(51, 5);
        await assertUnnoticed(sinceMs);
        await host.run(['kill', pidFile()]);
        await lab.waitForHolder(vip, 'b');
      });
    }
  });
});

const isDaemon = (line: string): boolean => line.includes('holdfast.cjs');

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** Once it runs node; before, it is bin/holdfast, and has the mark as well. */
function isBridge(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('holdfast.cjs');
  } catch {
    return false;
  }
}
