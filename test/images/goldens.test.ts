import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ARCTS_CASES } from './arcts-cases.ts';
import type { ImageCase, OriginalName } from './case.ts';
import { DIFFERENCES } from './differences.ts';
import { CLASSIC_CASES, NEW_CASES } from './osixia-cases.ts';
import { outcomeOf } from './translate-case.ts';

// What the old images' own scripts have made of sets of variables is in golden/ (tools/image-goldens.ts);
// where holdfast means to differ, what it makes lies beside it (UPDATE_GOLDEN=1 writes that).

const FOLDER = 'test/images/golden';
const CASES: Readonly<Record<OriginalName, readonly ImageCase[]>> = {
  'osixia-classic': CLASSIC_CASES,
  'osixia-2026': NEW_CASES,
  arcts: ARCTS_CASES,
};

interface Golden {
  readonly status: number;
  readonly command: string;
  readonly lines: readonly string[];
}

function readGolden(original: OriginalName, name: string): Golden {
  const text = readFileSync(join(FOLDER, original, `${name}.conf`), 'utf8');
  const [made, status, runs, ...rest] = text.split('\n');
  assert.match(made ?? '', new RegExp(`^# Made by: .* ${original}/${name}$`));
  return {
    status: Number(/\d+$/.exec(status ?? '')?.[0]),
    command: /^# Runs: ?(.*)$/.exec(runs ?? '')?.[1] ?? '',
    lines: meaningful(rest),
  };
}

/** Without indentation and empty lines, and blanks inside as one. */
function meaningful(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim().replace(/[ \t]+/g, ' ')).filter((line) => line !== '');
}

for (const [original, cases] of Object.entries(CASES) as [OriginalName, readonly ImageCase[]][]) {
  describe(`variables of ${original}`, () => {
    for (const one of cases) {
      test(one.name, () => {
        const golden = readGolden(original, one.name);
        const { status, command, text } = outcomeOf(original, one);
        const lines = meaningful(text.split('\n'));
        const isSame =
          status === golden.status &&
          (status !== 0 ||
            (command === golden.command && lines.join('\n') === golden.lines.join('\n')));
        if (one.differs === undefined) {
          assert.deepEqual(
            { status, lines: status === 0 ? lines : [] },
            {
              status: golden.status,
              lines: golden.lines,
            },
          );
          if (status === 0) assert.equal(command, golden.command);
          return;
        }
        assert.ok(!isSame, `it no longer differs: take '${one.differs}' away`);
        const path = join(FOLDER, original, `${one.name}.holdfast.conf`);
        const ours = `# ${DIFFERENCES[one.differs]}\n# Runs: ${command}\n${text}`;
        if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, ours);
        assert.equal(ours, readFileSync(path, 'utf8'));
      });
    }
  });
}

describe('the sets of variables', () => {
  test('are eighty and more, and each has a file of its own', () => {
    const all = Object.entries(CASES).flatMap(([original, cases]) =>
      cases.map(({ name }) => `${original}/${name}`),
    );
    assert.ok(all.length >= 80, String(all.length));
    assert.equal(new Set(all).size, all.length);
    for (const [original, cases] of Object.entries(CASES)) {
      const wanted = cases.flatMap(({ name, differs }) =>
        differs === undefined ? [`${name}.conf`] : [`${name}.conf`, `${name}.holdfast.conf`],
      );
      assert.deepEqual(readdirSync(join(FOLDER, original)).sort(), wanted.sort());
    }
  });

  test('use every difference that is listed', () => {
    const used = new Set(
      Object.values(CASES).flatMap((cases) => cases.map(({ differs }) => differs)),
    );
    for (const name of Object.keys(DIFFERENCES))
      assert.ok(used.has(name as keyof typeof DIFFERENCES), name);
    assert.ok(existsSync('docs/images.md'));
  });
});
