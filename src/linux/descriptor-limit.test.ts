import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDescriptorLimit, readDescriptorLimit } from './descriptor-limit.ts';

test('the limit of descriptors is the soft one', { skip: process.platform !== 'linux' }, () => {
  const line = (soft: string) =>
    `Max processes  9  9  processes\nMax open files   ${soft}   4096   files`;
  assert.equal(parseDescriptorLimit(line('1024')), 1024);
  assert.equal(parseDescriptorLimit(line('unlimited')), Number.MAX_SAFE_INTEGER);
  assert.equal(parseDescriptorLimit(''), 256);
  assert(readDescriptorLimit() >= 256);
});
