import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../../../wire/http1/head.ts';
import { framedHeaders } from './framed.ts';

const host: Header = ['host', 'a'];
const length: Header = ['content-length', '5'];
const chunked: Header = ['transfer-encoding', 'Chunked'];

test('headers that are right stay as they are', () => {
  for (const [headers, framing] of [
    [[host, length], { kind: 'length', bytes: 5 }],
    [[['content-length', '005']], { kind: 'length', bytes: 5 }],
    [[chunked, host], { kind: 'chunked' }],
    [[host], { kind: 'none' }],
    [[host], { kind: 'until-close' }],
  ] as const)
    assert.equal(framedHeaders(headers, framing), headers);
});

test('what rules took away or changed is put back', () => {
  const five = { kind: 'length', bytes: 5 } as const;
  assert.deepEqual(framedHeaders([host], five), [host, length]);
  assert.deepEqual(framedHeaders([['content-length', '99'], host], five), [host, length]);
  assert.deepEqual(framedHeaders([length, chunked], five), [length]);
  const put: Header = ['transfer-encoding', 'chunked'];
  assert.deepEqual(framedHeaders([length, host], { kind: 'chunked' }), [host, put]);
  assert.deepEqual(framedHeaders([length, chunked, host], { kind: 'none' }), [host]);
});
