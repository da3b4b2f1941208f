import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { createDaemonLab, eventually, instance, masterOf, skipDaemon } from './support.ts';

const VIP = '192.168.80.100';
const VIP6 = 'fd00:80::100';
const SIX = ['virtual_ipaddress_excluded {', `    ${VIP6}`, '}'];
/** In the prefix of the host's own address. */
const SIX_IN_PREFIX = ['virtual_ipaddress_excluded {', `    ${VIP6}/64`, '}'];

describe('dead-man switch', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let b: Host;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    a = lab.host('a');
    b = lab.host('b');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const host of lab.hosts) {
      for (const left of host.processes) {
        left.signal('SIGCONT');
        left.signal('SIGKILL');
      }
      await Promise.all([...host.processes].map(({ exited }) => exited));
      await host.run('pkill -KILL -x watchdog; nft flush ruleset; true');
      await host.run(`ip addr del ${VIP}/32 dev eth0; ip addr del ${VIP6} dev eth0; true`);
    }
  });

  function start(host: Host, config: string, args: readonly string[] = []): Promise<HostProcess> {
    const file = host.write('dead-man.conf', config);
    const pids = ['-p', host.path('dm.pid'), '-r', host.path('dm-vrrp.pid')];
    return host.start({ program: 'holdfast', config: { file }, args: [...pids, ...args] });
  }

  async function startPair(advertInt: number) {
    const first = await start(a, instance({ advertInt, priority: 200, lines: ['nopreempt'] }));
    await masterOf(first);
    await lab.waitForHolder(VIP, 'a');
    const second = await start(b, instance({ advertInt, priority: 100 }));
    await second.logContains('Entering BACKUP STATE');
    return { first, second };
  }

  /** Whether anything answers for the address, asked by the client without what it knew before. */
  async function answers(address = VIP): Promise<boolean> {
    await lab.client.run('ip -4 neigh flush all; ip -6 neigh flush all; true');
    const connect = `timeout 1.5 bash --norc -c ': < /dev/tcp/${address}/9' 2>&1`;
    return (await lab.client.run(connect)).stdout.includes('refused');
  }

  const untilSilent = (address = VIP): Promise<true> =>
    eventually(
      async () => ((await answers(address)) ? undefined : true),
      () => `${address} is still answered for`,
    );

  const shown = async (host: Host): Promise<string> =>
    (await host.run('ip addr show dev eth0')).stdout;
  const rules = async (host: Host): Promise<string> => (await host.run('nft list ruleset')).stdout;
  const isMasterAgain = (daemon: HostProcess, sinceMs: number): boolean =>
    daemon.log.some(({ atMs, text }) => atMs > sinceMs && text.includes('Entering MASTER STATE'));

  test('at 1 s the kernel keeps the address for seconds, and it is renewed', async () => {
    const daemon = await start(a, instance({ advertInt: 1, lines: SIX }));
    await masterOf(daemon);
    await lab.waitForHolder(VIP6, 'a');
    const sinceMs = monotonicMs();
    await sleep(6000);
    const lifetimes = /192\.168\.80\.100\/32 scope global dynamic eth0\s+valid_lft [1-4]sec pref/;
    assert.match(await shown(a), lifetimes);
    assert.match(await shown(a), /fd00:80::100\/128 .*dynamic.*\s+valid_lft [1-4]sec/);
    assert.equal(
      a.addressEvents.filter(
        (each) => each.atMs > sinceMs && each.address === VIP && each.kind === 'removed',
      ).length,
      0,
    );
    assert.equal(await rules(a), '');
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(a.holds(VIP), false);
  });

  test('at 1 s an address in an IPv6 prefix leaves the route of the host in peace', async () => {
    const route = async (): Promise<string> =>
      (await a.run('ip -6 route show fd00:80::/64')).stdout.replace(/ expires (\d{3,})sec/, '');
    // As by router advertisements.
    await a.run('ip addr add fd00:80::5:1/64 dev eth0 nodad valid_lft 5000 preferred_lft 5000');
    await a.run('ip -6 route del fd00:80::/64 dev eth0');
    await a.run('ip -6 route add fd00:80::/64 dev eth0 proto kernel metric 256 expires 5000');
    const before = await route();
    const daemon = await start(a, instance({ advertInt: 1, lines: SIX_IN_PREFIX }));
    await masterOf(daemon);
    await lab.waitForHolder(VIP6, 'a');
    await sleep(2500);
    assert.match(await rules(a), /elements = \{ fd00:80::100 \}/);
    assert.equal((await daemon.stop()).status, 0);
    assert.match(before, /fd00:80::\/64/);
    assert.equal(await route(), before);
    await a.run('ip addr del fd00:80::5:1/64 dev eth0');
  });

  for (const advertInt of [1, 0.1]) {
    test(`stopped at ${advertInt} s it loses the address, and does not take it back`, async () => {
      const { first, second } = await startPair(advertInt);
      const sinceMs = monotonicMs();
      first.signal('SIGSTOP');
      await masterOf(second);
      await lab.waitForHolder(VIP, 'b');
      await eventually(
        () => (a.holds(VIP) ? undefined : true),
        () => 'the stopped daemon keeps its address',
      );
      first.signal('SIGCONT');
      await first.logContains('this process slept for', { afterMs: sinceMs });
      await first.logContains('Entering BACKUP STATE', { afterMs: sinceMs });
      await sleep(3000);
      assert.equal(isMasterAgain(first, sinceMs), false, first.tail());
      assert.equal(a.holds(VIP), false);
      assert.equal(b.holds(VIP), true);
      assert.equal((await first.stop()).status, 0);
      assert.equal((await second.stop()).status, 0);
    });

    test(`killed at ${advertInt} s it is answered for no more`, async () => {
      const daemon = await start(a, instance({ advertInt, lines: SIX }));
      await masterOf(daemon);
      await lab.waitForHolder(VIP6, 'a');
      assert.ok(await answers());
      assert.ok(await answers(VIP6));
      daemon.signal('SIGKILL');
      await daemon.exited;
      await untilSilent();
      await untilSilent(VIP6);
      await eventually(
        () => (a.holds(VIP) || a.holds(VIP6) ? undefined : true),
        () => 'addresses stay',
      );
      await eventually(
        async () => ((await rules(a)) === '' ? true : undefined),
        () => 'tables stay',
      );
      assert.equal((await a.run('pgrep -x watchdog')).stdout, '');
    });
  }

  test('killed with its watchdog the firewall is shut, until the next start clears all of it', async () => {
    const config = instance({ lines: SIX });
    const daemon = await start(a, config);
    await masterOf(daemon);
    await lab.waitForHolder(VIP6, 'a');
    await a.run('pkill -KILL -x watchdog');
    daemon.signal('SIGKILL');
    await daemon.exited;
    await untilSilent();
    await untilSilent(VIP6);
    assert.equal(a.holds(VIP) && a.holds(VIP6), true);
    assert.match(await rules(a), /arp daddr ip @ipv4_1000 .* counter packets [1-9]/);
    const next = await start(a, config);
    await next.logContains(/removed the nftables tables holdfast_\w+, left behind/);
    await masterOf(next);
    await lab.waitForHolder(VIP, 'a');
    await eventually(
      async () => ((await answers()) && (await answers(VIP6)) ? true : undefined),
      () => 'it does not answer again',
    );
    assert.equal((await next.stop()).status, 0);
    assert.equal(await rules(a), '');
    assert.equal((await a.run('pgrep -x watchdog')).stdout, '');
  });

  test('what somebody flushes from the firewall is there again, and so is a killed watchdog', async () => {
    const daemon = await start(a, instance());
    await masterOf(daemon);
    await lab.waitForHolder(VIP, 'a');
    await a.run('nft flush ruleset; pkill -KILL -x watchdog');
    await daemon.logContains('the watchdog was killed by SIGKILL; started again in 1 s');
    await eventually(
      async () => (/elements = \{ 192\.168\.80\.100 \}/.test(await rules(a)) ? true : undefined),
      () => 'the tables are not there again',
    );
    await eventually(
      async () => ((await a.run('pgrep -x watchdog')).stdout === '' ? undefined : true),
      () => 'the watchdog is not there again',
    );
    assert.ok(await answers());
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(await rules(a), '');
  });

  test('what went with its link is covered no more, and is again when the link is back', async () => {
    const daemon = await start(a, instance({ lines: SIX }));
    await masterOf(daemon);
    await lab.waitForHolder(VIP6, 'a');
    const covered = async (): Promise<readonly boolean[]> => {
      const text = await rules(a);
      return [VIP, VIP6].map((address) => text.includes(`elements = { ${address} }`));
    };
    const untilCovered = (expected: boolean): Promise<true> =>
      eventually(
        async () => ((await covered()).every((each) => each === expected) ? true : undefined),
        () => `covered: ${expected}\n${daemon.tail()}`,
      );
    await untilCovered(true);
    await a.setLink('down');
    await daemon.logContains('Entering FAULT STATE');
    await untilCovered(false);
    await a.setLink('up');
    await untilCovered(true);
    assert.equal((await daemon.stop()).status, 0);
    assert.equal(await rules(a), '');
  });

  test('-V and dead_man off leave the address for ever; a reload changes the guard in place', async () => {
    const kept = await start(a, instance(), ['-V']);
    await masterOf(kept);
    await lab.waitForHolder(VIP, 'a');
    assert.match(await shown(a), /192\.168\.80\.100\/32 scope global eth0\s+valid_lft forever/);
    assert.equal(await rules(a), '');
    assert.equal((await kept.stop()).status, 0);
    assert.equal(a.holds(VIP), true);
    await a.run(`ip addr del ${VIP}/32 dev eth0`);
    const off = 'global_defs {\n    @holdfast dead_man off\n}\n';
    const forever = /192\.168\.80\.100\/32 scope global eth0\s+valid_lft forever/;
    const config = instance({ advertInt: 1 });
    const daemon = await start(a, off + config);
    await masterOf(daemon);
    await lab.waitForHolder(VIP, 'a');
    assert.match(await shown(a), forever);
    for (const [text, expected] of [
      [config, /100\/32 scope global dynamic eth0\s+valid_lft [1-4]sec/],
      [instance(), /elements = \{ 192\.168\.80\.100 \}/],
      [off + config, forever],
    ] as const) {
      a.write('dead-man.conf', text);
      daemon.signal('SIGHUP');
      await eventually(
        async () => (expected.test((await shown(a)) + (await rules(a))) ? true : undefined),
        () => `${expected}\n${daemon.tail()}`,
      );
    }
    await eventually(
      async () => ((await rules(a)) === '' ? true : undefined),
      () => 'tables that nobody needs stay',
    );
    assert.ok(!daemon.log.some(({ text }) => text.includes('BACKUP STATE') && !/init/.test(text)));
    assert.equal((await daemon.stop()).status, 0);
  });
});
