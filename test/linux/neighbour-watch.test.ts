import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress, IpFamily } from '../../src/base/ip.ts';
import { type MacAddress, parseMac } from '../../src/base/mac.ts';
import { createAdvertNetwork } from '../../src/linux/advert-network.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openFrameSender } from '../../src/linux/frame-sender.ts';
import { createNeighbourWatch } from '../../src/linux/neighbour-watch.ts';
import { BURST_READS, READS_PER_SECOND } from '../../src/linux/paced-reader.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { AddressClaim } from '../../src/ports/neighbour-watch.ts';
import type { FrameSender } from '../../src/ports/network.ts';
import { encodeArpRequest, encodeGratuitousArp } from '../../src/wire/arp.ts';
import {
  encodeNeighbourSolicitation,
  encodeUnsolicitedNeighbourAdvertisement,
} from '../../src/wire/ndp.ts';
import { createTestPair, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const noAddress = ip('0.0.0.0');
const groups: Readonly<Record<IpFamily, IpAddress>> = { 4: ip('224.0.0.18'), 6: ip('ff02::12') };

describe('neighbour watch', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let left: TestNamespace;
  let right: TestNamespace;
  let frames: Readonly<Record<'left' | 'right', FrameSender>>;
  const indexes = { left: 0, right: 0 };
  const macs = { left: '' as MacAddress, right: '' as MacAddress };
  const linkLocals = { left: '' as IpAddress, right: '' as IpAddress };
  const floods: IpFamily[] = [];
  const open: { close(): void }[] = [];

  before(async () => {
    watcher = await openFdWatcher();
    ({ left, right } = createTestPair('watch'));
    frames = { left: left.inside(openFrameSender), right: right.inside(openFrameSender) };
    right.ip('addr add 192.0.2.7/24 dev eth0');
    right.ip('addr add 2001:db8::7/64 dev eth0 nodad');
    left.ip('addr add 192.0.2.1/24 dev eth0');
    for (const [name, side] of [['left', left] as const, ['right', right] as const]) {
      await until(() => /inet6 fe80.*scope link/.test(side.ip('addr show dev eth0')));
      indexes[name] = side.indexOf('eth0');
      const shown = side.ip('addr show dev eth0');
      macs[name] = parseMac(/ether (\S+)/.exec(shown)?.[1] ?? '') as MacAddress;
      linkLocals[name] = ip(/inet6 (fe80[^/]*)/.exec(shown)?.[1] ?? '');
    }
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
    floods.length = 0;
  });
  after(() => {
    for (const sender of Object.values(frames)) sender.close();
    watcher.close();
    left.remove();
    right.remove();
  });

  const whereOf = (family: IpFamily) => ({
    interfaceIndex: indexes.left,
    interfaceName: 'eth0',
    family,
    onFlood: () => floods.push(family),
  });

  function openClaims(family: IpFamily) {
    const claims: AddressClaim[] = [];
    const watch = left.inside(() =>
      createNeighbourWatch(watcher).openClaims(whereOf(family), (claim) => claims.push(claim)),
    );
    open.push(watch);
    return { watch, claims };
  }

  function openListeners(family: IpFamily) {
    const hosts: IpAddress[] = [];
    const options = { ...whereOf(family), group: groups[family] };
    const watch = left.inside(() =>
      createNeighbourWatch(watcher).openListeners(options, (host) => hosts.push(host)),
    );
    open.push(watch);
    return hosts;
  }

  /** What a VRRP program does when it starts. */
  function join(side: TestNamespace, family: IpFamily, group = groups[family]): void {
    const link = side.inside(() =>
      createAdvertNetwork(watcher).open(
        {
          interfaceIndex: side.indexOf('eth0'),
          interfaceName: 'eth0',
          family,
          transport: { kind: 'multicast', group },
        },
        () => {},
      ),
    );
    open.push(link);
  }

  const send = (name: 'left' | 'right', frame: Uint8Array): void => {
    assert.equal(frames[name].send(indexes[name], frame), undefined);
  };
  const arp = (name: 'left' | 'right', source: IpAddress, target: IpAddress): void =>
    send(name, encodeArpRequest({ mac: macs[name], source, target, hardwareType: 1 }));
  const announce = (name: 'left' | 'right', address: IpAddress): void =>
    send(name, encodeGratuitousArp({ mac: macs[name], address, hardwareType: 1 }));

  test('the holder of an address answers a probe, asked by ARP', async () => {
    const { claims } = openClaims(4);
    arp('left', noAddress, ip('192.0.2.7'));
    await until(() => claims.length > 0);
    assert.deepEqual(claims, [{ address: '192.0.2.7', mac: macs.right }]);
  });

  test('the holder of an address answers, asked by neighbour discovery', async () => {
    const { claims } = openClaims(6);
    const target = ip('2001:db8::7');
    for (const source of [linkLocals.left, ip('::')]) {
      claims.length = 0;
      send('left', encodeNeighbourSolicitation({ mac: macs.left, source, target }));
      await until(() => claims.length > 0);
      assert.deepEqual(claims, [{ address: target, mac: macs.right }]);
    }
  });

  test('announcements are claims; ordinary requests, probes and our own frames are none', async () => {
    const { watch, claims } = openClaims(4);
    announce('left', ip('192.0.2.99'));
    arp('right', ip('192.0.2.7'), ip('192.0.2.1'));
    arp('right', noAddress, ip('192.0.2.50'));
    announce('right', ip('192.0.2.50'));
    await until(() => claims.length > 0);
    assert.deepEqual(claims, [{ address: '192.0.2.50', mac: macs.right }]);
    // What uses an address that is watched for claims it, whatever it asks.
    watch.expect([ip('192.0.2.60'), ip('192.0.2.7')]);
    arp('right', ip('192.0.2.8'), ip('192.0.2.1'));
    arp('right', ip('192.0.2.7'), ip('192.0.2.1'));
    await until(() => claims.length > 1);
    assert.deepEqual(claims.slice(1), [{ address: '192.0.2.7', mac: macs.right }]);
  });

  test('unsolicited neighbour advertisements are claims', async () => {
    const { claims } = openClaims(6);
    const fields = { address: ip('2001:db8::50'), router: 'host' as const };
    send('left', encodeUnsolicitedNeighbourAdvertisement({ ...fields, mac: macs.left }));
    send('right', encodeUnsolicitedNeighbourAdvertisement({ ...fields, mac: macs.right }));
    await until(() => claims.length > 0);
    assert.deepEqual(claims, [{ address: '2001:db8::50', mac: macs.right }]);
  });

  for (const version of [3, 2, 1]) {
    test(`a host that joins the group of adverts is heard, IGMP version ${version}`, async () => {
      right.exec('sysctl', '-qw', `net.ipv4.conf.eth0.force_igmp_version=${version}`);
      const hosts = openListeners(4);
      join(left, 4);
      join(right, 4, ip('224.0.0.99'));
      join(right, 4);
      await until(() => hosts.includes(ip('192.0.2.7')));
      assert.deepEqual(
        [...new Set(hosts)].filter((host) => host !== '192.0.2.1'),
        ['192.0.2.7'],
      );
      right.exec('sysctl', '-qw', 'net.ipv4.conf.eth0.force_igmp_version=0');
    });
  }

  for (const version of [2, 1]) {
    test(`a host that joins the group of adverts is heard, MLD version ${version}`, async () => {
      right.exec('sysctl', '-qw', `net.ipv6.conf.eth0.force_mld_version=${version}`);
      const hosts = openListeners(6);
      join(left, 6);
      join(right, 6);
      await until(() => hosts.includes(linkLocals.right));
      assert.deepEqual(
        [...new Set(hosts)].filter((host) => host !== linkLocals.left),
        [linkLocals.right],
      );
      right.exec('sysctl', '-qw', 'net.ipv6.conf.eth0.force_mld_version=0');
    });
  }

  test('a successor with thousands of addresses is heard out', async () => {
    const { claims } = openClaims(4);
    const addresses = Array.from({ length: 4000 }, (_, index) =>
      ip(`198.18.${index >> 8}.${index & 255}`),
    );
    for (const [index, address] of addresses.entries()) {
      announce('right', address);
      // As fast as frames go through a bridge.
      if (index % 16 === 0) await nextTurn();
    }
    await until(() => claims.length === addresses.length, `${claims.length} of 4000 claims`);
    assert.deepEqual(floods, []);
  });

  test('of a flood little is read, and afterwards claims are heard again', async () => {
    const { claims } = openClaims(4);
    const began = Date.now();
    for (let count = 0; count < 2000; count++) {
      for (let index = 0; index < 20; index++) announce('right', ip(`198.51.100.${index}`));
      await nextTurn();
    }
    await until(() => claims.length > 0);
    const most = BURST_READS + ((Date.now() - began) / 1000 + 1) * READS_PER_SECOND;
    assert(claims.length <= most, `${claims.length} claims read, at most ${most}`);
    assert(claims.length < 30_000, 'the flood was no flood');
    assert.deepEqual(floods, [4]);
    // First comes what has been queued, at the slow pace.
    for (let tries = 0; !claims.some(({ address }) => address === '192.0.2.50'); tries++) {
      assert(tries < 400, 'nothing is heard any more');
      announce('right', ip('192.0.2.50'));
      await sleep(50);
    }
  });
});
