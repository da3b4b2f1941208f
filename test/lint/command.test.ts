import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, mock, test } from 'node:test';
import { lintCommand } from '../../src/cli/lint.ts';
import { conf } from '../../src/config/lint/rules/examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o640 });
  return path;
}

async function lint(...argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const replaced = (['stdout', 'stderr'] as const).map((name) =>
    mock.method(process[name], 'write', (text: string) => {
      written[name] += text;
      return true;
    }),
  );
  try {
    return { status: await lintCommand.run(argv), ...written };
  } finally {
    for (const { mock: each } of replaced) each.restore();
  }
}

describe('holdfast lint', () => {
  test('tells equal priorities of two nodes, and ends with 1', async () => {
    const { status, stdout } = await lint(file('a.conf', conf()), file('b.conf', conf()));
    assert.equal(status, 1);
    assert.match(stdout, /a\.conf:5:5: error: VRID 77 has priority 100 on 2 nodes/);
    assert.match(stdout, /\n {2}5 \| {5}priority 100\n {4}\| {5}\^\n/);
  });

  test('mends a file in its place, and nothing but the line', async () => {
    const text = conf().replace('advert_int 1', 'advert_int 1 // seconds');
    const path = file('mend.conf', text);
    const shown = await lint('--diff', path);
    assert.match(shown.stdout, /-.*\/\/ seconds\n\+.*# seconds\n/);
    assert.equal(readFileSync(path, 'utf8'), text);
    const strict = ['--strict', '--rule', 'slash-comment-behind'];
    assert.equal((await lint(...strict, path)).status, 1);
    assert.equal((await lint(...strict, '--fix', path)).status, 0);
    assert.equal(
      readFileSync(path, 'utf8'),
      conf().replace('advert_int 1', 'advert_int 1 # seconds'),
    );
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  test('refuses what it does not know with 2, and explains what it does', async () => {
    const path = file('c.conf', conf());
    assert.equal((await lint()).status, 2);
    assert.equal((await lint(join(folder, 'missing'))).status, 2);
    const near = await lint('--rule', 'equal-priority', path);
    assert.equal(near.status, 2);
    assert.match(near.stderr, /did you mean 'equal-priorities'\?/);
    assert.match((await lint('--explain', 'equal-priorities')).stdout, /^# equal-priorities\n/);
    assert.match((await lint('--explain', 'unknown-keyword')).stdout, /keyword/);
    assert.equal(JSON.parse((await lint('--format', 'sarif', path)).stdout).version, '2.1.0');
  });
});
