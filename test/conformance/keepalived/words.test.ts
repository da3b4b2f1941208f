import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BLOCKS } from '../../../src/config/keepalived/grammar/blocks.ts';
import type { BlockName } from '../../../src/config/keepalived/grammar/keyword.ts';

const lines = readFileSync('test/conformance/keepalived/words.txt', 'utf8').split('\n');

test('every keyword of keepalived is in the table, and nothing else but what is ours', () => {
  const listed = new Set<string>();
  for (const line of lines) {
    const [, block, words = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (block === undefined) continue;
    for (const word of words.split(' ')) {
      listed.add(`${block} ${word}`);
      assert(BLOCKS[block as BlockName].has(word), `${block} ${word}`);
    }
  }
  assert(listed.size > 300, `${listed.size} words`);
  for (const block of VRRP_BLOCKS) {
    for (const { name, since } of BLOCKS[block].values()) {
      assert(since === 'holdfast' || listed.has(`${block} ${name}`), `${block} ${name}`);
    }
  }
});

const VRRP_BLOCKS: readonly BlockName[] = [
  'root',
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'vrrp_track_process',
  'track_file',
  'bfd_instance',
  'garp_group',
  'track_group',
  'authentication',
  'auth_hmac',
];
