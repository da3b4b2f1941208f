import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node-types.ts';
import type { VrrpState } from '../core/vrrp/types.ts';
import type { NeighbourWatch } from '../ports/neighbour-watch.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { decodeArp } from '../wire/arp.ts';
import { decodeNdp } from '../wire/ndp.ts';
import { Complaints } from './complaints.ts';
import { WatchSide } from './watch-side.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const mac = (last: number): MacAddress => `02:00:00:00:00:0${last}` as MacAddress;
const rival = mac(9);

const link = (index: number, changes: Partial<LinkFacts> = {}): LinkFacts => ({
  index,
  name: `eth${index}`,
  adminUp: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mtu: 1500,
  mac: mac(index),
  hardwareType: 1,
  ...changes,
});

const virtual = (address: string, on?: string): VirtualAddress => ({
  address: ip(address),
  prefixLength: 24,
  scope: 0,
  ...(on !== undefined && { interface: on }),
});

const own = (interfaceIndex: number, address: string): AddressFacts => ({
  interfaceIndex,
  family: ipFamily(ip(address)),
  address: ip(address),
  prefixLength: 24,
  scope: 0,
  flags: 0,
  protocol: 0,
});

/** What the watch reads of an instance. */
const instance = (name: string, addresses: VirtualAddress[], group = '224.0.0.18') =>
  ({
    name,
    interface: 'eth1',
    addresses,
    excludedAddresses: [],
    transport: { kind: 'multicast', group: ip(group) },
  }) as unknown as VrrpInstanceModel;

function createSide(links: LinkFacts[] = [link(1), link(2)]) {
  const seen = { now: seconds(100), heard: [] as NodeInput[], frames: [] as Uint8Array[] };
  const claims = new Map<string, (address: string, from: MacAddress) => void>();
  const listeners = new Map<string, (host: string) => void>();
  const routers: { model: VrrpInstanceModel; state: VrrpState }[] = [];
  const expected = new Map<string, readonly IpAddress[]>();
  let failure: SysError | undefined;
  const watch: NeighbourWatch = {
    openClaims: ({ interfaceName, family }, onClaim) => {
      if (failure !== undefined) return failure;
      const key = `${interfaceName} ${family}`;
      assert(!claims.has(key));
      claims.set(key, (address, from) => onClaim({ address: ip(address), mac: from }));
      return {
        expect: (addresses) => expected.set(key, addresses),
        close: () => claims.delete(key),
      };
    },
    openListeners: ({ interfaceName, group }, onListener) => {
      const key = `${interfaceName} ${group}`;
      assert(!listeners.has(key));
      listeners.set(key, (host) => onListener(ip(host)));
      return { close: () => listeners.delete(key) };
    },
  };
  const texts: string[] = [];
  const side = new WatchSide({
    clock: { now: () => seen.now, wallMs: () => 0 },
    watch,
    frames: {
      send: (_index, frame) => void seen.frames.push(frame),
      close: () => {},
    },
    monitor: {
      links: () => links,
      addresses: () => [own(1, '192.0.2.1'), own(1, 'fe80::1'), own(1, '192.0.2.100')],
    },
    complaints: new Complaints({ write: ({ text }) => void texts.push(text), close: () => {} }),
    link: (name) => links.find((each) => each.name === name),
    routers: () => routers,
    onHeard: (input) => seen.heard.push(input),
  });
  const later = (us: number): Micros => {
    seen.now = micros(seen.now + us);
    return seen.now;
  };
  const fail = (error: SysError | undefined): void => {
    failure = error;
  };
  opened.push(side);
  return { side, seen, claims, listeners, routers, expected, links, later, texts, fail };
}

const opened: WatchSide[] = [];

describe('watch side', () => {
  afterEach(() => {
    for (const side of opened.splice(0)) side.close();
  });

  test('claims are heard where masters have addresses, and a while longer', () => {
    const { side, claims, routers, later, expected } = createSide();
    const one = instance('A', [virtual('192.0.2.100'), virtual('2001:db8::1', 'eth2')]);
    routers.push({ model: one, state: 'backup' });
    side.review();
    assert.deepEqual([...claims.keys()], []);
    routers[0] = { model: one, state: 'master' };
    side.review();
    assert.deepEqual([...claims.keys()], ['eth1 4', 'eth2 6']);
    assert.deepEqual(expected.get('eth1 4'), ['192.0.2.100']);
    later(60_000_000);
    side.review();
    assert.equal(claims.size, 2);
    routers[0] = { model: one, state: 'backup' };
    side.review();
    later(5_900_000);
    side.review();
    assert.equal(claims.size, 2);
    later(200_000);
    side.review();
    assert.equal(claims.size, 0);
  });

  test('of claims those count that concern an address of ours, by somebody else', () => {
    const { side, claims, routers, seen } = createSide();
    routers.push({ model: instance('A', [virtual('192.0.2.100')]), state: 'master' });
    routers.push({ model: instance('B', [virtual('192.0.2.101', 'eth2')]), state: 'backup' });
    side.review();
    const claim = claims.get('eth1 4');
    claim?.('192.0.2.100', mac(1));
    // The other interface of this host, in the same segment.
    claim?.('192.0.2.100', mac(2));
    claim?.('192.0.2.50', rival);
    claim?.('192.0.2.101', rival);
    assert.deepEqual(seen.heard, []);
    claim?.('192.0.2.100', rival);
    const heard = { kind: 'addressClaimed', interface: 'eth1', address: '192.0.2.100', mac: rival };
    assert.deepEqual(seen.heard, [heard]);
  });

  test('virtual addresses are asked for by probes, where they are held', () => {
    const { side, seen, claims } = createSide();
    const model = instance('A', [virtual('192.0.2.100'), virtual('192.0.2.7', 'eth2')]);
    const addresses = [ip('192.0.2.100'), ip('192.0.2.7')];
    side.inquire(model, { addresses, about: 'virtual' });
    const packets = seen.frames.map((frame) => {
      const packet = decodeArp(frame);
      assert(packet.ok);
      const { frameSource, senderAddress, targetAddress } = packet.value;
      return [frameSource, senderAddress, targetAddress];
    });
    assert.deepEqual(packets, [
      [mac(1), '0.0.0.0', '192.0.2.100'],
      [mac(2), '0.0.0.0', '192.0.2.7'],
    ]);
    assert.deepEqual([...claims.keys()], ['eth1 4', 'eth2 4']);
  });

  test('a neighbour is asked from an address of our own that is not virtual', () => {
    const { side, seen, routers } = createSide();
    const model = instance('A', [virtual('192.0.2.1')]);
    routers.push({ model, state: 'backup' });
    side.review();
    side.inquire(model, { addresses: [ip('192.0.2.50')], about: 'neighbour' });
    const packet = decodeArp(seen.frames[0] ?? new Uint8Array());
    assert(packet.ok);
    assert.equal(packet.value.senderAddress, '192.0.2.100');
  });

  test('by neighbour discovery from our link-local address, from nowhere without one', () => {
    const { side, seen } = createSide();
    const model = instance('A', [virtual('2001:db8::1'), virtual('2001:db8::2', 'eth2')]);
    const addresses = [ip('2001:db8::1'), ip('2001:db8::2')];
    side.inquire(model, { addresses, about: 'virtual' });
    const sources = seen.frames.map((frame) => {
      const message = decodeNdp(frame);
      return message.ok && message.value.source;
    });
    assert.deepEqual(sources, ['fe80::1', '::']);
  });

  test('the answer of a neighbour counts for two seconds', () => {
    const { side, claims, seen, later } = createSide();
    const stranger = ip('192.0.2.50');
    side.inquire(instance('A', []), { addresses: [stranger], about: 'neighbour' });
    claims.get('eth1 4')?.(stranger, rival);
    assert.equal(seen.heard.length, 1);
    later(2_000_001);
    claims.get('eth1 4')?.(stranger, rival);
    assert.equal(seen.heard.length, 1);
  });

  test('many questions go out a few at a time', () => {
    const { side, seen } = createSide();
    const addresses = Array.from({ length: 100 }, (_, index) => ip(`192.0.2.${index}`));
    side.inquire(instance('A', []), { addresses, about: 'virtual' });
    assert.equal(seen.frames.length, 8);
  });

  test('other links than Ethernet are left alone', () => {
    const links = [link(1, { hardwareType: 32 }), link(2, { noArp: true })];
    const { side, seen, claims, listeners, routers } = createSide(links);
    const model = instance('A', [virtual('192.0.2.100'), virtual('192.0.2.7', 'eth2')]);
    routers.push({ model, state: 'master' });
    side.review();
    side.inquire(model, { addresses: [ip('192.0.2.100'), ip('192.0.2.7')], about: 'virtual' });
    assert.deepEqual([seen.frames.length, claims.size, listeners.size], [0, 0, 0]);
  });

  test('an interface that came back with another index is watched anew', () => {
    const { side, claims, routers, links } = createSide();
    routers.push({ model: instance('A', [virtual('192.0.2.100')]), state: 'master' });
    side.review();
    const [first] = links.splice(0, 1);
    side.review();
    assert.equal(claims.size, 0);
    links.push({ ...(first as LinkFacts), index: 7 });
    side.review();
    assert.deepEqual([...claims.keys()], ['eth1 4']);
  });

  test('what cannot be opened is told once and tried again', () => {
    const { side, claims, routers, texts, fail } = createSide();
    routers.push({ model: instance('A', [virtual('192.0.2.100')]), state: 'master' });
    fail({ kind: 'sys-error', call: 'socket', errno: 1, code: 'EPERM', message: 'no' });
    side.review();
    side.review();
    assert.deepEqual(texts, ['cannot watch for other hosts on eth1: socket: no']);
    fail(undefined);
    side.review();
    assert.equal(claims.size, 1);
  });

  test('who listens to a group is told to those who advertise in it, also to newcomers', () => {
    const { side, listeners, routers, seen, later } = createSide();
    const one = instance('A', [virtual('192.0.2.100')]);
    routers.push({ model: one, state: 'init' });
    side.review();
    assert.deepEqual([...listeners.keys()], ['eth1 224.0.0.18']);
    const report = listeners.get('eth1 224.0.0.18');
    for (const host of ['192.0.2.1', '0.0.0.0', '::']) report?.(host);
    assert.deepEqual(seen.heard, []);
    const heard = { kind: 'listenerSeen', interface: 'eth1', group: '224.0.0.18' };
    report?.('192.0.2.2');
    report?.('192.0.2.2');
    report?.('192.0.2.3');
    const both = [
      { ...heard, from: '192.0.2.2' },
      { ...heard, from: '192.0.2.3' },
    ];
    assert.deepEqual(seen.heard, both);
    later(61_000_000);
    report?.('192.0.2.2');
    assert.equal(seen.heard.length, 3);
    routers.push({ model: instance('B', [virtual('192.0.2.101')]), state: 'init' });
    side.review();
    side.review();
    assert.deepEqual(seen.heard.slice(3), both);
    routers.splice(0, 2);
    side.review();
    assert.equal(listeners.size, 0);
  });

  test('a flood of made-up listeners takes little room', () => {
    const { side, listeners, routers, seen } = createSide();
    routers.push({ model: instance('A', []), state: 'backup' });
    side.review();
    for (let host = 0; host < 250; host++) {
      listeners.get('eth1 224.0.0.18')?.(`198.51.100.${host}`);
    }
    assert.equal(seen.heard.length, 64);
  });

  test('sockets are opened a few at a time', () => {
    const { side, listeners, routers } = createSide();
    for (let index = 0; index < 40; index++) {
      routers.push({ model: instance(`I${index}`, [], `239.0.0.${index}`), state: 'backup' });
    }
    side.review();
    assert.equal(listeners.size, 16);
    side.review();
    side.review();
    assert.equal(listeners.size, 40);
  });
});
