import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { testLive, testMoment } from '../test-live.ts';
import { runCommand } from './commands.ts';

it('documents every command', () => {
  const text = readFileSync('docs/proxy-statistics.md', 'utf8');
  const session = { level: 'admin', mode: 'once' } as const;
  const sessions = { list: () => [] };
  const help = runCommand(['help'], { ...testMoment(testLive()), session, sessions }).text;
  const names = [...help.matchAll(/^ {2}([a-z]+(?: [a-z]+)*)/gm)].map(([, name = '']) => name);
  assert.ok(names.length > 35);
  assert.deepEqual(
    names.filter((name) => !text.includes(`\`${name}`)),
    [],
  );
});
