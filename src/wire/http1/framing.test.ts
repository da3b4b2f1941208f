import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createBodyReader } from './body.ts';
import { requestFraming, responseFraming } from './framing.ts';
import type { Header } from './head.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));
const request = (headers: readonly Header[]) => requestFraming({ headers });
const response = (status: number, headers: readonly Header[] = [], method = 'GET') =>
  responseFraming({ status, headers }, method);

describe('where a body ends', () => {
  test('of requests', () => {
    assert.deepEqual(request([]), { kind: 'none' });
    assert.deepEqual(request([['content-length', '5']]), { kind: 'length', bytes: 5 });
    assert.deepEqual(request([['transfer-encoding', 'Chunked']]), { kind: 'chunked' });
  });

  test('chunks come before a length', () => {
    const both: Header[] = [
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
    ];
    assert.deepEqual(request(both), { kind: 'chunked' });
  });

  const ambiguous: readonly (readonly Header[])[] = [
    [['content-length', '5, 6']],
    [
      ['content-length', '5'],
      ['content-length', '6'],
    ],
    [['content-length', '+5']],
    [['content-length', '0x5']],
    [['content-length', '']],
    [['content-length', '-1']],
    [['content-length', '9'.repeat(20)]],
    [['transfer-encoding', 'gzip, chunked, chunked']],
    [['transfer-encoding', 'chunked, chunked']],
    [['transfer-encoding', 'xchunked']],
    [['transfer-encoding', '']],
    [
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'identity'],
    ],
  ];
  for (const headers of ambiguous) {
    test(`${JSON.stringify(headers)} is refused`, () => {
      assert.equal(request(headers), 'malformed');
    });
  }

  test('chunks of what nobody here can read', () => {
    assert.equal(request([['transfer-encoding', 'gzip, chunked']]), 'unprocessable');
    assert.equal(response(200, [['transfer-encoding', 'gzip, chunked']]), 'malformed');
  });

  test('of responses', () => {
    const length: Header[] = [['content-length', '5']];
    assert.deepEqual(response(200, length), { kind: 'length', bytes: 5 });
    assert.deepEqual(response(200, length, 'HEAD'), { kind: 'none' });
    assert.deepEqual(response(204, length), { kind: 'none' });
    assert.deepEqual(response(304, length), { kind: 'none' });
    assert.deepEqual(response(100), { kind: 'none' });
    assert.deepEqual(response(101), { kind: 'tunnel' });
    assert.deepEqual(response(200), { kind: 'until-close' });
    assert.deepEqual(response(200, [], 'CONNECT'), { kind: 'tunnel' });
    assert.deepEqual(response(99, [['content-length', '0']]), { kind: 'none' });
    assert.equal(response(99, length), 'malformed');
    assert.equal(response(99), 'malformed');
  });
});

describe('chunks', () => {
  const whole = '5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n';

  test('end after the trailers, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const reader = createBodyReader({ kind: 'chunked' });
        const input = bytes(`${whole}GET`);
        let at = 0;
        for (let turn = 0; !reader.isComplete && at < input.length; turn++) {
          const to = Math.min(input.length, at + (sizes[turn % sizes.length] ?? 1));
          at = reader.read(input, at, to);
          assert.ok(at >= 0);
        }
        assert.equal(at, whole.length);
        assert.ok(reader.isComplete);
      }),
    );
  });

  test('lose extensions; names of trailers are in lower case', () => {
    const input = bytes('5 ;x="y"\r\nhello\r\n2\t\r\nok\r\n0;z\r\nX-Sum: A\r\n\r\nrest');
    for (const first of [0, 3, 11, 20, 34, input.length]) {
      const reader = createBodyReader({ kind: 'chunked' });
      let text = '';
      for (const part of [input.slice(0, first), input.slice(first)]) {
        reader.read(part, 0, part.length);
        text += String.fromCharCode(...part.subarray(0, reader.written));
      }
      assert.equal(text, '5\r\nhello\r\n2\r\nok\r\n0\r\nx-sum: A\r\n\r\n');
    }
  });

  for (const text of [
    '\r\n',
    '5 x\r\n',
    '0\r\nA\r\n',
    '0\r\nA : b\r\n',
    '0\r\nA: b\r\n c\r\n',
    '0\r\n: b\r\n',
    'g\r\n',
    '5 \n',
    '1\r\nab\r\n',
    '1\r\na\n',
    '0\r\nA\0: b\r\n',
    '123456789\r\n',
    '1\nx',
  ]) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const input = bytes(text);
      assert.equal(createBodyReader({ kind: 'chunked' }).read(input, 0, input.length), -1);
    });
  }
});
