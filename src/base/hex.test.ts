import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from './hex.ts';

test('every byte has two digits', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
  assert.equal(toHex(Uint8Array.of(0, 0x5e, 0xff), ':'), '00:5e:ff');
  assert.equal(toHex(new Uint8Array(0), ':'), '');
});
