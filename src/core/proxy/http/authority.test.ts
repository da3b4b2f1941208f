import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeRequestHead, type RequestHead } from '../../../wire/http1/head.ts';
import { withOneHost } from './authority.ts';

function request(line: string, ...hosts: readonly string[]): RequestHead {
  const lines = [line, ...hosts.map((host) => `Host: ${host}`), '', ''].join('\r\n');
  const head = decodeRequestHead(Uint8Array.from(lines, (each) => each.charCodeAt(0)));
  assert.ok(typeof head === 'object' && 'method' in head);
  return head;
}

const settled = (line: string, ...hosts: readonly string[]): string | undefined => {
  const head = withOneHost(request(line, ...hosts));
  return head && [head.target, ...head.headers.map(([, value]) => value)].join(' ');
};

describe('the host of a request', () => {
  test('stays as it is where there is one', () => {
    const plain = request('GET /x HTTP/1.1', 'a:80');
    assert.equal(withOneHost(plain), plain);
    assert.equal(settled('OPTIONS * HTTP/1.1', 'a'), '* a');
  });

  const one: readonly (readonly [string, readonly string[], string])[] = [
    ['GET / HTTP/1.1', ['a', 'A'], '/ a'],
    ['GET http://a:80/x?y HTTP/1.1', ['a'], 'http://a/x?y a'],
    ['GET https://a:443/x HTTP/1.1', ['a:443'], 'https://a/x a'],
    ['GET https://a:80/x HTTP/1.1', ['a:80'], 'https://a:80/x a:80'],
    ['CONNECT a:443 HTTP/1.1', ['a:443'], 'a:443 a'],
    ['CONNECT [::1]:8443 HTTP/1.1', ['[::1]:8443'], '[::1]:8443 [::1]:8443'],
    ['CONNECT a:80 HTTP/1.1', [], 'a:80'],
  ];
  for (const [line, hosts, wanted] of one)
    test(`${line} for ${hosts.join(' and ')}`, () => {
      assert.equal(settled(line, ...hosts), wanted);
    });

  const two: readonly (readonly [string, readonly string[]])[] = [
    ['GET / HTTP/1.1', ['a', 'a', 'b']],
    ['GET http://a/x HTTP/1.1', ['b']],
    ['CONNECT a:443 HTTP/1.1', ['b']],
    ['CONNECT a HTTP/1.1', ['a']],
    ['CONNECT /x HTTP/1.1', ['a']],
    ['GET x HTTP/1.1', ['a']],
  ];
  for (const [line, hosts] of two)
    test(`${line} for ${hosts.join(' and ')} is refused`, () => {
      assert.equal(settled(line, ...hosts), undefined);
    });
});
