import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { mentions } from './mentions.ts';

const WORDS = ['virtual_server', 'track_check'];

describe('whether a file mentions a word', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hft-mentions-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function asked(text: string): boolean {
    const file = join(folder, 'file');
    writeFileSync(file, text);
    return mentions(file, WORDS);
  }

  test('wherever it stands in a large one', () => {
    for (const word of WORDS) {
      for (const end of [0, 16_384, 32_768 - 13, 100_000]) {
        for (let before = Math.max(0, end - 20); before <= end + 20; before++) {
          assert(asked(`${'#'.repeat(before)}${word}\n`), `${word} behind ${before} bytes`);
        }
      }
    }
  });

  test('not where it does not, nor what cannot be read', () => {
    for (const text of ['', 'vrrp_instance VI_1 {\n', `${'virtual_serve_'.repeat(5000)}`]) {
      assert(!asked(text), text.slice(0, 20));
    }
    assert(!mentions(folder, WORDS));
    assert(!mentions(join(folder, 'none'), WORDS));
  });
});
