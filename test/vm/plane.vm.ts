import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { IpFamily } from '../../src/base/ip.ts';
import { seconds } from '../../src/base/time.ts';
import type { DesiredService } from '../../src/core/balance/plane.ts';
import { openIpvsDataPlane } from '../../src/daemon/balance/ipvs-plane.ts';
import type { DataPlane } from '../../src/ports/data-plane.ts';
import { testPath } from '../../tools/sweep.ts';
import { balanceCases } from '../balance/cases.ts';
import { nameIn } from '../balance/host.ts';
import {
  type BalanceStage,
  onPort,
  openBalanceStage,
  realize,
  remove,
  serverStatistics,
  service,
  statisticsOf,
  tally,
  VIPS,
} from '../balance/stage.ts';
import { ip, type TestNamespace, until } from '../linux/namespaces.ts';

const LIST = testPath('ipvs');
const VIP = VIPS[4];
const LIMIT_MS = 20_000;
/** All that keepalived knows but twos, which Debian's kernel has not. */
const SCHEDULERS = 'rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq'.split(' ');
const ONE_CLIENT = { timeout: seconds(50), mask: { netmask: ip('255.255.255.255') } } as const;

describe('IPVS data plane', () => {
  let stage: BalanceStage;
  let plane: DataPlane;
  const openPlane = (): DataPlane => stage.director.inside(() => openIpvsDataPlane(LIST));
  const ipvsadm = (...words: readonly string[]): string => stage.director.exec('ipvsadm', ...words);
  const rules = (): readonly string[] => ipvsadm('-Sn').trim().split('\n').sort();
  before(async () => {
    stage = await openBalanceStage('ipvs');
    plane = openPlane();
    // Of direct routing and tunnels the answers come with the director's own address, for the client.
    for (const link of ['all', 'eth1']) {
      stage.director.exec('sysctl', '-qw', `net.ipv4.conf.${link}.accept_local=1`);
      stage.director.exec('sysctl', '-qw', `net.ipv4.conf.${link}.rp_filter=0`);
    }
  });
  after(async () => {
    plane.close('remove');
    await stage.close();
  });
  // What a failed test has left.
  afterEach(() => {
    plane.close('remove');
    ipvsadm('-C');
    plane = openPlane();
  });

  for (const each of balanceCases) test(each.name, () => each.run(stage, plane));

  for (const scheduler of SCHEDULERS) {
    test(`the kernel takes ${scheduler}, and forwards by it`, async () => {
      const whole = service(3000, { scheduler });
      realize(plane, whole);
      assert.match(ipvsadm('-Sn'), new RegExp(`-A -t 10\\.1\\.0\\.100:3000 -s ${scheduler}\\b`));
      assert.match(await stage.client.ask(VIP, 3000), /^s\d 10\.1\.0\.10$/);
      remove(plane, whole);
    });
  }

  test('a scheduler that the kernel has not is a failure of that service alone', async () => {
    const failures = plane.realize({
      desired: [service(3001, { scheduler: 'none-such' }), service(3002)],
      removed: [],
    });
    const unknown = failures.filter(({ server }) => server === undefined);
    assert.deepEqual(
      unknown.map(({ service: id, error }) => [id, error.code]),
      [['tcp 10.1.0.100:3001', 'ENOENT']],
    );
    assert.match(await stage.client.ask(VIP, 3002), /^s\d /);
    remove(plane, service(3002));
    plane.realize({ desired: [], removed: [service(3001).id] });
    assert.deepEqual(rules(), ['']);
  });

  test('another scheduler, other flags and another persistence keep connections', async () => {
    realize(plane, service(3003));
    const streams = [];
    for (let index = 0; index < 3; index++) streams.push(await stage.client.open(VIP, 3003));
    for (const change of [
      { scheduler: 'wlc' },
      { scheduler: 'mh', schedulerFlags: ['flag-1', 'flag-2'] as const },
      { scheduler: 'rr', persistence: ONE_CLIENT },
      { change: { upperThreshold: 7, lowerThreshold: 3 } },
    ]) {
      realize(plane, service(3003, change));
      for (const stream of streams) assert.equal(await stream.talk(), stream.server);
    }
    for (const stream of streams) await stream.close();
    assert.match(ipvsadm('-Ln', '--thresholds'), /10\.2\.0\.11:8080 +7 +3 /);
    remove(plane, service(3003));
  });

  test('a server at its upper threshold gets no more', async () => {
    const limited = (upperThreshold: number): DesiredService =>
      service(3004, { weights: [1], change: { upperThreshold } });
    realize(plane, limited(2));
    const streams = [await stage.client.open(VIP, 3004), await stage.client.open(VIP, 3004)];
    assert.notEqual(nameIn(await stage.client.ask(VIP, 3004)), 's1');
    realize(plane, limited(0));
    assert.equal(nameIn(await stage.client.ask(VIP, 3004)), 's1');
    for (const stream of streams) await stream.close();
    remove(plane, limited(0));
  });

  test('one datagram at a time, where it is configured', async () => {
    const whole = service(onPort(3005, { protocol: 'udp' }), { onePacket: true });
    realize(plane, whole);
    const names = [];
    for (let round = 0; round < 6; round++) {
      names.push(nameIn(await stage.client.datagram(VIP, 3005, 5)));
    }
    assert.deepEqual(tally(names), { s1: 2, s2: 2, s3: 2 });
    remove(plane, whole);
  });

  for (const family of [4, 6] as const) {
    test(`direct routing, IPv${family}`, async () => {
      // The way back is the servers' own; they have the address where nobody hears of it.
      const whole = service(onPort(8080, { family }), {
        change: { forwarding: { method: 'direct' } },
      });
      for (const side of stage.serverSides) holdVip(side, family, 'lo');
      realize(plane, whole);
      assert.deepEqual(tally(await stage.client.askMany(VIPS[family], 8080, 6)), {
        s1: 2,
        s2: 2,
        s3: 2,
      });
      remove(plane, whole);
      for (const side of stage.serverSides) dropVip(side, family, 'lo');
    });

    test(`tunnels, IPv${family}`, async () => {
      const link = family === 4 ? 'tunl0' : 'ip6tnl0';
      for (const side of stage.serverSides) {
        side.ip(`link set dev ${link} up`);
        side.exec('sysctl', '-qw', `net.ipv4.conf.${link}.rp_filter=0`);
        side.exec('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0');
        holdVip(side, family, link);
      }
      const tunnel = { type: 'ipip', checksum: 'none' } as const;
      const whole = service(onPort(8080, { family }), {
        change: { forwarding: { method: 'tunnel', tunnel } },
      });
      realize(plane, whole);
      assert.deepEqual(tally(await stage.client.askMany(VIPS[family], 8080, 6)), {
        s1: 2,
        s2: 2,
        s3: 2,
      });
      remove(plane, whole);
      for (const side of stage.serverSides) dropVip(side, family, link);
    });
  }

  test('tunnels of other kinds are what ipvsadm takes them for', () => {
    const tunnelled = (port: number, tunnel: TunnelOf): DesiredService =>
      service(port, { weights: [1], change: { forwarding: { method: 'tunnel', tunnel } } });
    const gue = tunnelled(3006, { type: 'gue', port: 6080, checksum: 'full' });
    const remote = tunnelled(3007, { type: 'gue', port: 6081, checksum: 'remote' });
    const gre = tunnelled(3008, { type: 'gre', checksum: 'full' });
    realize(plane, gue, remote, gre);
    const text = ipvsadm('-Sn');
    assert.match(text, /:3006 -r \S+ -i -w 1 --tun-type gue --tun-port 6080 --tun-csum/);
    assert.match(text, /:3007 -r \S+ -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum/);
    assert.match(text, /:3008 -r \S+ -i -w 1 --tun-type gre --tun-csum/);
    remove(plane, gue, remote, gre);
  });

  test('the next process takes over what the list names, and nothing else', async () => {
    ipvsadm('-A', '-t', '10.1.0.100:4000', '-s', 'rr');
    ipvsadm('-a', '-t', '10.1.0.100:4000', '-r', '10.2.0.11:8080', '-m', '-w', '5');
    const foreign = rules();
    const kept = service(4001, { persistence: ONE_CLIENT });
    const gone = service(4002);
    realize(plane, kept, gone);
    ipvsadm('-a', '-t', '10.1.0.100:4001', '-r', '10.2.0.99:8080', '-m', '-w', '0');
    const stream = await stage.client.open(VIP, 4001);
    const before = (await statisticsOf(plane, kept)).connections;
    // As after SIGKILL: nothing is written at the end.
    plane.close('keep');
    plane = openPlane();
    assert.equal(await stream.talk(), stream.server);
    realize(plane, kept);
    assert.equal(await stream.talk(), stream.server);
    assert.equal((await statisticsOf(plane, kept)).connections, before);
    assert.ok(!ipvsadm('-Sn').includes(':4002'));
    assert.match(ipvsadm('-Sn'), /10\.1\.0\.100:4001 -r 10\.2\.0\.99:8080/);
    await stream.close();
    remove(plane, kept);
    assert.deepEqual(rules(), foreign);
    plane.close('remove');
    assert.deepEqual(rules(), foreign);
    plane = openPlane();
    ipvsadm('-C');
  });

  test('what was gone at a start belongs to whoever makes it later', () => {
    realize(plane, service(4007), service(4008));
    ipvsadm('-D', '-t', '10.1.0.100:4007');
    ipvsadm('-d', '-t', '10.1.0.100:4008', '-r', '10.2.0.12:8080');
    const reopen = (): void => {
      plane.close('keep');
      plane = openPlane();
    };
    reopen();
    ipvsadm('-A', '-t', '10.1.0.100:4007', '-s', 'rr');
    ipvsadm('-a', '-t', '10.1.0.100:4008', '-r', '10.2.0.12:8080', '-m', '-w', '7');
    reopen();
    realize(plane, service(4008, { weights: [1] }));
    assert.deepEqual(rules(), [
      '-A -t 10.1.0.100:4007 -s rr',
      '-A -t 10.1.0.100:4008 -s rr',
      '-a -t 10.1.0.100:4008 -r 10.2.0.11:8080 -m -w 1',
      '-a -t 10.1.0.100:4008 -r 10.2.0.12:8080 -m -w 7',
    ]);
    assert.equal(plane.flush(), undefined);
    ipvsadm('-A', '-t', '10.1.0.100:4008', '-s', 'rr');
    reopen();
    realize(plane);
    assert.deepEqual(rules(), ['-A -t 10.1.0.100:4008 -s rr']);
    ipvsadm('-C');
  });

  test('a service of others becomes ours when it is configured, its servers do not', async () => {
    ipvsadm('-A', '-t', '10.1.0.100:4003', '-s', 'wlc');
    ipvsadm('-a', '-t', '10.1.0.100:4003', '-r', '10.2.0.12:8080', '-m', '-w', '5');
    const stream = await stage.client.open(VIP, 4003);
    realize(plane, service(4003, { weights: [1] }));
    assert.equal(await stream.talk(), 's2');
    assert.deepEqual(rules(), [
      '-A -t 10.1.0.100:4003 -s rr',
      '-a -t 10.1.0.100:4003 -r 10.2.0.11:8080 -m -w 1',
      '-a -t 10.1.0.100:4003 -r 10.2.0.12:8080 -m -w 5',
    ]);
    await stream.close();
    remove(plane, service(4003, { weights: [1] }));
  });

  test('the synchronisation of connections is begun and ended, by role', async () => {
    const daemons = (): string => ipvsadm('-L', '--daemon').trim();
    const daemon = { interface: 'eth1', id: 7 } as const;
    assert.equal(plane.setSync(['master', 'backup'], daemon), undefined);
    assert.match(daemons(), /master sync daemon \(mcast=eth1, syncid=7/);
    assert.match(daemons(), /backup sync daemon \(mcast=eth1, syncid=7/);
    assert.equal(
      plane.setSync(['master'], { ...daemon, group: ip('224.0.0.82'), port: 9000 }),
      undefined,
    );
    assert.match(daemons(), /^master sync daemon \(.*syncid=7.*group=224\.0\.0\.82, port=9000/);
    assert.ok(!daemons().includes('backup'));
    assert.equal(plane.setSync(['master', 'backup'], daemon), undefined);
    // One that somebody else has ended is no reason to leave the other one.
    ipvsadm('--stop-daemon', 'master');
    assert.equal(plane.setSync([], undefined), undefined);
    assert.equal(daemons(), '');
  });

  test('connections are known to the other director while it listens', async () => {
    const [other] = stage.serverSides;
    assert.ok(other);
    const listening = other.inside(() => openIpvsDataPlane(testPath('ipvs-other')));
    assert.equal(listening.setSync(['backup'], { interface: 'eth0', id: 9 }), undefined);
    assert.equal(plane.setSync(['master'], { interface: 'eth1', id: 9 }), undefined);
    stage.director.exec('sysctl', '-qw', 'net.ipv4.vs.sync_threshold=1 2');
    realize(plane, service(4004));
    const stream = await stage.client.open(VIP, 4004);
    for (let round = 0; round < 4; round++) await stream.talk();
    const known = (): boolean => other.exec('ipvsadm', '-lnc').includes('10.1.0.100:4004');
    await until(known, 'the connection over there', LIMIT_MS);
    await stream.close();
    remove(plane, service(4004));
    assert.equal(plane.setSync([], undefined), undefined);
    listening.close('remove');
  });

  test('idle times of connections', () => {
    const times = (): string => ipvsadm('-L', '--timeout').trim();
    const set = { tcp: seconds(701), tcpFin: seconds(77), udp: seconds(66) };
    assert.equal(plane.setTimeouts(set), undefined);
    assert.equal(times(), 'Timeout (tcp tcpfin udp): 701 77 66');
    // What is configured no more is the kernel's own again.
    assert.equal(plane.setTimeouts({ udp: seconds(65) }), undefined);
    assert.equal(times(), 'Timeout (tcp tcpfin udp): 900 120 65');
  });

  test('flushing removes what others made as well', () => {
    ipvsadm('-A', '-t', '10.1.0.100:4005', '-s', 'rr');
    realize(plane, service(4006));
    assert.equal(plane.flush(), undefined);
    assert.deepEqual(rules(), ['']);
    realize(plane, service(4006));
    assert.equal(rules().length, 4);
    remove(plane, service(4006));
  });

  test('ten thousand servers, of which one is changed', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => crowd(index, 10));
    const begin = performance.now();
    realize(plane, ...many);
    const made = performance.now();
    realize(plane, crowd(500, 9));
    const changed = performance.now();
    assert.equal(ipvsadm('-Sn').match(/^-a/gm)?.length, 9999);
    assert.equal((await serverStatistics(plane, crowd(500, 9), 3)).weight, 1);
    console.log(`10000 servers: ${Math.round(made - begin)} ms, one: ${changed - made} ms`);
    remove(plane, ...many);
    assert.deepEqual(rules(), ['']);
  });
});

type TunnelOf = Extract<
  DesiredService['servers'][number]['forwarding'],
  { method: 'tunnel' }
>['tunnel'];

function holdVip(side: TestNamespace, family: IpFamily, link: string): void {
  side.ip(`addr add ${VIPS[family]}/${family === 4 ? 32 : 128} dev ${link}`);
}

function dropVip(side: TestNamespace, family: IpFamily, link: string): void {
  side.ip(`addr del ${VIPS[family]}/${family === 4 ? 32 : 128} dev ${link}`);
}

/** Service number `index`, with so many servers on ports of their own. */
function crowd(index: number, count: number): DesiredService {
  const whole = service(10_000 + index, { weights: [1] });
  const [first] = whole.servers;
  assert.ok(first);
  return {
    ...whole,
    servers: Array.from({ length: count }, (_, at) => {
      const port = 20_000 + at;
      return { ...first, id: `${first.address}:${port}` as typeof first.id, port };
    }),
  };
}
