import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES } from './codes.ts';
import { exitClass } from './index.ts';

test('docs/errors.md lists every code with its severity and meaning, and no other', () => {
  const exits = { silent: '0', config: '5', security: '6', fatal: '4', parameter: '2' };
  const section = readFileSync('docs/errors.md', 'utf8').split('\n## keepalived.conf\n')[1] ?? '';
  const listed = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const known = Object.entries(CODES).map(([code, { severity, exit, meaning }]) => {
    return `| \`${code}\` | ${severity} | ${exits[exit]} | ${meaning} |`;
  });
  assert.deepEqual([...listed].sort(), known.sort());
});

test('codes are kebab-case and meanings are sentences', () => {
  for (const [code, { meaning }] of Object.entries(CODES)) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^\S.*\.$/);
  }
});

test('exit codes rank as those of keepalived -t', () => {
  const exit = (...codes: (keyof typeof CODES)[]): number =>
    exitClass(
      codes.map((code) => ({
        code,
        severity: CODES[code].severity,
        file: 'f',
        line: 1,
        column: 1,
        message: '',
      })),
    );
  assert.equal(exit(), 0);
  assert.equal(exit('not-yet', 'slash-comment-behind', 'script-timeout-over-interval'), 0);
  assert.equal(exit('config-unreadable'), 4);
  assert.equal(exit('unknown-keyword', 'not-yet'), 5);
  assert.equal(exit('unknown-keyword', 'scripts-unprotected'), 6);
  assert.equal(exit('unknown-keyword', 'missing-parameter', 'scripts-unprotected'), 2);
});
