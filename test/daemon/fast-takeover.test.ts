import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { prepareProgram } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';
import { complaintsIn } from '../interop/complaints.ts';
import { askStatistics, refusals, type Statistics } from '../interop/statistics.ts';
import {
  datagramsOf,
  knows,
  PeerCapture,
  readMessage,
  sendToGroup,
  speaking,
  texts,
} from './peer-support.ts';
import { eventually, type InstanceText, instance, masterOf, skipDaemon } from './support.ts';

const VIP = '192.168.80.100';
const NAMED = /\(VI_1\) \S+ (?:leaves|has fallen below us) and named us$/;

/** The causes of a host's last transition to master stand in its log before it. */
function wasNamed(daemon: HostProcess): boolean {
  return texts(daemon).some((text) => NAMED.test(text));
}

function occurrences(daemon: HostProcess, pattern: RegExp): number {
  return texts(daemon).filter((text) => pattern.test(text)).length;
}

describe('fast take-over between holdfasts', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let b: Host;
  let c: Host;
  let scripts = 0;
  before(async () => {
    await prepareProgram('holdfast');
    const interfaces = [{}, {}];
    lab = await createLab({
      prefix: testNamespace('fast-'),
      hosts: ['a', 'b', 'c'].map((name) => ({ name, interfaces })),
    });
    [a, b, c] = [lab.host('a'), lab.host('b'), lab.host('c')];
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const host of lab.hosts) {
      for (const left of host.processes) left.signal('SIGKILL');
      await Promise.all([...host.processes].map(({ exited }) => exited));
      await host.run(
        `find '${host.directory}' -name '*pid' -delete -o -name '*.addresses' -delete`,
      );
      await host.run(`ip addr flush dev eth0 to ${VIP}; ip -6 addr flush dev eth0 to fd00:80::100`);
      await host.run('nft flush ruleset');
      for (const name of ['eth0', 'eth1']) await host.setCable('plugged', name);
    }
  });

  const start = (host: Host, options: InstanceText): Promise<HostProcess> =>
    host.start({ program: 'holdfast', config: speaking(options) });

  /** A script that fails once its file is gone; `weight` as in track_script. */
  function tracked(host: Host, weight: number) {
    const file = host.write(`healthy-${++scripts}`, '');
    const check = host.write(`check-${scripts}`, `#!/bin/sh\ntest -e '${file}'\n`, 0o755);
    const script = `vrrp_script chk {\n    script ${check}\n    interval 1\n    fall 1\n    rise 1\n}\n`;
    const lines = [`track_script {\n        chk weight ${weight}\n    }`];
    return { script, lines, fail: () => rmSync(file), mend: () => host.write(file, '') };
  }

  /** a (priority 150) is master, b (100) its backup, and they know each other. */
  async function pair(
    options: {
      readonly a?: InstanceText;
      readonly both?: InstanceText;
      readonly script?: string;
    } = {},
  ): Promise<{ first: HostProcess; second: HostProcess }> {
    const { both = {}, script = '' } = options;
    // Skew times of a third of a second: a busy machine is not later than that.
    const common = { advertInt: 0.5, ...both };
    const config = speaking({ priority: 150, ...common, ...options.a });
    const first = await a.start({ program: 'holdfast', config: `${script}${config}` });
    await masterOf(first);
    const second = await start(b, { priority: 100, ...common });
    await Promise.all([knows(first, b), knows(second, a)]);
    return { first, second };
  }

  async function assertNamed(successor: HostProcess, holder: string, why: string): Promise<void> {
    await masterOf(successor);
    await lab.waitForHolder(VIP, holder);
    const log = texts(successor);
    const named = log.findIndex((text) => NAMED.test(text));
    assert(named >= 0, `not named\n${successor.tail(20)}`);
    assert.match(log[named] ?? '', new RegExp(`\\(VI_1\\) ${a.address(4)} ${why} and named us$`));
    const entering = log.findIndex((text) => text.includes('Entering MASTER STATE'));
    assert(named < entering && occurrences(successor, /Entering MASTER STATE/) === 1);
  }

  test('a script of weight 0 fails: the successor is named', async () => {
    const check = tracked(a, 0);
    const { first, second } = await pair({ a: { lines: check.lines }, script: check.script });
    check.fail();
    await assertNamed(second, 'b', 'leaves');
    await first.logContains('Entering FAULT STATE');
  });

  test('a script takes priority away: the successor is named', async () => {
    const check = tracked(a, -60);
    const { first, second } = await pair({ a: { lines: check.lines }, script: check.script });
    check.fail();
    await assertNamed(second, 'b', 'has fallen below us');
    await first.logContains('Entering BACKUP STATE');
  });

  test('the cable of a tracked interface is pulled: the successor is named', async () => {
    const lines = ['track_interface {\n        eth1\n    }'];
    const { second } = await pair({ both: { lines } });
    await a.setCable('pulled', 'eth1');
    await assertNamed(second, 'b', 'leaves');
  });

  test('the cable of the interface itself is pulled: it is told on the other way', async () => {
    const { first, second } = await pair();
    await a.setCable('pulled', 'eth0');
    await assertNamed(second, 'b', 'leaves');
    await first.logContains('Entering FAULT STATE');
    // Nothing could come on the interface itself.
    assert.equal(occurrences(second, /received priority 0/), 0);
  });

  test('a planned stop: the successor is named, and takes over before anything is given up', async () => {
    const { first, second } = await pair();
    const { status } = await first.stop();
    assert.equal(status, 0);
    await assertNamed(second, 'b', 'leaves');
    const log = texts(first).join('\n');
    assert.match(log, new RegExp(`handing over to ${b.address(4)} \\(shutdown\\)`));
    assert.match(log, new RegExp(`${b.address(4)} has taken over after`));
  });

  test('of three the one that is ahead is named; the other never moves', async () => {
    const check = tracked(a, 0);
    const { first, second } = await pair({ a: { lines: check.lines }, script: check.script });
    const third = await start(c, { priority: 99, advertInt: 0.5 });
    await Promise.all([knows(first, c), knows(second, c), knows(third, a, b)]);
    check.fail();
    await assertNamed(second, 'b', 'leaves');
    assert.equal(occurrences(third, /Entering MASTER STATE/), 0);
    assert.equal(wasNamed(third), false);
  });

  test('unicast', async () => {
    const peersOf = (...hosts: readonly Host[]) => [
      `unicast_peer {\n${hosts.map((host) => `        ${host.address(4)}\n`).join('')}    }`,
    ];
    // One list for both: each ignores itself.
    const { first, second } = await pair({ both: { lines: peersOf(a, b) } });
    assert.equal((await first.stop()).status, 0);
    await assertNamed(second, 'b', 'leaves');
  });

  test('over IPv6', async () => {
    const both = { addresses: ['fe80::5:100', 'fd00:80::100'], advertInt: 0.5 };
    const config = (priority: number) => speaking({ priority, ...both });
    const first = await a.start({ program: 'holdfast', config: config(150) });
    const second = await b.start({ program: 'holdfast', config: config(100) });
    await masterOf(first);
    for (const daemon of [first, second]) await daemon.logContains('holdfast peer fe80:');
    await knows(second);
    assert.equal((await first.stop()).status, 0);
    await masterOf(second);
    assert(wasNamed(second), second.tail(20));
    await lab.waitForHolder('fd00:80::100', 'b');
  });

  test('hosts that do not hear each other any more wait as VRRP has it', async () => {
    const check = tracked(a, 0);
    const { first, second } = await pair({ a: { lines: check.lines }, script: check.script });
    await b.nft(
      'table inet cut { chain in { type filter hook input priority 0; udp dport 7112 drop; }; }',
    );
    for (const daemon of [first, second]) await daemon.logContains(/holdfast peer \S+ lost/);
    check.fail();
    await masterOf(second);
    assert.equal(wasNamed(second), false);
    await lab.waitForHolder(VIP, 'b');
  });

  test('a keepalived in the group: nobody is named, the election decides, and it complains of nothing', async () => {
    const check = tracked(a, 0);
    // Priorities shall tell hosts apart by more than a busy machine is late.
    const both = { advertInt: 1 };
    const own = { lines: check.lines };
    const { first, second } = await pair({ a: own, both, script: check.script });
    // It joins the group, and is a backup that never says a word.
    const config = instance({ priority: 140, ...both });
    const keepalived = await c.start({ program: 'keepalived', config });
    await keepalived.logContains('Entering BACKUP STATE');
    const heard = (statistics: Statistics) =>
      [...statistics.values()][0]?.get('Advertisements: Received') ?? 0;
    // Meanwhile it hears adverts, and side messages go past it.
    await eventually(
      async () => (heard(await askStatistics(c, keepalived, 1)) > 3 ? true : undefined),
      () => 'keepalived hears no adverts',
    );
    check.fail();
    await keepalived.logContains('Entering MASTER STATE');
    await lab.waitForHolder(VIP, 'c');
    await first.logContains('Entering FAULT STATE');
    assert.equal(wasNamed(second), false);
    assert.equal(occurrences(second, /Entering MASTER STATE/), 0, second.tail(20));
    const counters = (await askStatistics(c, keepalived, 1)).get('VI_1') ?? new Map();
    assert.deepEqual(refusals(counters), []);
    assert.deepEqual(complaintsIn(keepalived), []);
  });

  test('what was recorded or forged moves nothing when it is sent again', async () => {
    const check = tracked(a, 0);
    const capture = await PeerCapture.start(lab.client);
    const { first, second } = await pair({ a: { lines: check.lines }, script: check.script });
    check.fail();
    await assertNamed(second, 'b', 'leaves');
    check.mend();
    await lab.waitForHolder(VIP, 'a');
    await eventually(
      () => (occurrences(second, /Entering BACKUP STATE/) === 2 ? true : undefined),
      () => second.tail(20),
    );
    await capture.stop();
    const recorded = capture.payloads();
    const messages = recorded.map(readMessage);
    assert(messages.some((message) => message?.resignation?.successor === b.address(4)));
    assert(messages.every((message) => message !== undefined));
    const replay = async (victim: HostProcess): Promise<void> => {
      const mastersBefore = occurrences(victim, /Entering MASTER STATE/);
      const forged = recorded.map((payload) => payload.with(24, 254));
      const before = await Promise.all([a, b].map(datagramsOf));
      await sendToGroup(lab.client, [...recorded, ...forged]);
      await eventually(
        async () => {
          const now = await Promise.all([a, b].map(datagramsOf));
          const came = now.map((count, index) => count - (before[index] ?? 0));
          return came.every((count) => count >= recorded.length) ? true : undefined;
        },
        () => 'the datagrams do not arrive',
      );
      await victim.logContains('signs side messages with another key');
      assert.equal(occurrences(victim, /Entering MASTER STATE/), mastersBefore);
      assert.deepEqual(lab.holdersOf(VIP), ['a']);
    };
    await replay(second);
    await second.stop();
    const restarted = await start(b, { priority: 100, advertInt: 0.5 });
    await restarted.logContains('Entering BACKUP STATE');
    await replay(restarted);
    // What was forged costs speed: its sender may be somebody who takes part.
    await first.stop();
    await masterOf(restarted);
    assert.equal(wasNamed(restarted), false);
    await lab.waitForHolder(VIP, 'b');
  });
});
