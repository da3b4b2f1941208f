/** Writes verdicts.json anew: what the installed haproxy says of the corpus (a minute). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askHaproxy, ENVIRONMENT, readCorpus, VERDICTS } from './corpus.ts';

const folder = mkdtempSync(join(tmpdir(), 'haproxy-corpus-'));
const cases = readCorpus();
askHaproxy(cases, folder, ENVIRONMENT).then((verdicts) => {
  rmSync(folder, { recursive: true });
  const codes: Record<string, string> = {};
  for (const [index, { file }] of cases.entries()) {
    codes[file] = `${codes[file] ?? ''}${verdicts[index]?.code}`;
  }
  writeFileSync(VERDICTS, `${JSON.stringify(codes, undefined, 2)}\n`);
});
