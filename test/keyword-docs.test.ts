import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { haproxyDocs } from '../tools/haproxy-docs.ts';
import { keywordDocs } from '../tools/keyword-docs.ts';

test('docs/keepalived-compatibility.md is what the keyword table says', () => {
  const written = readFileSync('docs/keepalived-compatibility.md', 'utf8');
  assert.equal(written, keywordDocs(), 'npm run keyword-docs writes it anew');
});

test('docs/haproxy-compatibility.md is what the keyword tables say', () => {
  const written = readFileSync('docs/haproxy-compatibility.md', 'utf8');
  assert.equal(written, haproxyDocs(), 'npm run haproxy-docs writes it anew');
});
