import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, ipToBytes } from '../base/ip.ts';
import { checksumOf, foldSum, isIntact, pseudoHeaderSum, sumWords } from './checksum.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

test('the example of RFC 1071 §3', () => {
  const sum = sumWords(bytes('0001f203f4f5f6f7'));
  assert.equal(sum, 0x2ddf0);
  assert.equal(foldSum(sum), 0xddf2);
  assert.equal(checksumOf(sum), 0x220d);
});

test('an odd last byte is the high half of a word', () => {
  assert.equal(sumWords(bytes('0102ff')), 0x0102 + 0xff00);
  assert.equal(sumWords(bytes('aa0102ff'), 5, 1, 3), 5 + 0x0102);
});

test('sums of the largest packets do not overflow', () => {
  assert.equal(foldSum(sumWords(new Uint8Array(65_536).fill(0xff), 0xffff_ffff)), 0xffff);
});

test('a pseudo header counts addresses, protocol and length', () => {
  const source = ipToBytes('192.0.2.1' as IpAddress);
  const destination = ipToBytes('224.0.0.18' as IpAddress);
  const written = bytes('c0000201e00000120070000c');
  assert.equal(pseudoHeaderSum(source, destination, 112, 12), sumWords(written));
});

test('whatever the bytes, the checksum put in makes them intact, and one changed word breaks it', () => {
  const packet = fc.uint8Array({ minLength: 4, maxLength: 64 });
  fc.assert(
    fc.property(packet, fc.nat(63), fc.integer({ min: 1, max: 254 }), (content, at, change) => {
      const whole = Uint8Array.from(content);
      whole.set([0, 0], 2);
      const checksum = checksumOf(sumWords(whole));
      whole.set([checksum >> 8, checksum & 0xff], 2);
      assert(isIntact(sumWords(whole)));
      const index = at % whole.length;
      whole[index] = ((whole[index] ?? 0) + change) & 0xff;
      assert(!isIntact(sumWords(whole)));
    }),
  );
});
