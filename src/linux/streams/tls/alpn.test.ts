import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseAlpn, encodeAlpn } from './alpn.ts';

test('the first of ours that is offered is chosen', () => {
  const ours = encodeAlpn(['http/1.1', 'http/1.0']);
  assert.equal(chooseAlpn(ours, encodeAlpn(['http/1.0', 'http/1.1'])), 0);
  assert.equal(chooseAlpn(ours, encodeAlpn(['h2', 'http/1.0'])), 9);
  assert.equal(chooseAlpn(ours, encodeAlpn(['h2'])), undefined);
  assert.equal(chooseAlpn(ours, Uint8Array.of()), undefined);
  assert.equal(chooseAlpn(ours, Uint8Array.of(200, 104)), undefined);
});
