import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../../src/base/ip.ts';
import type { MacAddress } from '../../../src/base/mac.ts';
import { seconds } from '../../../src/base/time.ts';
import { decodeArp, encodeArpRequest, encodeGratuitousArp } from '../../../src/wire/arp.ts';
import { decodeEthernet, encodeEthernet } from '../../../src/wire/ethernet.ts';
import { decodeIpv4, encodeIpv4Header } from '../../../src/wire/ipv4.ts';
import { decodeIpv6 } from '../../../src/wire/ipv6.ts';
import {
  decodeNdp,
  encodeNeighbourSolicitation,
  encodeUnsolicitedNeighbourAdvertisement,
} from '../../../src/wire/ndp.ts';
import { decodeAdvert, decodeAdvertPacket, encodeAdvert } from '../../../src/wire/vrrp.ts';
import type { ChecksumStyle, ReceivedAdvert } from '../../../src/wire/vrrp-types.ts';
import { readRecorded } from './recorded.ts';

const recorded = readRecorded('keepalived-2.2.7.txt');
const mac = '02:00:00:00:00:0a' as MacAddress;
const group = '224.0.0.18' as IpAddress;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function frame(name: string): Uint8Array {
  const bytes = recorded.get(name);
  assert(bytes !== undefined, `no frame ${name}`);
  return bytes;
}

type Sum = 'plain' | 'pseudoHeader' | 'groupPseudoHeader';

interface Expected {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  readonly interval: number;
  readonly addresses: readonly string[];
  readonly sums: readonly Sum[];
  readonly destination?: string;
  readonly password?: string;
  readonly identification?: number;
}

/** v3 to the group: the group is the destination, so both ways of summing come to the same. */
const both: readonly Sum[] = ['pseudoHeader', 'groupPseudoHeader'];
const v2 = { version: 2, sums: ['plain'] } as const;
const v3 = { version: 3, sums: both } as const;
const peer = '192.0.2.2';
const two = ['192.0.2.52', '192.0.2.152'];
const three = ['192.0.2.53', '192.0.2.153', '192.0.2.253'];

const adverts: Readonly<Record<string, Expected>> = {
  'v2-none-multicast': { ...v2, vrid: 51, priority: 100, interval: 1, addresses: ['192.0.2.51'] },
  'v2-none-multicast-stop': {
    ...v2,
    vrid: 51,
    priority: 0,
    interval: 1,
    addresses: ['192.0.2.51'],
    identification: 10,
  },
  'v2-pass-multicast': {
    ...v2,
    vrid: 52,
    priority: 101,
    interval: 2,
    addresses: two,
    password: 'secret',
  },
  'v2-pass-multicast-stop': {
    ...v2,
    vrid: 52,
    priority: 0,
    interval: 2,
    addresses: two,
    password: 'secret',
    identification: 4,
  },
  'v2-pass-of-8-bytes-multicast': {
    ...v2,
    vrid: 61,
    priority: 110,
    interval: 1,
    addresses: ['192.0.2.61'],
    password: '12345678',
  },
  'v3-ipv4-multicast': { ...v3, vrid: 53, priority: 102, interval: 0.5, addresses: three },
  'v3-ipv4-multicast-stop': {
    ...v3,
    vrid: 53,
    priority: 0,
    interval: 0.5,
    addresses: three,
    identification: 22,
  },
  'v3-ipv4-unicast': {
    version: 3,
    vrid: 54,
    priority: 103,
    interval: 1,
    addresses: ['192.0.2.54'],
    sums: ['pseudoHeader'],
    destination: peer,
  },
  'v3-ipv4-unicast-stop': {
    version: 3,
    vrid: 54,
    priority: 0,
    interval: 1,
    addresses: ['192.0.2.54'],
    sums: ['pseudoHeader'],
    destination: peer,
    identification: 10,
  },
  'v3-ipv4-unicast-old-checksum': {
    version: 3,
    vrid: 56,
    priority: 105,
    interval: 1,
    addresses: ['192.0.2.56'],
    sums: ['groupPseudoHeader'],
    destination: peer,
  },
};

for (const [name, expected] of Object.entries(adverts)) {
  const password = expected.password === undefined ? undefined : Buffer.from(expected.password);
  const source = '192.0.2.1' as IpAddress;
  const destination = (expected.destination ?? group) as IpAddress;
  const addresses = expected.addresses as IpAddress[];
  const advertInterval = seconds(expected.interval);
  const { version, vrid, priority } = expected;

  test(`keepalived's ${name} is read`, () => {
    const ethernet = decodeEthernet(frame(`advert-${name}`));
    assert(ethernet.ok);
    const authData = hex(Buffer.concat([password ?? Buffer.alloc(0), Buffer.alloc(8)], 8));
    const advert: ReceivedAdvert = {
      source,
      destination,
      ttl: 255,
      version,
      type: 1,
      vrid,
      priority,
      addressCount: addresses.length,
      addresses,
      authType: password === undefined ? 0 : 1,
      authData: version === 2 ? authData : '',
      advertInterval,
      length: 'right',
      checksum: {
        plain: expected.sums.includes('plain'),
        pseudoHeader: expected.sums.includes('pseudoHeader'),
        groupPseudoHeader: expected.sums.includes('groupPseudoHeader'),
      },
    };
    assert.deepEqual(decodeAdvertPacket(ethernet.value.payload), { ok: true, value: advert });
  });

  test(`keepalived's ${name} is written byte for byte`, () => {
    const plain: ChecksumStyle = { kind: 'plain' };
    const old = !expected.sums.includes('pseudoHeader');
    const to = old ? group : destination;
    const pdu = encodeAdvert(
      { version, vrid, priority, advertInterval, addresses, ...(password && { password }) },
      {
        family: 4,
        checksum: version === 2 ? plain : { kind: 'pseudo-header', source, destination: to },
      },
    );
    const header = encodeIpv4Header({
      source,
      destination,
      ttl: 255,
      tos: 0xc0,
      identification: expected.identification ?? 1,
      protocol: 112,
      payloadLength: pdu.length,
    });
    assert.equal(hex(header) + hex(pdu), hex(frame(`advert-${name}`).subarray(14)));
  });
}

const linkLocal = 'fe80::ff:fe00:a';
const adverts6 = [
  { name: 'v3-ipv6-multicast', vrid: 57, priority: 106, to: ['fe80::57', '2001:db8::57'] },
  { name: 'v3-ipv6-multicast-stop', vrid: 57, priority: 0, to: ['fe80::57', '2001:db8::57'] },
  { name: 'v3-ipv6-unicast', vrid: 59, priority: 108, to: ['2001:db8::59'] },
  { name: 'v2-ipv6-multicast', vrid: 58, priority: 107, to: ['fe80::58'] },
  { name: 'v2-ipv6-multicast-stop', vrid: 58, priority: 0, to: ['fe80::58'] },
] as const;

for (const { name, vrid, priority, to } of adverts6) {
  test(`keepalived's ${name} is read and written`, () => {
    const ethernet = decodeEthernet(frame(`advert-${name}`));
    assert(ethernet.ok);
    const ip = decodeIpv6(ethernet.value.payload);
    assert(ip.ok);
    const { source, destination, hopLimit, trafficClass, nextHeader, payload } = ip.value;
    const unicast = name.includes('unicast');
    assert.equal(source, unicast ? '2001:db8::1' : linkLocal);
    assert.equal(destination, unicast ? '2001:db8::2' : 'ff02::12');
    assert.deepEqual([hopLimit, trafficClass, nextHeader], [unicast ? 64 : 255, 0xc0, 112]);

    const decoded = decodeAdvert(payload, { source, destination, ttl: hopLimit });
    assert(decoded.ok);
    const version = name.startsWith('v2') ? 2 : 3;
    const advertInterval = seconds(unicast ? 2 : 1);
    const addresses = to as readonly string[] as readonly IpAddress[];
    const content = { version, vrid, priority, advertInterval, addresses } as const;
    const { addressCount, length, checksum, authType, authData, ...rest } = decoded.value;
    assert.deepEqual(rest, { source, destination, ttl: hopLimit, type: 1, ...content });
    assert.deepEqual([addressCount, length, authType, authData], [to.length, 'right', 0, '']);
    assert.deepEqual(checksum, { plain: false, pseudoHeader: true, groupPseudoHeader: false });

    const style = { kind: 'pseudo-header', source, destination } as const;
    assert.equal(hex(encodeAdvert(content, { family: 6, checksum: style })), hex(payload));
  });
}

test('an authentication header (protocol 51) is no advert', () => {
  const packet = frame('ah-v2-multicast').subarray(14);
  assert.deepEqual(decodeAdvertPacket(packet), { ok: false, reason: 'not-vrrp' });
  const ip = decodeIpv4(packet);
  assert(ip.ok && ip.value.protocol === 51);
});

test('gratuitous ARP is written as keepalived does', () => {
  for (const text of ['192.0.2.51', '192.0.2.153']) {
    const address = text as IpAddress;
    const ours = encodeGratuitousArp({ mac, address, hardwareType: 1 });
    assert.equal(hex(ours), hex(frame(`garp-${text}`)));
    const decoded = decodeArp(ours);
    assert(decoded.ok);
    assert.deepEqual(decoded.value, {
      frameSource: mac,
      frameDestination: 'ff:ff:ff:ff:ff:ff',
      operation: 1,
      senderMac: mac,
      senderAddress: address,
      targetMac: 'ff:ff:ff:ff:ff:ff',
      targetAddress: address,
    });
  }
});

test('an ARP request is written as the kernel does, and its reply is read', () => {
  const [source, target] = ['192.0.2.1', '192.0.2.2'] as [IpAddress, IpAddress];
  const ours = encodeArpRequest({ mac, source, target, hardwareType: 1 });
  assert.equal(hex(ours), hex(frame('arp-kernel-request')));
  const reply = decodeArp(frame('arp-kernel-reply'));
  assert(reply.ok);
  assert.equal(reply.value.operation, 2);
  assert.equal(reply.value.senderAddress, source);
});

test('an unsolicited neighbour advertisement is written as keepalived does', () => {
  const cases = [
    { name: 'na-fe80::57', address: 'fe80::57', router: 'host' },
    { name: 'na-2001:db8::57', address: '2001:db8::57', router: 'host' },
    { name: 'na-fe80::58-router', address: 'fe80::58', router: 'router' },
  ] as const;
  for (const { name, router, ...rest } of cases) {
    const address = rest.address as IpAddress;
    const ours = encodeUnsolicitedNeighbourAdvertisement({ mac, address, router });
    assert.equal(hex(ours), hex(frame(name)));
    const decoded = decodeNdp(ours);
    assert(decoded.ok);
    assert.deepEqual(decoded.value, {
      kind: 'advertisement',
      frameSource: mac,
      source: address,
      destination: 'ff02::1',
      target: address,
      linkLayerAddress: mac,
      router,
      solicited: 'unsolicited',
      override: 'override',
    });
  }
});

test('a neighbour solicitation is written as the kernel does', () => {
  const [source, target] = ['2001:db8::1', '2001:db8::2'] as [IpAddress, IpAddress];
  const ours = encodeNeighbourSolicitation({ mac, source, target });
  assert.equal(hex(ours), hex(frame('ns-kernel')));
});

test('every frame recorded is an Ethernet frame that comes out as it went in', () => {
  for (const [name, bytes] of recorded) {
    const decoded = decodeEthernet(bytes);
    assert(decoded.ok, name);
    assert.equal(hex(encodeEthernet(decoded.value)), hex(bytes), name);
  }
});
