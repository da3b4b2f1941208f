import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { bashScript } from '../../src/cli/completion.ts';

const hasBash = spawnSync('bash', ['-c', ':']).status === 0;

describe('completion in bash', { skip: hasBash ? false : 'needs bash' }, () => {
  const command = (name: string, usage: string): Command => ({
    name,
    summary: '',
    usage,
    run: async () => 0,
  });
  const script = bashScript([
    command(
      'status',
      'Usage: …\n\n  -w, --watch         each second\n      --json          as JSON\n',
    ),
    command('stop', 'Usage: …\n\n  not an --option here\n'),
    command('explain', ''),
  ]);

  /** What is offered for the last of the words; `holdfast` is a function that knows two instances. */
  function complete(...words: readonly string[]): string[] {
    const answer = '{"instances":[{"name":"web"},{"name":"db"}]}';
    const run = `${script}
holdfast() { echo '${answer}'; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_holdfast
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync('bash', ['-c', run], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter(Boolean);
  }

  test('has commands, their options and the names of instances', () => {
    assert.deepEqual(complete('holdfast', 'st'), ['status', 'stop']);
    assert.deepEqual(complete('holdfast', 'status', '--'), ['--watch', '--json']);
    assert.deepEqual(complete('holdfast', 'stop', '--'), []);
    assert.deepEqual(complete('holdfast', 'explain', 'w'), ['web']);
    assert.deepEqual(complete('holdfast', 'status', '--instance', ''), ['web', 'db']);
  });
});
