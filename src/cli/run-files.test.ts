import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sortRunFiles } from './run-files.ts';

describe('the files of holdfast run', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hft-files-'));
    writeFileSync(at('k'), 'vrrp_instance V {\n}\n');
    writeFileSync(at('k2'), '# another\nglobal_defs {\n}\n');
    writeFileSync(at('h'), 'global\n  daemon\nfrontend a\n');
    writeFileSync(at('mixed'), 'vrrp_instance V {\n}\nfrontend a\n');
    writeFileSync(at('empty'), '\n');
    mkdirSync(at('folder'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const sorted = (...names: readonly string[]): string => {
    const files = sortRunFiles(names.map(at));
    const told = files.ok
      ? [files.configFile, ...(files.proxyFiles ?? [])].join(' + ')
      : files.message;
    return told.replaceAll(`${folder}/`, '');
  };

  const cases: readonly (readonly [names: readonly string[], told: string])[] = [
    [['k'], 'k'],
    [['h', 'k'], 'k + h'],
    [['k', 'h', 'folder'], 'k + h + folder'],
    // It is told when it is read that there is no such file.
    [['missing'], 'missing'],
    [['missing.conf', 'missing.cfg'], 'missing.conf + missing.cfg'],
    [['empty'], 'empty'],
    [['k*', 'h'], 'k* + h'],
    [
      ['h'],
      "h is a haproxy.cfg: give a keepalived.conf as well, or use 'holdfast haproxy -f' for the proxy alone",
    ],
    [['k', 'k2'], 'k and k2 are both a keepalived.conf: one can include others'],
    [
      ['mixed', 'h'],
      "mixed:3: it is not clear what this is: 'frontend' begins a section of a haproxy.cfg, " +
        "but 'vrrp_instance' begins a block of a keepalived.conf on line 1",
    ],
    [
      ['k', 'empty'],
      'empty:1: it is not clear what this is: it holds no block of a keepalived.conf and no section of a haproxy.cfg',
    ],
  ];
  for (const [names, told] of cases) {
    test(names.join(' and '), () => assert.equal(sorted(...names), told));
  }

  test('without any it is the usual keepalived.conf', () => {
    assert.deepEqual(sortRunFiles(undefined), {
      ok: true,
      configFile: '/etc/keepalived/keepalived.conf',
    });
  });
});
