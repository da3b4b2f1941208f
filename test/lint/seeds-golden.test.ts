import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { lint } from '../../src/config/lint/index.ts';
import type { Finding } from '../../src/config/lint/types.ts';
import { ALL, INVISIBLE, KNOWN } from './ids.ts';

const SEEDS = Object.keys(ALL);
// Of the documents only headings, what is typed and addresses are kept, on their lines: the prose is their authors'.
const GOLDEN = 'test/lint/seeds.golden';

const findings = new Map<string, readonly Finding[]>(
  SEEDS.map((seed) => {
    const text = readFileSync(`test/lint/seeds/${seed}.md`, 'utf8');
    return [seed, lint([{ path: `${seed}.md`, text }])];
  }),
);

describe('what is wrong in the seeds is said, where it stands', () => {
  for (const { id, code, line } of KNOWN) {
    test(`${id} ${code}`, () => {
      const [seed = ''] = id.split('-');
      const found = findings.get(seed)?.filter((finding) => finding.code === code) ?? [];
      assert.ok(
        found.some((finding) => finding.line === line),
        `not on line ${line}, but on ${found.map((each) => each.line).join(', ') || 'none'}`,
      );
    });
  }
});

test('every error and warning of the reference is said, or listed with the reason why not', () => {
  const all = SEEDS.flatMap((seed) => (ALL[seed] ?? []).map((number) => `${seed}-${number}`));
  const listed = [...KNOWN.map(({ id }) => id), ...Object.keys(INVISIBLE)];
  assert.deepEqual(listed.toSorted(), all.toSorted());
  assert.ok(Object.keys(INVISIBLE).length <= 10);
});

test('nothing else is said: the golden file has all of it', () => {
  const text = SEEDS.flatMap((seed) => findings.get(seed) ?? [])
    .map(({ file, line, column, severity, code, message }) => {
      const ids = KNOWN.filter((known) => {
        return (
          `${known.id.split('-')[0]}.md` === file && known.code === code && known.line === line
        );
      });
      const marks = ids.length === 0 ? '' : ` <${ids.map(({ id }) => id).join(' ')}>`;
      return `${file}:${line}:${column} ${severity} ${code}${marks}\n    ${message}\n`;
    })
    .join('');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, text);
  assert.ok(existsSync(GOLDEN));
  assert.equal(text, readFileSync(GOLDEN, 'utf8'));
});
