import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../../../wire/http1/head.ts';
import { countedHead, fitsBuffer } from './accounting.ts';

const one: Header[] = [['x', 'y']];

test('a head counts its words, names and values, but not who keeps the connection', () => {
  const headers: Header[] = [...one, ['connection', 'close']];
  assert.equal(countedHead(['GET', '/', 'HTTP/1.1'], headers), 20 + 12 + 2 + 1);
});

test('a head fits a buffer with what rules may add', () => {
  const plain = { bufferSize: 16_384, rewriteReserve: 1024 };
  assert.ok(fitsBuffer(15_312 - 24, one, plain));
  assert.ok(!fitsBuffer(15_312 - 23, one, plain));
  assert.ok(fitsBuffer(15_312 + 1024 - 24, one, { ...plain, rewriteReserve: 0 }));
  // Never more than half of the buffer.
  assert.ok(fitsBuffer(1024 - 48 - 24, one, { bufferSize: 2048, rewriteReserve: 4096 }));
  assert.ok(!fitsBuffer(1024 - 47 - 24, one, { bufferSize: 2048, rewriteReserve: 4096 }));
});
