import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Script } from './language.ts';

// Each file: blocks of commands, `----`, and what came of them. UPDATE_GOLDEN=1 writes it anew; read
// the difference and commit it only if every line of it is understood.

const folder = 'test/golden/engine';

describe('golden scripts of the engine', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
    test(file.replace('.txt', ''), () => {
      const path = `${folder}/${file}`;
      const text = readFileSync(path, 'utf8');
      const script = new Script();
      const actual = text
        .trimEnd()
        .split('\n\n')
        .map((block) => runBlock(script, block))
        .join('\n');
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
      else assert.equal(actual, text);
    });
  }
});

function runBlock(script: Script, block: string): string {
  const [head = ''] = block.split('\n----');
  const lines = head.split('\n');
  const commands = lines.filter((line) => !line.startsWith('#'));
  if (commands.length === 0) return `${head}\n`;
  return `${head}\n----\n${script.execute(commands)}`;
}
