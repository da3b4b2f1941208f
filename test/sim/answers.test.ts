import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';

const BLOCK = /^```console\n\$ holdfast (.*)\n([\s\S]*?)^```$/gm;
const holdfast = resolve('bin/holdfast');

const blocks = [...readFileSync('docs/answers.md', 'utf8').matchAll(BLOCK)];

for (const [, command = '', printed = ''] of blocks) {
  test(`docs/answers.md: holdfast ${command}`, () => {
    const said = execFileSync('sh', ['-c', `exec ${holdfast} ${command} 2>/dev/null`], {
      cwd: 'docs',
      encoding: 'utf8',
    });
    assert.equal(said, printed);
  });
}

test('docs/answers.md has commands', () => assert(blocks.length >= 5));

test('explain --question says what it does not understand', () => {
  const run = (...words: readonly string[]): string => {
    try {
      execFileSync(holdfast, ['explain', '--question', ...words], { stdio: 'pipe' });
    } catch (error) {
      return (error as { readonly stderr: Buffer }).stderr.toString();
    }
    return '';
  };
  assert.match(run(), /no file is given/);
  assert.match(run('docs/nothing.conf'), /docs\/nothing\.conf: ENOENT/);
  assert.match(run('--as', 'vrrpd', 'docs/answers.md'), /--as is holdfast or keepalived/);
  assert.match(run('package.json'), /none of the files has a vrrp_instance/);
});

test('simulate: what a scenario requires decides the exit status', () => {
  const files = ['docs/answers/unchecked/a.conf', 'docs/answers/unchecked/b.conf'];
  const status = (...words: readonly string[]): number => {
    try {
      execFileSync(holdfast, ['simulate', ...words], { stdio: 'pipe' });
      return 0;
    } catch (error) {
      return (error as { readonly status: number }).status;
    }
  };
  const scenario = (name: string): string => `test/sim/scenarios/${name}.yaml`;
  assert.equal(status('--scenario', scenario('holds'), ...files), 0);
  assert.equal(status('--scenario', scenario('too-slow'), ...files), 1);
  assert.equal(status('--scenario', scenario('story'), ...files), 1);
  assert.equal(status('--scenario', scenario('mistaken'), ...files), 2);
  assert.equal(status('--failure', 'crash c', ...files), 2);
  assert.equal(status('--as', 'vrrpd', ...files), 2);
  assert.equal(status(), 2);
});
