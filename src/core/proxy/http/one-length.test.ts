import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../../../wire/http1/head.ts';
import { withOneLength } from './one-length.ts';

const host: Header = ['host', 'a'];
const last: Header = ['x-a', 'b'];

test('one length is left as it is', () => {
  const headers: Header[] = [host, ['content-length', '5'], last];
  assert.equal(withOneLength(headers), headers);
  assert.equal(withOneLength([host]).length, 1);
});

test('equal lengths are one, where the first stood', () => {
  const twice: Header[] = [host, ['content-length', '5'], last, ['content-length', '5']];
  assert.deepEqual(withOneLength(twice), [host, ['content-length', '5'], last]);
  const listed: Header[] = [host, ['content-length', '5 , 5'], last];
  assert.deepEqual(withOneLength(listed), [host, ['content-length', '5'], last]);
});

test('beside chunks there is none', () => {
  const both: Header[] = [['content-length', '5'], ['transfer-encoding', 'chunked'], last];
  assert.deepEqual(withOneLength(both), both.slice(1));
});
