import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipFromBytes } from '../base/ip.ts';
import { isIntact, sumWords } from './checksum.ts';
import { decodeIpv4, encodeIpv4Header, type Ipv4HeaderFields } from './ipv4.ts';
import { decodeIpv6, encodeIpv6Header, type Ipv6HeaderFields } from './ipv6.ts';

const byte = fc.nat(0xff);
const address = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(ipFromBytes);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const ipv4Fields: fc.Arbitrary<Ipv4HeaderFields> = fc.record({
  source: address(4),
  destination: address(4),
  ttl: byte,
  tos: byte,
  identification: fc.nat(0xffff),
  protocol: byte,
  payloadLength: fc.nat(64),
});
const ipv6Fields: fc.Arbitrary<Ipv6HeaderFields> = fc.record({
  source: address(16),
  destination: address(16),
  hopLimit: byte,
  trafficClass: byte,
  nextHeader: byte,
  payloadLength: fc.nat(64),
});

/** The header, a payload of the length it names, and some padding. */
function pack(header: Uint8Array, payloadLength: number, paddingLength: number): Uint8Array {
  const packet = new Uint8Array(header.length + payloadLength + paddingLength);
  packet.set(header);
  return packet.fill(0xa5, header.length, header.length + payloadLength);
}

test('an IPv4 header comes back as it was written, its checksum right', () => {
  fc.assert(
    fc.property(ipv4Fields, fc.nat(10), (fields, padding) => {
      const header = encodeIpv4Header(fields);
      assert.equal(header.length, 20);
      assert(isIntact(sumWords(header)));
      const decoded = decodeIpv4(pack(header, fields.payloadLength, padding));
      assert(decoded.ok);
      const { payload, headerLength, totalLength, fragment, ...rest } = decoded.value;
      assert.deepEqual({ ...rest, payloadLength: payload.length }, { ...fields });
      assert.deepEqual([headerLength, totalLength], [20, 20 + fields.payloadLength]);
      assert.equal(fragment, 'whole');
      assert(payload.every((value) => value === 0xa5));
    }),
  );
});

test('the identification of the 65537th packet starts again', () => {
  const fields = fc.sample(ipv4Fields, 1)[0];
  assert(fields !== undefined);
  const wrapped = encodeIpv4Header({ ...fields, identification: 0x1_0001 });
  assert.equal(hex(wrapped), hex(encodeIpv4Header({ ...fields, identification: 1 })));
});

test('IPv4 options are left out of the payload', () => {
  const packet = bytes(`46c0001a00000000ff700000c0000201e000001294040000${'abcd'}`);
  const decoded = decodeIpv4(packet);
  assert(decoded.ok);
  assert.equal(decoded.value.headerLength, 24);
  assert.equal(hex(decoded.value.payload), 'abcd');
});

const ipv4Refused: [why: string, packet: string, reason: string][] = [
  ['nothing', '', 'truncated-ip-header'],
  ['19 bytes', '45c0001400000000ff700000c0000201e00000', 'truncated-ip-header'],
  ['options cut off', '46c0001800000000ff700000c0000201e0000012', 'truncated-ip-header'],
  ['version 6', '65c0001400000000ff700000c0000201e0000012', 'bad-ip-header'],
  ['header of 16 bytes', '44c0001400000000ff700000c0000201e0000012', 'bad-ip-header'],
  ['total below header', '45c0001300000000ff700000c0000201e0000012', 'bad-ip-header'],
  ['payload cut off', '45c0001500000000ff700000c0000201e0000012', 'truncated'],
];
for (const [why, packet, reason] of ipv4Refused) {
  test(`IPv4 refused: ${why}`, () => {
    assert.deepEqual(decodeIpv4(bytes(packet)), { ok: false, reason });
  });
}

test('first, middle and last fragments are told from whole packets', () => {
  const fragmentOf = (field: string) => {
    const decoded = decodeIpv4(bytes(`45c000140000${field}ff700000c0000201e0000012`));
    assert(decoded.ok);
    return decoded.value.fragment;
  };
  assert.deepEqual(['2000', '2001', '0001', '1fff'].map(fragmentOf), Array(4).fill('part'));
  assert.deepEqual(['0000', '4000', '8000'].map(fragmentOf), Array(3).fill('whole'));
});

test('an IPv6 header comes back as it was written', () => {
  fc.assert(
    fc.property(ipv6Fields, fc.nat(10), (fields, padding) => {
      const header = encodeIpv6Header(fields);
      assert.equal(header.length, 40);
      const decoded = decodeIpv6(pack(header, fields.payloadLength, padding));
      assert(decoded.ok);
      const { payload, ...rest } = decoded.value;
      assert.deepEqual({ ...rest, payloadLength: payload.length }, { ...fields });
    }),
  );
});

const zeros = '00'.repeat(32);
const ipv6Refused: [why: string, packet: string, reason: string][] = [
  ['nothing', '', 'truncated-ip-header'],
  ['39 bytes', `60000000000070ff${zeros.slice(2)}`, 'truncated-ip-header'],
  ['version 4', `40000000000070ff${zeros}`, 'bad-ip-header'],
  ['payload cut off', `60000000000170ff${zeros}`, 'truncated'],
];
for (const [why, packet, reason] of ipv6Refused) {
  test(`IPv6 refused: ${why}`, () => {
    assert.deepEqual(decodeIpv6(bytes(packet)), { ok: false, reason });
  });
}

test('any bytes decode or fail, without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (packet) => {
      decodeIpv4(packet);
      decodeIpv6(packet);
    }),
    { numRuns: 1000 },
  );
});
