import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../base/hex.ts';
import { isIntact, sumWords } from './checksum.ts';
import { decodeEchoReply, encodeEchoRequest } from './icmp-echo.ts';

const payload = new TextEncoder().encode('hello');

test('a request has its type; for IPv4 also its sum', () => {
  const echo = { identifier: 0x1234, sequence: 1, payload };
  const four = encodeEchoRequest(4, echo);
  assert.equal(toHex(four.subarray(0, 2)), '0800');
  assert(isIntact(sumWords(four)));
  assert.equal(toHex(encodeEchoRequest(6, echo)), '800000001234000168656c6c6f');
});

test('a reply is read; a request, an error and what is shorter are none', () => {
  const echo = fc.record({
    identifier: fc.nat(0xffff),
    sequence: fc.nat(0xffff),
    payload: fc.uint8Array({ maxLength: 70 }),
  });
  fc.assert(
    fc.property(echo, fc.constantFrom(4 as const, 6 as const), (made, family) => {
      const sent = { ...made };
      const message = encodeEchoRequest(family, sent);
      assert.deepEqual(decodeEchoReply(family, message), { ok: false, reason: 'no-reply' });
      message[0] = family === 4 ? 0 : 129;
      assert.deepEqual(decodeEchoReply(family, message), { ok: true, value: sent });
      message[1] = 1;
      assert.deepEqual(decodeEchoReply(family, message), { ok: false, reason: 'no-reply' });
      const short = message.subarray(0, 7);
      assert.deepEqual(decodeEchoReply(family, short), { ok: false, reason: 'short' });
    }),
  );
});
