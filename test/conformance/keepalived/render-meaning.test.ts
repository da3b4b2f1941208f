import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testPath } from '../../../tools/sweep.ts';
import { type CorpusFile, corpusFiles, readCorpusFile, renderConfig } from './rendering.ts';
import { dumpOf, several, skipKeepalived, testOf } from './dump.ts';

const folder = testPath('rendered');
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));

/** What a dump shows where it is stated, and passes over where it is the default. */
const STATED = /^ (DBus service name = |VMAC prefix = vrrp$|Smtp server connection timeout = 30$)/;

async function compare(file: CorpusFile): Promise<void> {
  const config = readCorpusFile(file);
  // Without instances there is no VRRP process; the one for virtual servers needs IPVS to dump them.
  const isDumped = config.model.instances.length > 0;
  const wanted = isDumped ? comparable(await dumpOf(file.path), file) : [];
  const isComplete = !isDumped || wanted.some((line) => line.includes('VRRP Instance = '));
  assert(isComplete, 'the dump has no instance');
  for (const defaults of ['left-out', 'stated'] as const) {
    const path = join(folder, `${file.name}-${defaults}.conf`);
    const text = renderConfig(config, defaults);
    writeFileSync(path, text);
    if (!isDumped || file.text.includes('virtual_server')) {
      assert.deepEqual(await testOf(path), { status: 0, said: '' }, text);
    }
    if (isDumped)
      assert.deepEqual(comparable(await dumpOf(path), file), wanted, `${file.name}:\n${text}`);
  }
}

function comparable(lines: readonly string[], { text }: CorpusFile): readonly string[] {
  const meant = lines.filter((line) => !STATED.test(line));
  // Two processes write at the same time.
  return text.includes('bfd_instance') ? meant.toSorted() : meant;
}

test('keepalived dumps the same for a file and for what is rendered of it, also with defaults', {
  skip: skipKeepalived,
}, async (context) => {
  const files = corpusFiles('valid');
  await several(files, 4, async (file) => {
    await context.test(file.name, () => compare(file));
  });
});
