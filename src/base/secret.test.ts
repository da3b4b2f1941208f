import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from './secret.ts';

test('a secret shows in no text made of it', () => {
  const secret = new Secret('hunter2');
  const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)];
  for (const text of shown) assert(!text.includes('hunter2'), text);
  assert.equal(secret.reveal(), 'hunter2');
});

test('secrets are compared by what they hide', () => {
  assert(new Secret('a').equals(new Secret('a')));
  assert(!new Secret('a').equals(new Secret('b')));
});
