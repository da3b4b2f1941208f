import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { macFromBytes, macToBytes, parseMac } from './mac.ts';

test('bytes to text to bytes is the same, for Ethernet and InfiniBand', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
    fc.uint8Array({ minLength: 20, maxLength: 20 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const text = macFromBytes(address);
      assert.deepEqual(macToBytes(text), Uint8Array.from(address));
      assert.equal(parseMac(text), text);
      assert.equal(parseMac(text.toUpperCase()), text);
    }),
  );
});

test('the text is lower case with two digits a byte', () => {
  assert.equal(macFromBytes(Uint8Array.of(0, 0, 0x5e, 0, 1, 0xab)), '00:00:5e:00:01:ab');
});

test('what is no hardware address is refused', () => {
  const refused = [
    '',
    '00',
    '0:1:2:3:4:5',
    '00-00-5e-00-01-33',
    '00:00:5e:00:01:',
    '00:00:5e:00:01:gg',
  ];
  for (const text of [...refused, ' 00:00:5e:00:01:33', '00:00:5e:00:01:33\n']) {
    assert.equal(parseMac(text), undefined, JSON.stringify(text));
  }
});
