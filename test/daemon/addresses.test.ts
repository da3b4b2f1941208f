import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { openNetworkMonitor } from '../../src/linux/network-monitor.ts';
import type { AddressFacts } from '../../src/ports/network.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { createDaemonLab, eventually, instance, masterOf, skipDaemon } from './support.ts';

/** IFA_PROTO of what holdfast adds. */
const mark = 112;

describe('addresses', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const left of host.processes) left.signal('SIGKILL');
    await Promise.all([...host.processes].map(({ exited }) => exited));
    await host.run('for a in 100 101 102; do ip addr del 192.168.80.$a/32 dev eth0; done 2>&1');
  });

  /** The addresses of the host as its kernel has them, with their marks. */
  async function read(): Promise<readonly AddressFacts[]> {
    const watcher = await openFdWatcher();
    const facts = withNetworkNamespace(`/run/netns/${host.plan.namespace}`, () => {
      const monitor = openNetworkMonitor(watcher, { onEvents: () => {} });
      if (isSysError(monitor)) return monitor;
      const addresses = monitor.addresses();
      monitor.close();
      return addresses;
    });
    watcher.close();
    if (isSysError(facts)) throw new Error(facts.message);
    return facts;
  }

  async function find(address: string): Promise<AddressFacts | undefined> {
    return (await read()).find((facts) => facts.address === address);
  }

  /** A daemon with files of its own, which are the same at each start. */
  function start(name: string, config: string): Promise<HostProcess> {
    const file = host.write(`${name}.conf`, config);
    const pids = ['-p', host.path(`${name}.pid`), '-r', host.path(`${name}-vrrp.pid`)];
    return host.start({ program: 'holdfast', config: { file }, args: pids });
  }

  async function kill(daemon: HostProcess): Promise<void> {
    daemon.signal('SIGKILL');
    await daemon.exited;
  }

  const lost = (address: string, sinceMs: number) =>
    host.addressEvents.filter(
      (event) => event.address === address && event.kind === 'removed' && event.atMs > sinceMs,
    ).length;

  test('of ours carry the mark of VRRP, others do not', async () => {
    const addresses = ['192.168.80.100', '192.168.80.101/25 dev eth0 label eth0:vip scope link'];
    const daemon = await start('marks', instance({ addresses }));
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.101', 'a');
    assert.equal((await find('192.168.80.100'))?.protocol, mark);
    const second = await find('192.168.80.101');
    assert.equal(second?.protocol, mark);
    assert.equal(second?.prefixLength, 25);
    assert.equal(second?.label, 'eth0:vip');
    assert.equal(second?.scope, 253);
    assert.equal((await find('192.168.80.81'))?.protocol, 0);
    assert.equal((await daemon.stop()).status, 0);
  });

  test('left by a killed daemon are removed at the next start, also under a new file', async () => {
    const v4 = ['192.168.80.100', '192.168.80.101'];
    // Otherwise they would not stay.
    const off = 'global_defs {\n    @holdfast dead_man off\n}\n';
    const daemon = await start('left', off + instance({ addresses: v4 }));
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.101', 'a');
    await kill(daemon);
    assert.equal(host.holds('192.168.80.100'), true);
    const sinceMs = monotonicMs();
    // The second address is in the configuration no more; the first must be won anew.
    const alone = instance({ addresses: ['192.168.80.100'], advertInt: 1 });
    const next = await start('left', off + alone);
    await next.logContains(/removing 192\.168\.80\.101, left behind/);
    await masterOf(next);
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.equal(lost('192.168.80.100', sinceMs), 1);
    assert.equal(host.holds('192.168.80.101'), false);
    assert.equal((await next.stop()).status, 0);
  });

  test('added by hand are served and never removed, neither at start nor at stop', async () => {
    await host.run('ip addr add 192.168.80.100/32 dev eth0');
    const sinceMs = monotonicMs();
    const daemon = await start('foreign', instance());
    await masterOf(daemon);
    await daemon.logContains('192.168.80.100/32 on eth0 was there before and is not ours');
    assert.equal((await find('192.168.80.100'))?.protocol, 0);
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(host.holds('192.168.80.100'), true);
    assert.equal(lost('192.168.80.100', sinceMs), 0);
  });

  test('added by hand survive also a killed daemon and the next start', async () => {
    await host.run('ip addr add 192.168.80.100/32 dev eth0');
    const sinceMs = monotonicMs();
    const daemon = await start('foreign', instance());
    await masterOf(daemon);
    await kill(daemon);
    const next = await start('foreign', instance());
    await masterOf(next);
    assert.equal((await next.stop()).status, 0);
    assert.equal(lost('192.168.80.100', sinceMs), 0);
  });

  test('of two daemons in one namespace: none touches those of the other', async () => {
    const one = await start('one', instance());
    const config = instance({ name: 'VI_2', vrid: 52, addresses: ['192.168.80.102'] });
    let two = await start('two', config);
    await masterOf(one);
    await masterOf(two, 'VI_2');
    await lab.waitForHolder('192.168.80.102', 'a');
    const sinceMs = monotonicMs();
    await kill(two);
    two = await start('two', config);
    await masterOf(two, 'VI_2');
    await lab.waitForHolder('192.168.80.102', 'a');
    assert.equal((await two.stop()).status, 0);
    await lab.waitForNoHolder('192.168.80.102');
    assert.equal(lost('192.168.80.100', sinceMs), 0);
    assert.equal((await one.stop()).status, 0);
  });

  test('removed by somebody else: put back and announced, still as master', async () => {
    const daemon = await start('removed', instance({ lines: ['garp_master_delay 60'] }));
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.100', 'a');
    const sinceMs = monotonicMs();
    await host.run('ip addr del 192.168.80.100/32 dev eth0');
    await daemon.logContains('192.168.80.100 was removed by something else, put back');
    await daemon.logContains('Sending gratuitous ARP on eth0 for 192.168.80.100', {
      afterMs: sinceMs,
    });
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.equal((await find('192.168.80.100'))?.protocol, mark);
    assert.equal((await daemon.stop()).status, 0);
    assert.ok(!daemon.log.some(({ text }) => text.includes('BACKUP STATE') && !/init/.test(text)));
    assert.equal(host.holds('192.168.80.100'), false);
  });

  test('removed by somebody else: the instance elects anew where that is the policy', async () => {
    const daemon = await start(
      'policy',
      instance({ lines: ['@holdfast on_address_loss reelect'] }),
    );
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.100', 'a');
    const sinceMs = monotonicMs();
    // What has not been put back yet cannot be removed again.
    const remove = 'until ip addr del 192.168.80.100/32 dev eth0 2>/dev/null; do sleep 0.01; done';
    for (let round = 0; round < 5; round++) await host.run(remove);
    await daemon.logContains('(VI_1) Entering MASTER STATE', { afterMs: sinceMs });
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.equal((await daemon.stop()).status, 0);
  });

  test('come back with an interface that was deleted and made again', async () => {
    const make =
      'ip link add hft1 type bridge && ip addr add 10.7.0.1/24 dev hft1 && ip link set hft1 up';
    // A bridge has a carrier where one of its ports has.
    const plug =
      'ip link add hft2 type veth peer name hft3 && ip link set hft2 up && ip link set hft3 master hft1 up';
    await host.run(`${make} && ${plug}`);
    const config = `global_defs {\n    dynamic_interfaces allow_if_changes\n}\n`;
    const daemon = await start(
      'reborn',
      config + instance({ interface: 'hft1', addresses: ['10.7.0.100/24'] }),
    );
    await masterOf(daemon);
    await lab.waitForHolder('10.7.0.100', 'a');
    for (const again of ['once', 'twice']) {
      const sinceMs = monotonicMs();
      await host.run('ip link del hft1');
      await daemon.logContains('(VI_1) Entering FAULT STATE', { afterMs: sinceMs });
      await host.run(`${make} && ip link set hft3 master hft1 up`);
      await daemon.logContains('(VI_1) Entering MASTER STATE', { afterMs: sinceMs });
      await eventually(
        () => (host.holds('10.7.0.100') ? true : undefined),
        () => `not there ${again}\n${daemon.tail()}`,
      );
    }
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(host.holds('10.7.0.100'), false);
    await host.run('ip link del hft1; ip link del hft2');
  });

  test('leave with the link and come back with it', async () => {
    const daemon = await start('link', instance());
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.100', 'a');
    const sinceMs = monotonicMs();
    await host.setLink('down');
    await daemon.logContains('(VI_1) Entering FAULT STATE', { afterMs: sinceMs });
    await lab.waitForNoHolder('192.168.80.100');
    await host.setLink('up');
    await daemon.logContains('(VI_1) Entering MASTER STATE', { afterMs: sinceMs });
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.equal((await daemon.stop()).status, 0);
  });
});
