import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES } from './codes.ts';

test('docs/errors.md lists every code with its severity and meaning, and no other', () => {
  const section = readFileSync('docs/errors.md', 'utf8').split('\n## A cluster\n')[1] ?? '';
  const listed = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const known = Object.entries(CODES).map(([code, { severity, meaning }]) => {
    return `| \`${code}\` | ${severity} | ${meaning} |`;
  });
  assert.deepEqual([...listed].sort(), known.sort());
});
