import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { AdvertCapture } from './adverts.ts';
import { createDaemonLab, eventually, instance, masterOf, skipDaemon } from './support.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('SIGHUP', { skip: skipDaemon }, () => {
  const steadyOf = (advertInt: number) =>
    instance({ name: 'steady', vrid: 1, addresses: ['192.168.80.101'], advertInt });
  const steady = steadyOf(0.1);
  /** After so many seconds without an advert a backup of priority 100 takes over. */
  const masterDownOf = (advertInt: number) => (3 + 156 / 256) * advertInt;
  let masterDown: number;
  let lab: Lab;
  let host: Host;
  let daemon: HostProcess;
  let capture: AdvertCapture;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());
  beforeEach(async () => {
    masterDown = masterDownOf(0.1);
    capture = await AdvertCapture.start(host);
  });
  afterEach(async () => {
    await capture.stop();
    assert.equal((await daemon.stop()).status, 0);
  });

  async function start(config: string): Promise<void> {
    const file = host.write('keepalived.conf', config);
    daemon = await host.start({ program: 'holdfast', config: { file } });
    await masterOf(daemon, 'steady');
    await capture.more(1, 3);
  }

  /** Resolves to the instant before the signal. */
  async function reload(config: string, said = 'Configuration reloaded'): Promise<number> {
    // In one step: an earlier signal must not find half of it.
    renameSync(host.write('keepalived.new', config), host.path('keepalived.conf'));
    const beforeMs = monotonicMs();
    daemon.signal('SIGHUP');
    await daemon.logContains(said, { afterMs: beforeMs });
    return beforeMs;
  }

  const holds = (address: string, timeoutMs?: number) =>
    eventually(
      () => (host.holds(address) ? true : undefined),
      () => `${address} is not there\n${daemon.tail()}`,
      timeoutMs,
    );
  const lacks = (address: string, timeoutMs?: number) =>
    eventually(
      () => (host.holds(address) ? undefined : true),
      () => `${address} is still there\n${daemon.tail()}`,
      timeoutMs,
    );

  /** No transition, no gap that a peer could take for our death, no address gone and back. */
  function assertUntouched(sinceMs: number): void {
    const lines = daemon.log.filter(
      ({ atMs, text }) => atMs > sinceMs && /\(steady\).*(?:Entering|removing|setting)/.test(text),
    );
    assert.deepEqual(lines, []);
    assert(capture.longestGap(1) < masterDown, `gap of ${capture.longestGap(1)} s`);
    const events = host.addressEvents.filter(
      ({ atMs, address }) => atMs > sinceMs && address === '192.168.80.101',
    );
    assert.deepEqual(events, []);
  }

  test('with the same file changes nothing', async () => {
    await start(steady);
    const sinceMs = await reload(steady);
    await capture.more(1, 5);
    assertUntouched(sinceMs);
  });

  test('adds, changes and removes instances beside one that does not notice', async () => {
    const two = { name: 'two', vrid: 2, addresses: ['192.168.80.102'] };
    await start(steady + instance(two));
    await holds('192.168.80.102');
    const three = instance({ name: 'three', vrid: 3, addresses: ['192.168.80.103'] });
    let sinceMs = await reload(steady + instance({ ...two, priority: 77 }) + three);
    await holds('192.168.80.103');
    await capture.more(2, 2);
    assert.equal(capture.seen(2).at(-1)?.priority, 77);
    assertUntouched(sinceMs);
    sinceMs = await reload(steady + three);
    await lacks('192.168.80.102');
    await eventually(
      () => (capture.seen(2).at(-1)?.priority === 0 ? true : undefined),
      () => `the last advert had priority ${capture.seen(2).at(-1)?.priority}`,
    );
    await capture.more(1, 3);
    assertUntouched(sinceMs);
  });

  test('changes the addresses of an instance that stays master', async () => {
    const of = (...addresses: string[]) => instance({ name: 'two', vrid: 2, addresses });
    await start(steady + of('192.168.80.102', '192.168.80.103'));
    await holds('192.168.80.103');
    const sinceMs = await reload(steady + of('192.168.80.102', '192.168.80.104'));
    await holds('192.168.80.104');
    await lacks('192.168.80.103');
    const kept = host.addressEvents.filter(
      ({ atMs, address }) => atMs > sinceMs && address === '192.168.80.102',
    );
    assert.deepEqual(kept, []);
    const entered = daemon.log.filter(
      ({ atMs, text }) => atMs > sinceMs && text.includes('(two) Entering'),
    );
    assert.deepEqual(entered, []);
    assertUntouched(sinceMs);
  });

  test('moves an instance to another VRID', async () => {
    await start(steady + instance({ name: 'two', vrid: 2, addresses: ['192.168.80.102'] }));
    await holds('192.168.80.102');
    const moved = instance({ name: 'two', vrid: 22, addresses: ['192.168.80.102'] });
    const sinceMs = await reload(steady + moved);
    await capture.more(22, 2);
    await holds('192.168.80.102');
    assert.equal(capture.seen(2).at(-1)?.priority, 0);
    assertUntouched(sinceMs);
  });

  test('with a bad file is refused, with diagnostics, and the old state goes on', async () => {
    await start(steady);
    for (const bad of [
      steady.replace('virtual_router_id 1', 'virtual_router_id 300'),
      steady.replace('priority', 'prioirty'),
      `${steady}vrrp_instance two {\n    interface eth0\n`,
    ]) {
      const sinceMs = await reload(bad, 'reload refused');
      assert(
        daemon.log.some(
          ({ atMs, text }) => atMs > sinceMs && /keepalived\.conf:\d+:\d+/.test(text),
        ),
        daemon.tail(),
      );
      await capture.more(1, 3);
      assertUntouched(sinceMs);
    }
    await reload(steady + instance({ name: 'two', vrid: 2, addresses: ['192.168.80.102'] }));
    await holds('192.168.80.102');
  });

  test('with the file gone is refused', async () => {
    await start(steady);
    await host.run(`rm '${host.path('keepalived.conf')}'`);
    const sinceMs = monotonicMs();
    daemon.signal('SIGHUP');
    await daemon.logContains('reload refused', { afterMs: sinceMs });
    await capture.more(1, 3);
    assertUntouched(sinceMs);
  });

  test('while the daemon starts is not lost, and does not end it', async () => {
    const file = host.write('keepalived.conf', steady);
    daemon = await host.start({ program: 'holdfast', config: { file } });
    await daemon.logContains('Starting');
    daemon.signal('SIGHUP');
    daemon.signal('SIGUSR1');
    await daemon.logContains('Configuration reloaded');
    await masterOf(daemon, 'steady');
    assert.doesNotMatch(daemon.tail(), /[Dd]ebugger/);
  });

  test('adds 4000 addresses beside an instance that does not notice', async () => {
    // At the default interval: other programs may hold the kernel's lock on addresses for a while.
    const one = steadyOf(1);
    masterDown = masterDownOf(1);
    await start(one);
    const rows = range(4000).map((index) => `fd00:9::${(index + 1).toString(16)}/128`);
    const lines = ['virtual_ipaddress_excluded {', ...rows, '}'];
    const two = { name: 'two', vrid: 2, addresses: ['192.168.80.102'] };
    const sinceMs = await reload(one + instance({ ...two, lines }));
    await holds('fd00:9::fa0', 60_000);
    await reload(one);
    await lacks('fd00:9::fa0', 60_000);
    await capture.more(1, 2);
    assertUntouched(sinceMs);
  });

  test('thirty times with a change elsewhere leaves nothing behind', async () => {
    await start(steady);
    const round = async (number: number): Promise<number> => {
      const two = { name: 'two', vrid: 2, addresses: [`192.168.80.${110 + (number % 5)}`] };
      const guest = { name: `guest${number}`, vrid: 3 + number, addresses: ['192.168.80.120'] };
      return reload(steady + instance(two) + (number % 2 === 0 ? '' : instance(guest)));
    };
    const sinceMs = await round(0);
    const descriptors = () => readdirSync(`/proc/${daemon.pid}/fd`).length;
    const before = descriptors();
    for (const number of range(30)) await round(number + 1);
    await round(0);
    await eventually(
      () => (descriptors() <= before ? true : undefined),
      () => `${descriptors()} descriptors, ${before} before`,
    );
    await capture.more(1, 3);
    assertUntouched(sinceMs);
  });

  test('many times in a row does no harm', async () => {
    await start(steady);
    const sinceMs = monotonicMs();
    for (const _ of range(20)) daemon.signal('SIGHUP');
    const two = instance({ name: 'two', vrid: 2, addresses: ['192.168.80.102'] });
    await reload(steady + two);
    await holds('192.168.80.102');
    assertUntouched(sinceMs);
  });
});
