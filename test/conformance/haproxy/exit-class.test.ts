import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Diagnostic } from '../../../src/base/diagnostics.ts';
import { parseIp } from '../../../src/base/ip.ts';
import { CODES, type Code } from '../../../src/config/haproxy/codes.ts';
import { exitCode } from '../../../src/config/haproxy/exit-code.ts';
import { createMemoryFiles } from '../../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../../src/config/haproxy/index.ts';
import {
  askHaproxy,
  type Case,
  ENVIRONMENT,
  readCorpus,
  readExceptions,
  readVerdicts,
} from './corpus.ts';

const cases = readCorpus();
const verdicts = readVerdicts(cases);
const accounts = {
  hasUser: (name: string) => name === 'root',
  hasGroup: (name: string) => name === 'root',
};

function readOurs({ text }: Case): readonly Diagnostic[] {
  const files = createMemoryFiles({ 'f.cfg': text, '/dev/null': '', '/tmp/x': '' });
  const resolve = (name: string) => (name === 'localhost' ? parseIp('127.0.0.1') : undefined);
  return readHaproxy({ paths: ['f.cfg'], files, environment: ENVIRONMENT, accounts, resolve })
    .diagnostics;
}

/** Whether codes that are documented as friendlier or stricter than HAProxy explain the difference. */
function isDocumented(ours: readonly Diagnostic[], code: number): boolean {
  const errors = ours.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  const originals = (of: readonly Diagnostic[]) =>
    of.map((each) => CODES[each.code as Code].original);
  if (code === 1) return originals(errors).every((original) => original !== 'error');
  return originals(ours).includes('error');
}

describe('haproxy -c', () => {
  test('1,000 configurations end as in HAProxy 2.6, but for documented differences', () => {
    const exceptions = readExceptions();
    const found: string[] = [];
    const used = new Set<string>();
    for (const [index, each] of cases.entries()) {
      const ours = readOurs(each);
      const code = exitCode(ours);
      const theirs = verdicts[index];
      if (code === theirs || isDocumented(ours, code)) continue;
      if (exceptions.has(each.own)) used.add(each.own);
      else found.push(`${each.name}: HAProxy ${theirs}, ours ${code}: ${each.own}`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual([...used].sort(), [...exceptions.keys()].sort());
    assert(exceptions.size <= 10);
    assert(cases.length >= 1000);
  });

  test('the corpus has every way to end, and the codes', () => {
    assert.deepEqual([...new Set(verdicts)].sort(), [0, 1, 2]);
    const said = new Set(cases.flatMap((each) => readOurs(each).map(({ code }) => code)));
    const unsaid = Object.keys(CODES).filter((code) => !said.has(code));
    // They need files, or text that the corpus cannot hold; unit tests have them.
    const elsewhere = [
      'condition-too-large',
      'config-missing',
      'no-final-newline',
      'nul-in-line',
      'too-much',
    ];
    assert.deepEqual(unsaid.sort(), elsewhere);
  });
});

const isInstalled = existsSync('/usr/sbin/haproxy');
const skip = isInstalled ? false : 'needs Debian’s haproxy';

describe('the record of what HAProxy says', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-corpus-'));
  after(() => rmSync(folder, { recursive: true }));

  test('is what the installed one says of every eleventh case', async () => {
    const version = execFileSync('/usr/sbin/haproxy', ['-v'], { encoding: 'utf8' });
    assert.match(version, /^HAProxy version 2\.6\./, 'the record is of 2.6');
    const some = cases.flatMap((each, index) => (index % 11 === 5 ? [{ each, index }] : []));
    const said = await askHaproxy(
      some.map(({ each }) => each),
      folder,
      ENVIRONMENT,
    );
    const differing = some.filter(({ index }, at) => said[at]?.code !== verdicts[index]);
    assert.deepEqual(
      differing.map(({ each }) => each.name),
      [],
      'record.ts writes it anew',
    );
  });
});

test('exceptions say why', () => {
  const exceptions: Record<string, string> = JSON.parse(
    readFileSync('test/conformance/haproxy/exceptions.json', 'utf8'),
  );
  for (const reason of Object.values(exceptions)) assert.match(reason, /^[A-Z].{20,}\.$/);
});
