import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findLayeringBreaches, layerOf } from '../tools/layering.ts';
import { blankOut, listImports } from '../tools/source-text.ts';

// The house rules that neither the type check nor the linter can see.

const softLinesMax = 400;
const hardLinesMax = 600;
const testLinesMax = 1000;
const columnsMax = 120;

const skippedFolders = new Set(['node_modules', 'dist', '.git']);
/** Node demands a default export of these. */
const defaultExports = new Set(['tools/test-reporter.ts']);

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // `.git` is a file in a worktree.
    if (skippedFolders.has(entry.name)) return [];
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

const files = listFiles('.');
const sources = files
  .filter((file) => /^(?:src|test|tools|bench)\/.*\.(?:ts|mjs)$/.test(file))
  .map((file) => {
    const text = readFileSync(file, 'utf8');
    const isTest = file.endsWith('.test.ts') || file.startsWith('test/');
    return { file, text, isTest, code: blankOut(text, 'comments-and-text') };
  });

/** Where a pattern occurs in the code, as `file:line: text`. */
function occurrences(source: { file: string; code: string }, pattern: RegExp): string[] {
  return source.code.split('\n').flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`${source.file}:${index + 1}: ${found[0].trim()}`];
  });
}

function none(found: readonly string[], advice: string): void {
  assert.ok(found.length === 0, `${advice}\n${found.join('\n')}`);
}

describe('tidy', () => {
  test('folders import only what their layer may', () => {
    const breaches = sources
      .filter(({ file }) => file.startsWith('src/'))
      .flatMap(({ file, text }) => findLayeringBreaches(file.slice('src/'.length), text));
    none(breaches, 'the layers are in tools/layering.ts, their reasons in ARCHITECTURE.md:');
  });

  test('nothing in src/ imports from test/, tools/ or bench/', () => {
    const found = sources
      .filter(({ file }) => file.startsWith('src/'))
      .flatMap(({ file, text }) =>
        listImports(text)
          .filter(({ specifier }) => /^(?:\.\.\/)+(?:test|tools|bench)\//.test(specifier))
          .map(({ specifier }) => `${file}: ${specifier}`),
      );
    none(found, 'what unit tests share lies beside them:');
  });

  test('pure folders take time, chance and IO as inputs', () => {
    const impure = [
      /(?<![.\w])(?:Date|Promise|console|performance|globalThis)\b(?!\s*[:?])/,
      /(?<![.\w])Math\.random\b/,
      /(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
      /(?<![.\w])(?:async|await)\s/,
      /(?<![.\w])process\s*[.[]/,
    ];
    const found = sources
      .filter(({ file, isTest }) => file.startsWith('src/') && !isTest)
      .filter(({ file }) => layerOf(file.slice('src/'.length))?.purity === 'pure')
      .flatMap((source) => impure.flatMap((pattern) => occurrences(source, pattern)));
    none(found, 'pure code has none of these:');
  });

  test('files are short enough to be one idea', () => {
    const listed: Record<string, number> = JSON.parse(readFileSync('test/long-files.json', 'utf8'));
    const lengths = new Map(sources.map(({ file, text }) => [file, text.split('\n').length - 1]));
    const found: string[] = [];
    for (const { file, isTest } of sources) {
      const lines = lengths.get(file) ?? 0;
      const hard = isTest ? testLinesMax : hardLinesMax;
      if (lines > hard) found.push(`${file}: ${lines} lines, at most ${hard}`);
      else if (!isTest && lines > Math.max(softLinesMax, listed[file] ?? 0)) {
        found.push(`${file}: ${lines} lines; above ${softLinesMax} it needs an entry`);
      }
    }
    for (const file of Object.keys(listed)) {
      if ((lengths.get(file) ?? 0) <= softLinesMax)
        found.push(`${file}: no longer needs its entry`);
    }
    none(found, 'split these, or set their length in test/long-files.json, where it only falls:');
  });

  test('lines fit', () => {
    const found = sources.flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, index) => {
        const isTooLong = line.length > columnsMax;
        return isTooLong && !/https?:\/\//.test(line)
          ? [`${file}:${index + 1}: ${line.length}`]
          : [];
      }),
    );
    none(found, `at most ${columnsMax} columns, comments and text too:`);
  });

  test('no default exports, enums or namespaces', () => {
    const found = sources
      .filter(({ file }) => !defaultExports.has(file))
      .flatMap((source) => [
        ...occurrences(source, /^\s*export\s+default\b/),
        ...occurrences(source, /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/),
        ...occurrences(source, /^\s*(?:export\s+)?namespace\s+\w/),
      ]);
    none(found, 'use named exports, unions of string literals and modules:');
  });

  test('nothing is left open, and no machine or registry is named', () => {
    // Written apart, so that this file does not name them.
    const openMark = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
    const machine = ['/wo' + 'rk/', '/fa' + 'rm/', 'bash' + '_jobs', '/home/(?!\\w+/\\.)\\w+/'];
    const registry = ['registry\\.np' + 'm[a-z]*\\.', 'deb\\.deb' + '[a-z]*\\.'];
    const named = new RegExp([...machine, ...registry].join('|'));
    const found = files
      .filter((file) => !/\.(?:png|svg|pcap|bin|gz|txt\.gz)$/.test(file))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line, index) => {
            const hit = openMark.exec(line) ?? named.exec(line);
            return hit === null ? [] : [`${file}:${index + 1}: ${hit[0]}`];
          }),
      );
    none(found, 'finish it, or take it out:');
  });
});

describe('tidy reads TypeScript', () => {
  test('blanks out comments and text, but not the code in templates', () => {
    const source = [
      "const a = 'Date'; // Date",
      '/* Date',
      ' */ const b = `Date $' + '{Date.now() + `$' + '{{ c: 1 }.c} Date`} Date`;',
      "const r = /['Date]/g; const d = 4 / 2; const e = 'x' / 2;",
    ].join('\n');
    const code = blankOut(source, 'comments-and-text');
    assert.equal(code.length, source.length);
    assert.equal(code.match(/Date/g)?.length, 1);
    assert.match(code, /const d = 4 \/ 2; const e = ' ' \/ 2;/);
    assert.equal(blankOut(source, 'comments').match(/Date/g)?.length, 6);
  });

  test('finds every kind of import', () => {
    const source = [
      "import './a.ts';",
      "import { b } from './b.ts';",
      "import type { C } from './c.ts';",
      'import {',
      '  type D,',
      '  type E,',
      "} from './d.ts';",
      "export { f } from './f.ts';",
      "export const g = 'g'; // from './no.ts'",
      "const h = await import('./h.ts');",
      "// import { i } from './i.ts';",
    ].join('\n');
    assert.deepEqual(
      listImports(source).map(({ specifier, isTypeOnly }) => [specifier, isTypeOnly]),
      [
        ['./a.ts', false],
        ['./b.ts', false],
        ['./c.ts', true],
        ['./d.ts', true],
        ['./f.ts', false],
        ['./h.ts', false],
      ],
    );
  });

  const cases: [file: string, source: string, breaches: number][] = [
    ['base/a.ts', "import { b } from './b.ts';", 0],
    ['base/a.ts', "import { b } from '../wire/b.ts';", 1],
    ['core/vrrp/a.ts', "import type { b } from '../../wire/b.ts';", 0],
    ['core/vrrp/a.ts', "import { b } from '../../wire/b.ts';", 1],
    ['core/vrrp/a.ts', "import { b } from '../proxy/b.ts';", 0],
    ['core/vrrp/a.ts', "import { b } from '../../proxy/b.ts';", 1],
    ['core/vrrp/a.ts', "import { b } from '../../config/model/b.ts';", 0],
    ['core/vrrp/a.ts', "import { b } from '../../config/keepalived/b.ts';", 1],
    ['core/vrrp/a.ts', "import fs from 'node:fs';", 1],
    ['core/vrrp/a.test.ts', "import assert from 'node:assert/strict';", 0],
    ['config/model/a.ts', "import { b } from '../keepalived/b.ts';", 1],
    ['config/keepalived/a.ts', "import { b } from '../model/b.ts';", 0],
    ['linux/a.ts', "import koffi from 'koffi';", 1],
    ['linux/ffi/a.ts', "import koffi from 'koffi';", 0],
    ['linux/a.ts', "import { b } from '../core/b.ts';", 1],
    ['linux/a.ts', "import type { b } from '../core/b.ts';", 0],
    ['linux/a.ts', "import type { b } from '../probe/b.ts';", 1],
    ['linux/a.ts', "import { b } from './ffi/b.ts';", 0],
    ['lab/a.ts', "import { b } from '../linux/ffi/b.ts';", 0],
    ['lab/a.ts', "import { b } from '../core/b.ts';", 1],
    ['cli/a.ts', "import { b } from '../linux/b.ts';", 1],
    ['daemon/a.ts', "import { b } from '../linux/b.ts';", 0],
    ['ports/a.ts', "import { b } from '../base/b.ts';", 1],
    ['main.ts', "import { b } from './cli/b.ts';", 0],
    ['elsewhere/a.ts', '', 1],
  ];
  for (const [file, source, breaches] of cases) {
    test(`layering: ${file}: ${source || '(nothing)'}`, () => {
      assert.equal(findLayeringBreaches(file, source).length, breaches);
    });
  }
});
