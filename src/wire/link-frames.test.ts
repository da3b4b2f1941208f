import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InternalError } from '../base/assert.ts';
import { type IpAddress, ipFromBytes, isMulticast } from '../base/ip.ts';
import { type MacAddress, macFromBytes } from '../base/mac.ts';
import { decodeArp, encodeArpRequest, encodeGratuitousArp } from './arp.ts';
import { checksumOf, sumWords } from './checksum.ts';
import { decodeEthernet, encodeEthernet } from './ethernet.ts';
import {
  decodeNdp,
  encodeNeighbourSolicitation,
  encodeUnsolicitedNeighbourAdvertisement,
} from './ndp.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyMac = bytesOf(6).map(macFromBytes);
const anyIpv4 = bytesOf(4).map(ipFromBytes);
const anyUnicast6 = bytesOf(16)
  .map(ipFromBytes)
  .filter((address) => !isMulticast(address));
const mac = '02:00:00:00:00:0a' as MacAddress;

test('an Ethernet frame comes back as it was written', () => {
  const frames = fc.record({
    destination: anyMac,
    source: anyMac,
    etherType: fc.nat(0xffff),
    payload: fc.uint8Array(),
  });
  fc.assert(
    fc.property(frames, (frame) => {
      const decoded = decodeEthernet(encodeEthernet(frame));
      assert(decoded.ok);
      assert.deepEqual(
        { ...decoded.value, payload: hex(decoded.value.payload) },
        { ...frame, payload: hex(frame.payload) },
      );
    }),
  );
});

test('Ethernet refused: no whole header', () => {
  assert.deepEqual(decodeEthernet(new Uint8Array(13)), { ok: false, reason: 'truncated' });
});

test('a gratuitous ARP comes back as it was written, padded or not', () => {
  fc.assert(
    fc.property(anyMac, anyMac, anyIpv4, (sender, broadcastMac, address) => {
      const fields = { mac: sender, broadcastMac, address, hardwareType: 1 };
      const frame = encodeGratuitousArp(fields);
      assert.equal(frame.length, 42);
      const expected = {
        frameSource: sender,
        frameDestination: broadcastMac,
        operation: 1,
        senderMac: sender,
        senderAddress: address,
        targetMac: broadcastMac,
        targetAddress: address,
      };
      assert.deepEqual(decodeArp(frame), { ok: true, value: expected });
      const padded = Uint8Array.of(...frame, ...new Uint8Array(18));
      assert.deepEqual(decodeArp(padded), { ok: true, value: expected });
    }),
  );
});

test('an ARP request leaves the hardware address asked for open', () => {
  fc.assert(
    fc.property(anyMac, anyIpv4, anyIpv4, (sender, source, target) => {
      const decoded = decodeArp(encodeArpRequest({ mac: sender, source, target, hardwareType: 1 }));
      assert(decoded.ok);
      assert.equal(decoded.value.targetMac, '00:00:00:00:00:00');
      assert.equal(decoded.value.frameDestination, 'ff:ff:ff:ff:ff:ff');
      assert.deepEqual(
        [decoded.value.senderAddress, decoded.value.targetAddress],
        [source, target],
      );
    }),
  );
});

test('on InfiniBand the packet has addresses of 20 bytes and no link header', () => {
  const gid = '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01' as MacAddress;
  const packet = encodeGratuitousArp({ mac: gid, address: ip('192.0.2.1'), hardwareType: 32 });
  const sender = gid.replaceAll(':', '');
  const wanted = `0020080014040001${sender}c0000201${'ff'.repeat(20)}c0000201`;
  assert.equal(hex(packet), wanted);
});

const garp = encodeGratuitousArp({ mac, address: ip('192.0.2.1'), hardwareType: 1 });
const arpRefused: [why: string, frame: Uint8Array, reason: string][] = [
  ['no whole Ethernet header', garp.subarray(0, 13), 'truncated'],
  ['another EtherType', garp.with(13, 0), 'not-arp'],
  ['no whole fixed part', garp.subarray(0, 21), 'truncated'],
  ['another hardware type', garp.with(15, 32), 'not-ipv4-over-ethernet'],
  ['another protocol', garp.with(16, 0x86), 'not-ipv4-over-ethernet'],
  ['another hardware address length', garp.with(18, 20), 'not-ipv4-over-ethernet'],
  ['another protocol address length', garp.with(19, 16), 'not-ipv4-over-ethernet'],
  ['addresses cut off', garp.subarray(0, 41), 'truncated'],
];
for (const [why, frame, reason] of arpRefused) {
  test(`ARP refused: ${why}`, () => {
    assert.deepEqual(decodeArp(frame), { ok: false, reason });
  });
}

test('a neighbour advertisement comes back as it was written', () => {
  const roles = fc.constantFrom('router' as const, 'host' as const);
  fc.assert(
    fc.property(anyMac, anyUnicast6, roles, (sender, address, router) => {
      const frame = encodeUnsolicitedNeighbourAdvertisement({ mac: sender, address, router });
      assert.equal(frame.length, 86);
      const decoded = decodeNdp(frame);
      assert(decoded.ok && decoded.value.kind === 'advertisement');
      const { target, linkLayerAddress, override, solicited } = decoded.value;
      assert.deepEqual([target, linkLayerAddress, decoded.value.router], [address, sender, router]);
      assert.deepEqual([override, solicited], ['override', 'unsolicited']);
    }),
  );
});

test('a neighbour solicitation comes back as it was written', () => {
  fc.assert(
    fc.property(anyMac, anyUnicast6, anyUnicast6, (sender, source, target) => {
      const decoded = decodeNdp(encodeNeighbourSolicitation({ mac: sender, source, target }));
      assert(decoded.ok && decoded.value.kind === 'solicitation');
      assert.deepEqual([decoded.value.source, decoded.value.target], [source, target]);
      assert.equal(decoded.value.linkLayerAddress, source === '::' ? undefined : sender);
    }),
  );
});

test('a probe comes from nowhere and names no link-layer address', () => {
  const frame = encodeNeighbourSolicitation({ mac, source: ip('::'), target: ip('fe80::1:2:3') });
  assert.equal(frame.length, 78);
  const decoded = decodeNdp(frame);
  assert(decoded.ok);
  assert.equal(decoded.value.destination, 'ff02::1:ff02:3');
  assert.equal(hex(frame.subarray(0, 6)), '3333ff020003');
  assert.equal(decoded.value.linkLayerAddress, undefined);
});

/** The frame with some bytes changed and its ICMPv6 checksum made right again. */
function changed(frame: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const result = Uint8Array.from(frame);
  for (const [at, value] of Object.entries(changes)) result[Number(at)] = value;
  result.set([0, 0], 56);
  const sum = sumWords(result, 58 + result.length - 54, 22);
  result.set([checksumOf(sum) >> 8, checksumOf(sum) & 0xff], 56);
  return result;
}

const na = encodeUnsolicitedNeighbourAdvertisement({ mac, address: ip('fe80::1'), router: 'host' });
const ns = encodeNeighbourSolicitation({ mac, source: ip('::'), target: ip('fe80::1') });
const claimed = encodeNeighbourSolicitation({ mac, source: ip('::1'), target: ip('fe80::1') });
const ndpRefused: [why: string, frame: Uint8Array, reason: string][] = [
  ['no whole Ethernet header', na.subarray(0, 13), 'truncated'],
  ['another EtherType', na.with(12, 8), 'not-ndp'],
  ['no whole IPv6 header', na.subarray(0, 53), 'truncated'],
  ['another IP version', na.with(14, 0x40), 'bad-ip-header'],
  ['cut off', na.subarray(0, 85), 'truncated'],
  ['another protocol', na.with(20, 17), 'not-ndp'],
  ['another ICMPv6 type', na.with(54, 134), 'not-ndp'],
  ['another code', changed(na, { 55: 1 }), 'not-ndp'],
  ['a router in between', na.with(21, 254), 'hop-limit'],
  ['message shorter than its fixed part', na.with(19, 23), 'truncated'],
  ['wrong checksum', na.with(70, 1), 'checksum'],
  ['multicast target', changed(na, { 62: 0xff }), 'bad-target'],
  ['solicited, but to all nodes', changed(na, { 58: 0x40 }), 'bad-destination'],
  ['option of length 0', changed(na, { 79: 0 }), 'bad-option'],
  ['option cut off', changed(na, { 79: 2 }), 'bad-option'],
  ['probe to another group', changed(ns, { 49: 2 }), 'bad-destination'],
  ['probe with a link-layer address', changed(claimed, { 37: 0 }), 'bad-option'],
];
for (const [why, frame, reason] of ndpRefused) {
  test(`neighbour discovery refused: ${why}`, () => {
    assert.deepEqual(decodeNdp(frame), { ok: false, reason });
  });
}

test('options of other types are passed over', () => {
  const decoded = decodeNdp(changed(na, { 78: 14 }));
  assert(decoded.ok);
  assert.equal(decoded.value.linkLayerAddress, undefined);
});

test('addresses of the other family are a bug of the caller', () => {
  const [v4, v6] = [ip('192.0.2.1'), ip('fe80::1')];
  const bugs = [
    () => encodeGratuitousArp({ mac, address: v6, hardwareType: 1 }),
    () => encodeArpRequest({ mac, source: v4, target: v6, hardwareType: 1 }),
    () => encodeUnsolicitedNeighbourAdvertisement({ mac, address: v4, router: 'host' }),
    () => encodeNeighbourSolicitation({ mac, source: v4, target: v6 }),
  ];
  for (const bug of bugs) assert.throws(bug, InternalError);
});

test('any bytes decode or fail, without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (tail, arp) => {
      const known = Uint8Array.of(...(arp ? garp : na).subarray(0, 20), ...tail);
      for (const frame of [tail, known]) {
        decodeArp(frame);
        decodeNdp(frame);
        decodeEthernet(frame);
      }
    }),
    { numRuns: 1000 },
  );
});
