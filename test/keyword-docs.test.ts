import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keywordDocs } from '../tools/keyword-docs.ts';

test('docs/keepalived-compatibility.md is what the keyword table says', () => {
  const written = readFileSync('docs/keepalived-compatibility.md', 'utf8');
  assert.equal(written, keywordDocs(), 'npm run keyword-docs writes it anew');
});
