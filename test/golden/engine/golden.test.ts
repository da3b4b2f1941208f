import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { SimHost } from '../../../src/sim/host.ts';
import { Script } from './language.ts';

// Each file: blocks of commands, `----`, and what came of them. UPDATE_GOLDEN=1 writes it anew; read
// the difference and commit it only if every line of it is understood.

const folder = 'test/golden/engine';

describe('golden scripts of the engine', () => {
  for (const file of files()) {
    test(file.replace('.txt', ''), () => {
      const path = `${folder}/${file}`;
      const text = readFileSync(path, 'utf8');
      const actual = runFile(text, () => {});
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
      else assert.equal(actual, text);
    });
  }

  test('go on as before where another program takes over between any two commands', () => {
    let upgrades = 0;
    for (const file of files()) {
      const text = readFileSync(`${folder}/${file}`, 'utf8');
      const actual = runFile(text, (hosts) => {
        for (const host of hosts) {
          const before = JSON.stringify(host.node?.snapshots());
          if (host.upgrade() === 'later') continue;
          upgrades++;
          assert.equal(JSON.stringify(host.node?.snapshots()), before);
        }
      });
      assert.equal(actual, text, file);
    }
    assert(upgrades > 500, `${upgrades} upgrades`);
  });
});

function files(): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.txt'));
}

function runFile(text: string, before: (hosts: readonly SimHost[]) => void): string {
  const script = new Script();
  return text
    .trimEnd()
    .split('\n\n')
    .map((block) => runBlock(script, block, before))
    .join('\n');
}

function runBlock(
  script: Script,
  block: string,
  before: (hosts: readonly SimHost[]) => void,
): string {
  const [head = ''] = block.split('\n----');
  const lines = head.split('\n');
  const commands = lines.filter((line) => !line.startsWith('#'));
  if (commands.length === 0) return `${head}\n`;
  return `${head}\n----\n${script.execute(commands, before)}`;
}
