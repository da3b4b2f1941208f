import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { createMemoryFiles } from './files.ts';
import { BIND_OPTIONS } from './grammar/bind-options.ts';
import { GLOBAL_KEYWORDS } from './grammar/global-keywords.ts';
import { PROXY_KEYWORDS } from './grammar/proxy-keywords.ts';
import { SECTION_NAMES } from './grammar/sections.ts';
import { SERVER_OPTIONS } from './grammar/server-options.ts';
import { readHaproxy } from './index.ts';
import { splitLine } from './text/words.ts';

const words = [
  ...[...GLOBAL_KEYWORDS, ...PROXY_KEYWORDS, ...BIND_OPTIONS, ...SERVER_OPTIONS].map(
    ({ name }) => name,
  ),
  ...SECTION_NAMES.map((name) => `\n${name}`),
  ...[
    '"',
    "'",
    '\\',
    '#',
    '\\x',
    '{',
    '}',
    '(',
    ')',
    ',',
    '!',
    '%[',
    `"\${A}"`,
    `"\${A[*]}"`,
    '$A',
  ],
  ...[
    '\n.if 1',
    '\n.else',
    '\n.endif',
    'if',
    'unless',
    'or',
    'TRUE',
    'src',
    'path_beg',
    '-f',
    '-i',
  ],
  ...['10.0.0.1:80', '*:80', ':80', '/run/x', 'fd@3', '1s', '300', '-1', '1.5', 'x', '標識'],
  ...['\n', '\n', '\n', '\t', '\r\n', '\0', '\uFEFF'],
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })), { maxLength: 80 })
  .map((parts) => parts.join(' '));

function check(text: string): void {
  const files = createMemoryFiles({ f: text });
  const reading = readHaproxy({ paths: ['f'], files, environment: { A: 'a b' } });
  const lines = text.split('\n').length;
  for (const diagnostic of reading.diagnostics) {
    const { line, column } = diagnostic;
    assert(Number.isInteger(line) && line >= 1 && line <= lines, formatDiagnostic(diagnostic));
    assert(Number.isInteger(column) && column >= 1, formatDiagnostic(diagnostic));
  }
}

test('no soup of keywords makes the reader throw', () => {
  fc.assert(fc.property(soup, check), { numRuns: 400 });
});

test('no text at all makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), { numRuns: 400 });
});

test('text in single quotes is one word, whatever it holds', () => {
  const plain = fc.string({ maxLength: 30 }).filter((text) => !/['\n]/.test(text));
  fc.assert(
    fc.property(plain, (text) => {
      const split = splitLine(`'${text}'`, () => undefined);
      assert.deepEqual(
        split.words.map((word) => word.text),
        [text],
      );
    }),
  );
});

test('a large text that is none of ours is read in a breath', () => {
  const started = process.hrtime.bigint();
  check('server x y z\n'.repeat(20_000));
  check(`frontend f\n${' nonsense here\n'.repeat(20_000)}`);
  check(`listen l\n${' server s 10.0.0.1:80 check\n'.repeat(20_000)}`);
  const elapsedMs = Number(process.hrtime.bigint() - started) / 1e6;
  assert(elapsedMs < 10_000, `${elapsedMs} ms`);
});
