import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPage } from './error-page.ts';

test('a page goes on as a response, under the status for which it stands', () => {
  const text = 'HTTP/1.0 404 No\nX-A: b\nContent-Length: 99\nConnection: close\n\nnothing';
  assert.deepEqual(errorPage(text, 503), {
    status: 503,
    line: { version: '1.0', code: '404', reason: 'No' },
    headers: [
      ['x-a', 'b'],
      ['content-length', '7'],
    ],
    body: 'nothing',
    after: 'close',
    countedBesides: 'connectionclose'.length,
  });
  assert.equal(errorPage(text, 503), errorPage(text, 503));
});

test('a page without a length ends with the connection', () => {
  assert.equal(errorPage('HTTP/1.1 503 Sorry\r\n\r\nsorry', 503).after, 'close');
  assert.equal(errorPage('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n', 503).after, 'go-on');
});

test('no page: nothing is sent', () => {
  const { raw, after } = errorPage('', 503);
  assert.deepEqual([raw, after], ['', 'close']);
});
