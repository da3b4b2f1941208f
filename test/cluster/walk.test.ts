import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { projectRoot } from '../../src/lab/programs.ts';
import { testPath } from '../../tools/sweep.ts';
import { skipSeeds } from '../seeds/machine.ts';

/** What somebody answers who has three hosts, and takes what is offered otherwise. */
const ANSWERS = [
  ...['prod', '', '', '192.168.80.100', '', '', ''],
  ...['a=192.168.80.81', 'b=192.168.80.82', 'c=192.168.80.83', ''],
];

describe("a newcomer's walk", { skip: skipSeeds }, () => {
  const folder = mkdtempSync(testPath('walk-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Types a command, as it was suggested; returns what it said, and it must have succeeded. */
  function type(command: string, input = ''): string {
    const path = `${join(projectRoot(), 'bin')}:${process.env.PATH}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      ...{ cwd: folder, encoding: 'utf8', input },
      env: { ...process.env, PATH: path },
    });
    assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
    return stdout;
  }

  function suggestion(text: string, pattern: RegExp): string {
    return pattern.exec(text)?.[1] ?? assert.fail(`${pattern} is not in: ${text}`);
  }

  test('from nothing to a cluster whose VIP survives two failures, by what each command suggests', () => {
    const init = suggestion(type('holdfast'), /'(holdfast init)'/);
    const plan = suggestion(type(init, `${ANSWERS.join('\n')}\n`), /next: (holdfast plan .*)$/m);
    const lab = suggestion(type(plan), /try it: (holdfast lab .*)$/m);
    const seen = type(lab);
    // Whoever is ready first holds it at the start.
    assert.match(seen, /^power off ([abc]) +\1 +([abc]) .*\n *power off \2 +\2 +(?!\1)[abc] /m);
    assert.match(seen, /^2 failovers, and after each exactly one host answered$/m);
  });
});
