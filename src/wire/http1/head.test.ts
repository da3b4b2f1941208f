import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeRequestHead, decodeResponseHead } from './head.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));
const request = (text: string): ReturnType<typeof decodeRequestHead> =>
  decodeRequestHead(bytes(text));

describe('heads of requests', () => {
  test('names are in lower case, values without blanks around them', () => {
    assert.deepEqual(request('GET /a?b HTTP/1.1\r\nHost:  x \r\nX-A:\r\n\r\nrest'), {
      method: 'GET',
      target: '/a?b',
      version: '1.1',
      protocol: 'HTTP/1.1',
      headers: [
        ['host', 'x'],
        ['x-a', ''],
      ],
      length: 38,
    });
  });

  test('empty lines before it are skipped, a lone LF ends a line', () => {
    const head = request('\r\n\nGET / HTTP/1.0\nA: b\n\n');
    assert.ok(typeof head === 'object' && 'method' in head);
    assert.deepEqual(head.headers, [['a', 'b']]);
    assert.equal(head.version, '1.0');
  });

  test('lines that go on are one', () => {
    const head = request('GET / HTTP/1.1\r\nA: b\r\n c\r\n\td\r\n\r\n');
    assert.ok(typeof head === 'object' && 'method' in head);
    assert.deepEqual(head.headers, [['a', 'b   c  \td']]);
  });

  test('of a line that goes on only blanks and tabs are trimmed', () => {
    const head = request('GET / HTTP/1.1\r\nA: b\r\n \xa0\r\n\r\n');
    assert.ok(typeof head === 'object' && 'method' in head);
    assert.deepEqual(head.headers, [['a', 'b   \xa0']]);
  });

  test('a response may come with an empty line before it, in any pieces', () => {
    assert.equal(decodeResponseHead(bytes('\r')), 'incomplete');
    assert.equal(decodeResponseHead(bytes('\r\nHT')), 'incomplete');
    assert.deepEqual(decodeResponseHead(bytes('\r\nHX')), { error: 'start-line' });
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['GET / HTTP/1.1 \r\n\r\n', 'start-line'],
    ['PRI * HTTP/2.0\r\n\r\n', 'version'],
    ['GET /\r\n', 'start-line'],
    ['GET /\r\n\r\n', 'start-line'],
    ['GET / x HTTP/1.1\r\n\r\n', 'start-line'],
    ['G(T / HTTP/1.1\r\n\r\n', 'start-line'],
    ['GET / HTTP/0.9\r\n\r\n', 'version'],
    ['GET / HTTP/1.11\r\n\r\n', 'version'],
    ['GET / HTTP/1.1\r\nHost : x\r\n\r\n', 'header-name'],
    ['GET / HTTP/1.1\r\nno colon\r\n\r\n', 'header-name'],
    ['GET / HTTP/1.1\r\nA: b\r\n c\0d\r\n\r\n', 'header-value'],
    ['GET / HTTP/1.1\r\n: x\r\n\r\n', 'header-name'],
    ['GET / HTTP/1.1\r\n folded\r\n\r\n', 'header-name'],
    ['GET / HTTP/1.1\r\nA: b\0c\r\n\r\n', 'header-value'],
    ['GET / HTTP/1.1\r\nA: b\rB: c\r\n\r\n', 'line-end'],
    [`GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(102)}\r\n`, 'too-many-headers'],
  ];
  for (const [text, error] of wrong) {
    test(`${JSON.stringify(text.slice(0, 40))} is refused: ${error}`, () => {
      assert.deepEqual(request(text), { error });
    });
  }

  test('a part of one is incomplete, whatever part', () => {
    const whole = 'POST /x HTTP/1.1\r\nHost: y\r\nContent-Length: 3\r\n\r\n';
    for (let end = 0; end < whole.length; end++)
      assert.equal(request(whole.slice(0, end)), 'incomplete');
  });

  test('bytes from the network never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
        decodeRequestHead(input);
        decodeResponseHead(input);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('heads of responses', () => {
  test('with and without a reason', () => {
    const head = decodeResponseHead(bytes('HTTP/1.1 404 Not Found\r\n\r\n'));
    assert.ok(typeof head === 'object' && 'status' in head);
    assert.deepEqual([head.status, head.reason], [404, 'Not Found']);
    const bare = decodeResponseHead(bytes('HTTP/1.1 200\r\n\r\n'));
    assert.ok(typeof bare === 'object' && 'status' in bare);
    assert.equal(bare.reason, '');
  });

  test('what is none', () => {
    assert.deepEqual(decodeResponseHead(bytes('garbage\r\n\r\n')), { error: 'start-line' });
    assert.deepEqual(decodeResponseHead(bytes('HTTP/1.1 2 x\r\n\r\n')), { error: 'start-line' });
  });
});
