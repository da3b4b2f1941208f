import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHostFacts } from './host-facts.ts';
import { hasNumberName } from './number-names.ts';

const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-facts-`));
after(() => rmSync(folder, { recursive: true, force: true }));

function keyFile(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('a key file is for its owner alone and holds a key', () => {
  const facts = createHostFacts();
  const key = 'k'.repeat(32);
  assert.equal(facts.keyFile?.(keyFile('good', `${key}\n`, 0o600)), 'ok');
  assert.equal(facts.keyFile?.(keyFile('digits', `hex:${'ab'.repeat(40)}`, 0o400)), 'ok');
  assert.equal(facts.keyFile?.(keyFile('group', key, 0o640)), 'open');
  assert.equal(facts.keyFile?.(keyFile('others', key, 0o604)), 'open');
  assert.equal(facts.keyFile?.(keyFile('short', 'k', 0o600)), 'invalid');
  assert.equal(facts.keyFile?.(join(folder, 'none')), 'missing');
});

test('numbers have the names of the files of iproute2', () => {
  mkdirSync(join(folder, 'rt_tables.d'));
  writeFileSync(join(folder, 'rt_tables'), '# comment blue\n100 green # of us\n');
  writeFileSync(join(folder, 'rt_tables.d', 'more.conf'), '101\tyellow\n');
  const has = (name: string): boolean => hasNumberName('rt_tables', name, [folder, '/nonexistent']);
  assert.deepEqual(['green', 'yellow', 'blue', 'of'].map(has), [true, true, false, false]);
});
