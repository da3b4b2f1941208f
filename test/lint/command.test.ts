import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { conf } from '../../src/config/lint/rules/examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o640 });
  return path;
}

function lint(...argv: readonly string[]) {
  return spawnSync('bin/holdfast', ['lint', ...argv], { encoding: 'utf8' });
}

describe('holdfast lint', () => {
  test('tells equal priorities of two nodes, and ends with 1', () => {
    const { status, stdout } = lint(file('a.conf', conf()), file('b.conf', conf()));
    assert.equal(status, 1);
    assert.match(stdout, /a\.conf:5:5: error: VRID 77 has priority 100 on 2 nodes/);
    assert.match(stdout, /\n {2}5 \| {5}priority 100\n {4}\| {5}\^\n/);
  });

  test('mends a file in its place, and nothing but the line', () => {
    const text = conf().replace('advert_int 1', 'advert_int 1 // seconds');
    const path = file('mend.conf', text);
    const shown = lint('--diff', path);
    assert.match(shown.stdout, /-.*\/\/ seconds\n\+.*# seconds\n/);
    assert.equal(readFileSync(path, 'utf8'), text);
    const strict = ['--strict', '--rule', 'slash-comment-behind'];
    assert.equal(lint(...strict, path).status, 1);
    assert.equal(lint(...strict, '--fix', path).status, 0);
    assert.equal(
      readFileSync(path, 'utf8'),
      conf().replace('advert_int 1', 'advert_int 1 # seconds'),
    );
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  test('a reader that is slow gets all of a long output', () => {
    const instances = Array.from({ length: 255 }, (_, index) =>
      conf({ vrid: index + 1 }).replace(
        'vrrp_instance api',
        `vrrp_instance ${'x'.repeat(99)}${index}`,
      ),
    );
    const command = `bin/holdfast lint ${file('long.conf', instances.join(''))}`;
    const slow = ['-c', `${command} | (sleep 1; cat)`];
    const { stdout } = spawnSync('sh', slow, { encoding: 'utf8' });
    assert.ok(stdout.length > 65_536, `${stdout.length}`);
    assert.match(stdout, /\d+ notes\n$/);
  });

  test('JSON has the fields that the documentation lists, in each line', () => {
    const text = readFileSync('docs/lint-in-ci.md', 'utf8').split('## JSON')[1]?.split('\n## ')[0];
    const rows = [...(text ?? '').matchAll(/^\| (`.*?) \| (\w+) \|/gm)];
    const types = new Map(
      rows.flatMap(([, names = '', type = '']) =>
        [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, type] as const),
      ),
    );
    assert.equal(types.size, 8);
    const path = file('json.conf', conf({ vrid: 51 }).replace('advert_int 1', 'advert_int 1 // s'));
    const lines = lint('--format', 'json', path).stdout.trimEnd().split('\n');
    assert.ok(lines.length > 2);
    for (const line of lines) {
      const found: Record<string, unknown> = JSON.parse(line);
      for (const [name, value] of Object.entries(found)) {
        assert.equal(typeof value, types.get(name), name);
      }
      const missing = [...types.keys()].filter((name) => !(name in found));
      assert.deepEqual(
        missing.filter((name) => name !== 'hint'),
        [],
      );
    }
    assert.ok(lines.some((line) => line.includes('"fixable":true')));
  });

  test('the editors’ pattern of the documentation fits each line', () => {
    const matcher = /"regexp": "(.*)"/.exec(readFileSync('docs/lint-in-ci.md', 'utf8'))?.[1] ?? '';
    const pattern = new RegExp(JSON.parse(`"${matcher}"`));
    const lines = lint(file('editor.conf', conf({ vrid: 51 }))).stdout.split('\n');
    const told = lines.filter((line) => /^\S/.test(line) && !/^\d+ errors/.test(line));
    assert.ok(told.length > 1);
    for (const line of told) assert.match(line, pattern);
  });

  test('refuses what it does not know with 2, and explains what it does', () => {
    const path = file('c.conf', conf());
    assert.equal(lint().status, 2);
    assert.equal(lint(join(folder, 'missing')).status, 2);
    const near = lint('--rule', 'equal-priority', path);
    assert.equal(near.status, 2);
    assert.match(near.stderr, /did you mean 'equal-priorities'\?/);
    assert.match(lint('--explain', 'equal-priorities').stdout, /^# equal-priorities\n/);
    assert.match(lint('--explain', 'unknown-keyword').stdout, /keyword/);
    assert.equal(JSON.parse(lint('--format', 'sarif', path).stdout).version, '2.1.0');
  });
});
