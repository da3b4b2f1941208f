import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, ipFromBytes } from '../base/ip.ts';
import {
  decodeProxyHeader,
  encodeProxyV1,
  encodeProxyV2,
  type ProxyAddresses,
} from './proxy-protocol.ts';

const text = (input: string): Uint8Array => new TextEncoder().encode(input);
const v4: ProxyAddresses = {
  source: { ip: '192.0.2.1' as IpAddress, port: 5 },
  destination: { ip: '192.0.2.2' as IpAddress, port: 443 },
};
const port = fc.integer({ min: 0, max: 0xffff });
const ipOf = (length: 4 | 16) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(ipFromBytes);
const addresses = fc.constantFrom(4 as const, 16 as const).chain((length) =>
  fc.record(
    {
      source: fc.record({ ip: ipOf(length), port }, { noNullPrototype: true }),
      destination: fc.record({ ip: ipOf(length), port }, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  ),
);

describe('the PROXY protocol', () => {
  test('version 1 as it is written in its document', () => {
    const line = 'PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n';
    assert.deepEqual(encodeProxyV1(v4), text(line));
    assert.deepEqual(encodeProxyV1(undefined), text('PROXY UNKNOWN\r\n'));
  });

  test('what was encoded is decoded, in either version, with what follows left', () => {
    fc.assert(
      fc.property(addresses, (given) => {
        for (const encode of [encodeProxyV1, encodeProxyV2]) {
          const header = encode(given);
          const decoded = decodeProxyHeader(Uint8Array.of(...header, 71, 69, 84));
          assert.deepEqual(decoded, { kind: 'proxied', length: header.length, addresses: given });
          for (let end = 0; end < header.length; end++)
            assert.equal(decodeProxyHeader(header.subarray(0, end)), 'incomplete');
        }
      }),
    );
  });

  test('of two families the IPv4 one is told within IPv6', () => {
    const mixed = { ...v4, source: { ip: '2001:db8::1' as IpAddress, port: 5 } };
    const decoded = decodeProxyHeader(encodeProxyV2(mixed));
    assert.ok(typeof decoded === 'object' && decoded.kind === 'proxied');
    assert.equal(decoded.addresses.destination.ip, '::ffff:192.0.2.2');
  });

  test('local connections have no addresses', () => {
    assert.deepEqual(decodeProxyHeader(encodeProxyV2(undefined)), { kind: 'local', length: 16 });
    assert.deepEqual(decodeProxyHeader(text('PROXY UNKNOWN a b\r\n')), {
      kind: 'local',
      length: 19,
    });
  });

  for (const line of [
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 5\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 5x 1\r\n',
    'PROXY TCP6 192.0.2.1 192.0.2.2 5 1\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 5 1\n',
    `PROXY TCP4 ${'1'.repeat(110)}`,
    '\r\n\r\n\0\r\nQUIX',
  ]) {
    test(`${JSON.stringify(line.slice(0, 50))} is refused`, () => {
      assert.equal(decodeProxyHeader(text(line)), 'malformed');
    });
  }

  test('of ports that are none the last 16 bits count', () => {
    for (const [word, port] of [
      ['05', 5],
      ['', 0],
      ['65536', 0],
      ['99999999999', 59391],
    ] as const) {
      const header = decodeProxyHeader(text(`PROXY TCP4 192.0.2.1 192.0.2.2 ${word} 1\r\n`));
      assert.ok(typeof header === 'object' && header.kind === 'proxied');
      assert.equal(header.addresses.source.port, port);
    }
  });

  test('version 2 of other families is refused, of none is local', () => {
    for (const [family, expected] of [
      [0x12, 'malformed'],
      [0x31, 'malformed'],
      [0, 'local'],
    ] as const) {
      const bytes = encodeProxyV2(v4);
      bytes[13] = family;
      const header = decodeProxyHeader(bytes);
      assert.equal(typeof header === 'string' ? header : header.kind, expected);
    }
  });

  test('bytes from the network never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (input) => void decodeProxyHeader(input)),
    );
  });
});
