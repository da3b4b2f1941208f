import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES } from './codes.ts';
import { exitCode } from './exit-code.ts';

const ORIGINAL = {
  error: 'error',
  warning: 'warning',
  silent: 'nothing',
  varies: 'error or nothing',
};

test('docs/errors.md lists every code with its severity and meaning, and no other', () => {
  const section = readFileSync('docs/errors.md', 'utf8').split('\n## haproxy.cfg\n')[1] ?? '';
  const listed = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const known = Object.entries(CODES).map(([code, { severity, original, meaning }]) => {
    return `| \`${code}\` | ${severity} | ${ORIGINAL[original]} | ${meaning} |`;
  });
  assert.deepEqual([...listed].sort(), known.sort());
});

test('codes are kebab-case and meanings are sentences', () => {
  for (const [code, { meaning }] of Object.entries(CODES)) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^\S.*\.$/);
  }
});

test('the test of a configuration ends with 1 for errors, 2 where nothing listens', () => {
  const at = { file: 'f', line: 1, column: 1, message: '' };
  const warning = { ...at, code: 'no-bind', severity: 'warning' } as const;
  const listener = { ...at, code: 'no-listener', severity: 'info' } as const;
  const error = { ...at, code: 'unknown-keyword', severity: 'error' } as const;
  assert.equal(exitCode([]), 0);
  assert.equal(exitCode([warning]), 0);
  assert.equal(exitCode([warning, listener]), 2);
  assert.equal(exitCode([listener, error]), 1);
});
