import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../base/hex.ts';
import { decodeDnsAnswer, dnsRcodeName, encodeDnsQuery } from './dns.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

// Recorded of keepalived 2.2.7, but for the one with a dot at the end, of which it makes the root.
const queries = [
  ['A', 'www.example.com', '7ada0100000100000000000003777777076578616d706c6503636f6d0000010001'],
  ['A', 'www.example.com.', '7ada0100000100000000000003777777076578616d706c6503636f6d0000010001'],
  ['NS', '.', '7ada010000010000000000000000020001'],
  ['CNAME', '.', '7ada010000010000000000000000050001'],
  ['SOA', '.', '7ada010000010000000000000000060001'],
  ['MX', '.', '7ada0100000100000000000000000f0001'],
  ['TXT', '.', '7ada010000010000000000000000100001'],
  ['AAAA', '.', '7ada0100000100000000000000001c0001'],
  ['RRSIG', '.', '7ada0100000100000000000000002e0001'],
  ['DNSKEY', '.', '7ada010000010000000000000000300001'],
] as const;

test('a query has the bytes that keepalived sends', () => {
  for (const [recordType, name, expected] of queries) {
    const query = encodeDnsQuery({ id: 0x7ada, name, recordType });
    assert(query.ok);
    assert.equal(toHex(query.value), expected);
  }
});

test('names that DNS cannot carry are refused', () => {
  const reasons = [
    ['a..b', 'empty-label'],
    ['..', 'empty-label'],
    ['.a', 'empty-label'],
    ['x'.repeat(64), 'long-label'],
    [`${'x'.repeat(63)}.`.repeat(4), 'long-name'],
    // 65 bytes in UTF-8.
    [`x${'é'.repeat(32)}`, 'long-label'],
  ] as const;
  for (const [name, reason] of reasons) {
    const query = encodeDnsQuery({ id: 1, name, recordType: 'A' });
    assert.deepEqual(query, { ok: false, reason });
  }
  const longest = `${`${'x'.repeat(63)}.`.repeat(3)}${'x'.repeat(61)}`;
  assert(encodeDnsQuery({ id: 1, name: longest, recordType: 'A' }).ok);
});

test('the header of an answer is read; a query and what is shorter are none', () => {
  const answer = decodeDnsAnswer(bytes('7ada818300010002000000ff'));
  assert.deepEqual(answer, {
    ok: true,
    value: { id: 0x7ada, rcode: 3, length: 'whole', answers: 2 },
  });
  const truncated = decodeDnsAnswer(bytes('7ada83800001000000000000'));
  assert(truncated.ok && truncated.value.length === 'truncated');
  const query = decodeDnsAnswer(bytes('7ada01000001000000000000'));
  assert.deepEqual(query, { ok: false, reason: 'no-answer' });
  // A notification.
  const notice = decodeDnsAnswer(bytes('7adaa4000001000000000000'));
  assert.deepEqual(notice, { ok: false, reason: 'no-answer' });
  const short = decodeDnsAnswer(bytes('7ada818000010002000000'));
  assert.deepEqual(short, { ok: false, reason: 'short' });
});

test('codes have the names of RFC 1035', () => {
  assert.deepEqual([0, 3, 5, 9].map(dnsRcodeName), ['NOERROR', 'NXDOMAIN', 'REFUSED', 'RCODE9']);
});
