import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzKnownBlocks } from './known-blocks-fuzzer.ts';

test('150 files that are edited mean the same with what is known of the state before', () => {
  const { failures, knownCharacters } = fuzzKnownBlocks({ seed: 1, count: 150 });
  assert.deepEqual(failures, []);
  assert(knownCharacters > 10_000, `${knownCharacters} known characters`);
});
