import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { bashScript, fishScript, zshScript } from '../../src/cli/completion.ts';

const skipWithout = (shell: string): string | false =>
  spawnSync(shell, ['-c', ':']).status === 0 ? false : `needs ${shell}`;
const command = (name: string, usage: string): Command => ({
  name,
  summary: `it's ${name}`,
  usage,
  run: async () => 0,
});
const commands = [
  command(
    'status',
    'Usage: …\n\n  -w, --watch         each second\n      --json          as JSON\n',
  ),
  command('stop', 'Usage: …\n\n  not an --option here\n'),
  command('explain', ''),
];
const answer = '{"instances":[{"name":"web"},{"name":"db"}]}';

describe('completion in bash', { skip: skipWithout('bash') }, () => {
  const script = bashScript(commands);

  /** What is offered for the last of the words; `holdfast` is a function that knows two instances. */
  function complete(...words: readonly string[]): string[] {
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

describe('completion in fish', { skip: skipWithout('fish') }, () => {
  /** What is offered behind a line, without descriptions. */
  function complete(line: string): string[] {
    const run = `function holdfast; echo '${answer}'; end
${fishScript(commands)}
complete -C '${line}'`;
    const { stdout, stderr, status } = spawnSync('fish', ['--no-config', '-c', run], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter(Boolean);
  }

  test('has commands with their summaries, options and the names of instances', () => {
    assert.deepEqual(complete('holdfast st'), ["status\tit's status", "stop\tit's stop"]);
    assert.deepEqual(complete('holdfast status --').sort(), ['--instance', '--json', '--watch']);
    assert.deepEqual(complete('holdfast explain w'), ['web']);
    assert.deepEqual(complete('holdfast status --instance '), ['db', 'web']);
  });
});

describe('completion in zsh', { skip: skipWithout('zsh') }, () => {
  /** What is offered for the last of the words. */
  function complete(...words: readonly string[]): string[] {
    const run = `compdef() {}
_files() {}
_describe() { print -l -- \${(P)argv[-1]} }
compadd() { print -l -- \${(P)argv[-1]} }
holdfast() { echo '${answer}' }
${zshScript(commands)}
words=(${words.map((word) => `'${word}'`).join(' ')})
CURRENT=${words.length}
_holdfast`;
    const { stdout, stderr, status } = spawnSync('zsh', ['-f', '-c', run], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter(Boolean);
  }

  test('has commands with their summaries, options and the names of instances', () => {
    assert.deepEqual(complete('holdfast', ''), [
      "status:it's status",
      "stop:it's stop",
      "explain:it's explain",
    ]);
    assert.deepEqual(complete('holdfast', 'status', '--'), ['--watch', '--json']);
    assert.deepEqual(complete('holdfast', 'explain', ''), ['web', 'db']);
    assert.deepEqual(complete('holdfast', 'status', '--instance', ''), ['web', 'db']);
  });
});
