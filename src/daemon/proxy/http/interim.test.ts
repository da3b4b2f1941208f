import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, WOULD_BLOCK } from '../../../ports/streams.ts';
import { decodeResponseHead, type ResponseHead } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';
import { isInterim, sendInterim } from './interim.ts';

const headOf = (text: string): ResponseHead => {
  const head = decodeResponseHead(Uint8Array.from(text, (each) => each.charCodeAt(0)));
  assert.ok(typeof head === 'object' && 'status' in head);
  return head;
};
const early = headOf('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
const TEXT = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';

/** A client that takes so many bytes at a time. */
function clientOf(takes: readonly number[], heard: string[]): ExchangeOptions {
  const left = [...takes];
  const send = (block: Block, from: number, to: number): number => {
    const most = left.shift() ?? 0;
    if (most === 0) return WOULD_BLOCK;
    const count = Math.min(most, to - from);
    heard.push(String.fromCharCode(...block.bytes.subarray(from, from + count)));
    return count;
  };
  const shared = { bytes: new Uint8Array(65_536) };
  return { client: { send }, traffic: { shared } } as unknown as ExchangeOptions;
}

test('101 and 200 are no interim responses', () => {
  assert.ok(isInterim(early));
  for (const status of [101, 200]) assert.ok(!isInterim(headOf(`HTTP/1.1 ${status} X\r\n\r\n`)));
});

test('what the client does not take goes before the next', () => {
  const heard: string[] = [];
  const options = clientOf([10, 0, 1000], heard);
  let left = sendInterim(options, early, '');
  assert.equal(left, TEXT.slice(10));
  left = sendInterim(options, early, left);
  assert.equal(left, TEXT.slice(10) + TEXT);
  assert.equal(sendInterim(options, early, left), '');
  assert.equal(heard.join(''), TEXT + TEXT + TEXT);
});

test('of many that are not taken only so many are kept', () => {
  const options = clientOf([], []);
  let left = '';
  for (let count = 0; count < 1000; count++) left = sendInterim(options, early, left);
  assert.ok(left.length <= 16_384);
  assert.equal(left.length % TEXT.length, 0);
});
