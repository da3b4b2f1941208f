import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { createDaemonLab, eventually, instance, masterOf, skipDaemon } from './support.ts';

const vips = { 4: '192.168.80.100', 6: 'fd00:80::100' };
/** Longer than the watch takes from one question to the next. */
const anotherRoundMs = 6500;

const both = (priority: number, timing: { readonly advertInt?: number } = {}) =>
  instance({ name: 'V4', priority, addresses: [`${vips[4]}/24`], ...timing }) +
  instance({
    name: 'V6',
    vrid: 52,
    priority,
    addresses: ['fe80::100', `${vips[6]}/64`],
    ...timing,
  });

/** What was said of other hosts, without the time in front. */
function rivalsIn(daemon: HostProcess): string[] {
  return daemon.log.flatMap(({ text }) => {
    const found = /\(\w+\) another host acts as master: .*/.exec(text);
    return found === null ? [] : [found[0]];
  });
}

describe('split-brain watch', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let b: Host;
  before(async () => {
    lab = await createDaemonLab('a', 'b', 'c');
    a = lab.host('a');
    b = lab.host('b');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const { processes } of lab.hosts) {
      for (const left of processes) left.signal('SIGKILL');
      await Promise.all([...processes].map(({ exited }) => exited));
    }
    for (const host of lab.hosts) await release(host);
  });

  /** What a killed daemon leaves behind, or somebody added by hand. */
  async function release(host: Host): Promise<void> {
    const held = [`${vips[4]}/24`, `${vips[6]}/64`, 'fe80::100/128'];
    await host.run(held.map((address) => `ip addr del ${address} dev eth0`).join('; '));
  }

  const macOf = (host: Host): string => host.interface.mac;

  test('a host that holds the addresses by hand is told once, with its MAC', async () => {
    const daemon = await a.start({ program: 'holdfast', config: both(100) });
    await masterOf(daemon, 'V4');
    await masterOf(daemon, 'V6');
    await b.run(`ip addr add ${vips[4]}/24 dev eth0`);
    await b.run(`ip addr add ${vips[6]}/64 dev eth0 nodad`);
    for (const [name, vip] of [
      ['V4', vips[4]],
      ['V6', vips[6]],
    ]) {
      await daemon.logContains(
        `(${name}) another host acts as master: ${macOf(b)} answers for ${vip}`,
        { timeoutMs: 30_000 },
      );
    }
    await sleep(anotherRoundMs);
    assert.equal(rivalsIn(daemon).length, 2, daemon.tail());
    assert.equal((await daemon.stop()).status, 0);
  });

  const auth = (password: string) => [
    'authentication {',
    'auth_type PASS',
    `auth_pass ${password}`,
    '}',
  ];
  const unicast = (peer: number, checksum: string) => [
    `old_unicast_checksum ${checksum}`,
    ...['unicast_peer {', `192.168.80.${peer}`, '}'],
  ];
  /** What differs, in which version of VRRP, and the lines of the two hosts. */
  const mismatches = [
    { name: 'VERSION', versions: [3, 2], lines: [[], []] },
    { name: 'PASSWORD', versions: [2, 2], lines: [auth('one'), auth('two')] },
    { name: 'TYPE', versions: [2, 2], lines: [[], auth('two')] },
    { name: 'INTERVAL', versions: [2, 2], lines: [[], []], intervals: [1, 2] },
    { name: 'CHECKSUM', versions: [3, 3], lines: [unicast(82, 'never'), unicast(81, '')] },
  ];
  const vipOf = (index: number) => `192.168.80.${110 + index}`;
  const configOf = (side: 0 | 1) =>
    mismatches
      .map(({ name, versions, lines, intervals = [1, 1] }, index) =>
        instance({
          name,
          vrid: 60 + index,
          advertInt: intervals[side] ?? 1,
          addresses: [`${vipOf(index)}/24`],
          lines: lines[side] ?? [],
        }).replace('version 3', `version ${versions[side]}`),
      )
      .join('');

  test('a keepalived with our VRIDs and other settings is told once, with address and MAC', async () => {
    const daemon = await a.start({ program: 'holdfast', config: configOf(0) });
    for (const { name } of mismatches) await masterOf(daemon, name);
    const other = await b.start({ program: 'keepalived', config: configOf(1) });
    for (const [index, { name }] of mismatches.entries()) {
      const said = `(${name}) another host acts as master:`;
      await daemon.logContains(`${said} 192.168.80.82 (${macOf(b)})`, { timeoutMs: 30_000 });
      // It holds the address, too: that is another thing to tell.
      const answer = `${said} ${macOf(b)} answers for ${vipOf(index)}`;
      await daemon.logContains(answer, { timeoutMs: 30_000 });
    }
    await sleep(anotherRoundMs);
    assert.equal(rivalsIn(daemon).length, 2 * mismatches.length, daemon.tail());
    await other.stop();
    assert.equal((await daemon.stop()).status, 0);
  });

  test('a keepalived that only ever listens is waited for at a stop; where there is none, nobody is', async () => {
    // Who leaves waits for 1.2 intervals: a tenth of a second is less than a busy machine may take.
    const timing = { advertInt: 1 };
    const config = both(100, timing);
    const lonely = await a.start({ program: 'holdfast', config });
    for (const name of ['V4', 'V6']) await masterOf(lonely, name);
    assert.equal((await lonely.stop()).status, 0);
    assert.doesNotMatch(lonely.tail(1000), /handing over/);
    const daemon = await a.start({ program: 'holdfast', config });
    for (const name of ['V4', 'V6']) await masterOf(daemon, name);
    const backup = await b.start({ program: 'keepalived', config: both(50, timing) });
    for (const name of ['V4', 'V6']) {
      await backup.logContains(`(${name}) Entering BACKUP STATE`, { timeoutMs: 30_000 });
    }
    // It reports when it joins the groups and again within a second.
    await sleep(2000);
    assert.equal((await daemon.stop()).status, 0);
    assert.match(daemon.tail(1000), /\(V4\) 192\.168\.80\.82 has taken over/);
    assert.match(daemon.tail(1000), /\(V6\) fe80::\S+ has taken over/);
  });

  test('in a healthy group nobody is told of, whatever moves the addresses', async () => {
    const c = lab.host('c');
    const daemons: HostProcess[] = [];
    const start = async (host: Host, priority: number): Promise<HostProcess> => {
      const program = host === c ? 'keepalived' : 'holdfast';
      const file = host.write('group.conf', both(priority));
      const daemon = await host.start({ program, config: { file } });
      if (program === 'holdfast') daemons.push(daemon);
      return daemon;
    };
    const held = (host: Host) =>
      eventually(
        () => {
          const holders = [vips[4], vips[6]].flatMap((vip) => lab.holdersOf(vip));
          return (holders.length === 2 && holders.every((name) => name === host.name)) || undefined;
        },
        () => `not held by ${host.name} alone\n${daemons.map((each) => each.tail()).join('\n')}`,
      );
    const low = await start(c, 50);
    await held(c);
    const middle = await start(b, 100);
    await held(b);
    let high = await start(a, 150);
    await held(a);
    // A reload that lets another host take over, and one that takes the addresses back.
    for (const [priority, holder] of [
      [90, b],
      [150, a],
    ] as const) {
      a.write('group.conf', both(priority));
      high.signal('SIGHUP');
      await held(holder);
    }
    assert.equal((await high.stop()).status, 0);
    await held(b);
    high = await start(a, 150);
    await held(a);
    high.signal('SIGKILL');
    await high.exited;
    await release(a);
    await held(b);
    await b.setCable('pulled');
    await eventually(
      () => lab.holdersOf(vips[4]).includes('c') || undefined,
      () => `c is no master\n${low.tail()}`,
    );
    await b.setCable('plugged');
    await held(b);
    await sleep(anotherRoundMs);
    assert.equal((await middle.stop()).status, 0);
    await held(c);
    for (const daemon of daemons) assert.deepEqual(rivalsIn(daemon), [], daemon.tail());
  });
});
