import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testPath } from '../../../tools/sweep.ts';
import { dumpOf, several, skipKeepalived, testOf } from './dump.ts';
import { type CorpusFile, corpusFiles, readCorpusFile, renderConfig } from './rendering.ts';

const folder = testPath('rendered');
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));

/** What a dump shows where it is stated, and passes over where it is the default. */
const STATED = /^ (DBus service name = |VMAC prefix = vrrp$|Smtp server connection timeout = 30$)/;

async function compare(file: CorpusFile, defaults: 'left-out' | 'stated'): Promise<void> {
  const config = readCorpusFile(file);
  // Without instances there is no VRRP process; the one for virtual servers needs IPVS to dump them.
  const hasInstances = config.model.instances.length > 0;
  const wanted = hasInstances ? await dumpOf(file.path) : undefined;
  if (wanted !== undefined) assert(wanted.some((line) => line.includes('VRRP Instance = ')));
  const path = join(folder, `${file.name}.conf`);
  const text = renderConfig(config, defaults);
  writeFileSync(path, text);
  if (wanted === undefined || file.text.includes('virtual_server')) {
    assert.deepEqual(await testOf(path), { status: 0, said: '' }, text);
  }
  if (wanted === undefined) return;
  const found = await dumpOf(path);
  assert.deepEqual(found?.filter(isMeant), wanted.filter(isMeant), `${file.name}:\n${text}`);
}

function isMeant(line: string): boolean {
  return !STATED.test(line);
}

/** A network takes time to make and to remove: half of the files, unless all are asked for. */
const isAsked = (index: number): boolean =>
  process.env.WHOLE_CORPUS !== undefined || index % 2 === 0;

// One file in two with its defaults stated.
test('keepalived dumps the same for a file and for what is rendered of it, also with defaults', {
  skip: skipKeepalived,
  concurrency: 8,
}, async (context) => {
  const files = [...corpusFiles('valid').entries()].filter(([index]) => isAsked(index));
  await several(files, 8, async ([index, file]) => {
    const defaults = index % 4 < 2 ? 'left-out' : 'stated';
    await context.test(`${file.name}, defaults ${defaults}`, () => compare(file, defaults));
  });
});
