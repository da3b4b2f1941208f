import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpHead, HttpHeadReader } from './http.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (piece: Uint8Array) => new TextDecoder().decode(piece);

function read(...pieces: readonly string[]): HttpHead {
  const reader = new HttpHeadReader();
  let head: HttpHead = { kind: 'incomplete' };
  for (const piece of pieces) {
    assert.equal(head.kind, 'incomplete');
    head = reader.push(bytes(piece));
  }
  return head;
}

test('the head ends at the empty line, wherever it is cut', () => {
  const answer = 'HTTP/1.1 404 Not Found\r\nX: \r\r\n\r\nbody\r\n\r\n';
  for (let cut = 0; cut <= answer.indexOf('body') - 1; cut++) {
    const head = read(answer.slice(0, cut), answer.slice(cut));
    assert(head.kind === 'head');
    assert.equal(head.status, 404);
    assert.equal(text(head.rest), 'body\r\n\r\n');
  }
  const single = read(...answer.slice(0, answer.indexOf('body')));
  assert(single.kind === 'head' && single.rest.length === 0);
});

test('what is no status line is malformed', () => {
  const malformed = { kind: 'malformed', reason: 'status-line' };
  for (const line of [
    '',
    'HTTP/1.0',
    'HTTP/1.0 200',
    'HTTP/1.0 2000 OK',
    'HTTP/1.0 099 OK',
    'x y z',
  ]) {
    assert.deepEqual(read(`${line}\r\n\r\n`), malformed, line);
  }
});

test('a head without an end is not read for ever', () => {
  assert.deepEqual(read('HTTP/1.0 200 OK\r\n', 'x'.repeat(70_000)), {
    kind: 'malformed',
    reason: 'too-long',
  });
});
