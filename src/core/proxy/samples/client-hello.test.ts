import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClientHello, requestedName } from './client-hello.ts';

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const sized = (bytes: readonly number[], width: 1 | 2 | 3): number[] => [
  ...[16, 8, 0].slice(3 - width).map((shift) => (bytes.length >> shift) & 0xff),
  ...bytes,
];

function helloFor(name: string | undefined): number[] {
  const names = name === undefined ? [] : sized([0, ...sized(ascii(name), 2)], 2);
  const extension = name === undefined ? [] : [0, 0, ...sized(names, 2)];
  const alpn = [0, 16, ...sized(sized(sized(ascii('h2'), 1), 2), 2)];
  const random = Array.from({ length: 32 }, (_, index) => index);
  const fields = [3, 3, ...random, 0, ...sized([0x13, 1], 2), ...sized([0], 1)];
  return [1, ...sized([...fields, ...sized([...extension, ...alpn], 2)], 3)];
}

const inRecords = (message: readonly number[], size: number): Uint8Array => {
  const bytes: number[] = [];
  for (let at = 0; at < message.length; at += size)
    bytes.push(22, 3, 1, ...sized(message.slice(at, at + size), 2));
  return Uint8Array.from(bytes);
};

test('the name is found, also where the message comes in several records', () => {
  for (const size of [1000, 50, 7, 1])
    assert.equal(requestedName(inRecords(helloFor('a.test'), size)), 'a.test', `${size} a record`);
  assert.equal(requestedName(inRecords(helloFor(undefined), 1000)), undefined);
  const hello = readClientHello(inRecords(helloFor('a.test'), 1000));
  assert.deepEqual(hello, { version: 0x30003, serverName: 'a.test', alpn: 'h2' });
});

test('as long as it is not whole, more is waited for', () => {
  const bytes = inRecords(helloFor('a.test'), 40);
  for (let length = 0; length < bytes.length; length++)
    assert.equal(requestedName(bytes.subarray(0, length)), 'incomplete', `${length} bytes`);
});

test('what is no such message is not waited for', () => {
  const others = [ascii('GET / HTTP/1.1'), [22, 2, 0], [21, 3, 1, 0, 2, 2, 0], [22, 3, 1, 0, 0]];
  const huge = inRecords([1, 0xff, 0, 0, ...helloFor('a.test')], 1000);
  for (const bytes of [...others.map((it) => Uint8Array.from(it)), huge])
    assert.equal(requestedName(bytes), undefined);
});
