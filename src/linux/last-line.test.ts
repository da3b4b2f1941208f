import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastLine } from './last-line.ts';

const of = (text: string) => lastLine(Buffer.from(text));

test('the last line that says something', () => {
  assert.equal(of('first\nsecond\n'), 'second');
  assert.equal(of('first\r\nsecond\r\n \t\n\n'), 'second');
  assert.equal(of('10 %\r50 %\r100 %'), '100 %');
  assert.equal(of(''), undefined);
  assert.equal(of(' \n\n'), undefined);
});

test('is one line of text, whatever it was', () => {
  assert.equal(of('\x1b[31mfailed\x07\x00'), '\\x1b[31mfailed\\x07\\x00');
  assert.equal(of('a\u202eb\u2028c'), 'a\\u{202e}b\\u{2028}c');
  assert.equal(lastLine(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb');
  assert.equal(of('größer 😀'), 'größer 😀');
});

test('is at most 200 characters long', () => {
  assert.equal(of('x'.repeat(200)), 'x'.repeat(200));
  assert.equal(of('x'.repeat(201)), `${'x'.repeat(199)}…`);
  assert.equal(of(`${'x'.repeat(197)}\x01\x01`), `${'x'.repeat(197)}…`);
});
