import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1, writeLatin1 } from '../../wire/http1/head.ts';
import { readText, writeText } from './native-text.ts';

test('Node copies each byte to one character and back, as is done by hand', () => {
  const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
  for (const [from, to] of [
    [0, 512],
    [3, 300],
    [7, 7],
  ] as const) {
    const text = readText(bytes, from, to);
    assert.equal(text, latin1(bytes, from, to));
    const [ours, theirs] = [new Uint8Array(520), new Uint8Array(520)];
    assert.equal(writeText(text, ours, 5), writeLatin1(text, theirs, 5));
    assert.deepEqual(ours, theirs);
  }
});
