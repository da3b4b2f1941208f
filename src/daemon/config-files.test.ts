import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { expandBraces } from '../config/keepalived/text/braces.ts';
import { diskFiles } from './config-files.ts';

describe('configuration files on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-files-`));
  after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'conf.d'));
  for (const name of ['a.conf', 'b.conf', '.hidden.conf', 'c.txt']) {
    writeFileSync(join(folder, 'conf.d', name), name);
  }
  writeFileSync(join(folder, 'script'), '', { mode: 0o755 });

  it('expands braces, also nested ones and lone ones', () => {
    assert.deepEqual(expandBraces('x{a,b{c,d}}y'), ['xay', 'xbcy', 'xbdy']);
    assert.deepEqual(expandBraces('x{a}y{'), ['x{a}y{']);
  });

  it('matches as glob(3) does', () => {
    const names = (pattern: string) =>
      diskFiles.expand(pattern, folder).map((path) => path.slice(folder.length + 1));
    assert.deepEqual(names('conf.d/*.conf'), ['conf.d/a.conf', 'conf.d/b.conf']);
    assert.deepEqual(names('conf.d/[!a].conf'), ['conf.d/b.conf']);
    assert.deepEqual(names('conf.d/{c,a}.*'), ['conf.d/c.txt', 'conf.d/a.conf']);
    assert.deepEqual(names('conf.d/?.txt'), ['conf.d/c.txt']);
    assert.deepEqual(names('missing.conf'), []);
    assert.deepEqual(names('conf.d/[z-a].conf'), []);
  });

  it('says why a file cannot be read', () => {
    assert.deepEqual(diskFiles.read(join(folder, 'none')), { ok: false, reason: 'missing' });
    assert.deepEqual(diskFiles.read(folder), { ok: false, reason: 'not-a-file' });
    assert.deepEqual(diskFiles.read(join(folder, 'script')), { ok: false, reason: 'executable' });
  });
});
