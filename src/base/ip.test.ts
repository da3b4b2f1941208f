import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareIp,
  type IpAddress,
  ipFamily,
  ipFromBytes,
  ipToBytes,
  isLinkLocal,
  isMulticast,
  parseIp,
} from './ip.ts';

const ip = (text: string): IpAddress => {
  const address = parseIp(text);
  assert(address !== undefined, text);
  return address;
};
const anyBytes = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Many zeros, so that runs of zero groups occur.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xff, 0xabcd), { minLength: 8, maxLength: 8 })
    .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))),
);

test('canonical text is that of RFC 5952', () => {
  const cases: [written: string, canonical: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['fe80::FF:fe00:a', 'fe80::ff:fe00:a'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::1.2.3.4', '::102:304'],
  ];
  for (const [written, canonical] of cases) assert.equal(parseIp(written), canonical, written);
});

test('what is no address is refused', () => {
  const refused = `|1.2.3|1.2.3.4.5|1.2.3.256|01.2.3.4|1.2.3.00|1..2.3|1.2.3.|.1.2.3|1.2.3.4 | 1.2.3.4
    |1.2.3.4/24|a.b.c.d|1.2.3.-4|1.2.3.+4|1.2.3.1e1|:|:::|::1::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9
    |1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8|1:2:3:4::5:6:7:8|12345::|g::|1:|:1|1:2:3:4:5:6:7:|fe80::1%eth0
    |::1.2.3|::1.2.3.4:5|1.2.3.4::|1:2:3:4:5:6:7:1.2.3.4|:1.2.3.4|::01.2.3.4|[::1]|::１`;
  for (const text of refused.split('|'))
    assert.equal(parseIp(text.replace(/\n\s+/, '')), undefined, text);
  assert.equal(parseIp(`::${'f'.repeat(100_000)}`), undefined);
});

test('bytes to text to bytes is the same', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const address = ipFromBytes(bytes);
      assert.deepEqual(ipToBytes(address), Uint8Array.from(bytes));
      assert.equal(parseIp(address), address);
      assert.equal(ipFamily(address), bytes.length === 4 ? 4 : 6);
    }),
  );
});

test('canonical IPv6 text is the one URLs have', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const address = ipFromBytes(bytes);
      fc.pre(ipFamily(address) === 6 && !address.includes('.'));
      assert.equal(new URL(`http://[${address}]/`).hostname, `[${address}]`);
    }),
  );
});

test('what is taken for an address is what Node takes for one', () => {
  const piece = fc.constantFrom(
    ':',
    ':',
    '::',
    '.',
    '0',
    '1',
    '12',
    'ff',
    'abcd',
    '255',
    '256',
    'g',
  );
  const text = fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join(''));
  const valid = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(fc.oneof(text, valid), (written) => {
      assert.equal(parseIp(written) !== undefined, isIPv4(written) || isIPv6(written), written);
    }),
    { numRuns: 3000 },
  );
});

test('only 4 or 16 bytes are an address, and only an address has bytes', () => {
  assert.throws(() => ipFromBytes(new Uint8Array(5)), RangeError);
  assert.throws(() => ipToBytes('192.0.2' as IpAddress), RangeError);
});

test('the order is numeric, IPv4 first', () => {
  const sorted = ['2.0.0.0', '10.0.0.0', '10.0.0.2', '10.0.0.10', '::1', '::a', 'fe80::1'].map(ip);
  assert.deepEqual(sorted.toReversed().sort(compareIp), sorted);
  assert.equal(compareIp(ip('10.0.0.1'), ip('10.0.0.1')), 0);
});

test('multicast and link-local addresses are told from others', () => {
  for (const text of ['224.0.0.0', '239.255.255.255', 'ff02::12']) assert(isMulticast(ip(text)));
  for (const text of ['223.255.255.255', '240.0.0.0', 'fe80::1']) assert(!isMulticast(ip(text)));
  for (const text of ['169.254.0.1', 'fe80::1', 'febf::']) assert(isLinkLocal(ip(text)));
  for (const text of ['169.253.0.1', 'fec0::', '2001:db8::']) assert(!isLinkLocal(ip(text)));
});
