import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatDiagnostic } from '../../../src/base/diagnostics.ts';
import { read } from '../../../src/config/keepalived/test-support.ts';

// What becomes of the keepalived.conf of every seed, and of some more: the diagnostics, then the
// model. UPDATE_GOLDEN=1 writes the files anew; read the difference before committing it.

const here = 'test/golden/keepalived-conf';
const seeds = 'test/seeds/files';

const cases = new Map<string, string>();
for (const path of readdirSync(seeds, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!path.endsWith('/keepalived.conf')) continue;
  const name = path.slice(0, -'/keepalived.conf'.length).replaceAll('/', '-');
  cases.set(`seed-${name}`, readFileSync(join(seeds, path), 'utf8'));
}
for (const file of readdirSync(here).sort()) {
  if (file.endsWith('.conf')) cases.set(file.slice(0, -5), readFileSync(join(here, file), 'utf8'));
}

describe('golden: keepalived.conf', () => {
  for (const [name, text] of cases) {
    test(name, () => {
      const { diagnostics, model } = read(text);
      const said = diagnostics.map((one) => `${formatDiagnostic({ ...one, file: name })}\n`);
      const actual = `${said.join('')}----\n${JSON.stringify(model, null, 2)}\n`;
      const path = join(here, `${name}.txt`);
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
      assert.equal(actual, readFileSync(path, 'utf8'));
    });
  }

  test('no password is shown', () => {
    for (const file of readdirSync(here).filter((one) => one.endsWith('.txt'))) {
      assert.doesNotMatch(
        readFileSync(join(here, file), 'utf8'),
        /kubernet\b|hunter2|d0cker/,
        file,
      );
    }
  });
});
