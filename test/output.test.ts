/** What a command prints reaches its reader, however slow that one is, or gone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

/** More than a pipe holds. */
const PIPE_BYTES = 65_536;
const INSTANCES = 2000;

describe('a long output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-output-'));
  const file = join(folder, 'keepalived.conf');
  const instances = Array.from({ length: INSTANCES }, (_, index) => {
    const [link, vrid] = [index >> 7, (index & 127) + 1];
    return `vrrp_instance V${index} {\n interface none${link}\n virtual_router_id ${vrid}
 priority 100\n virtual_ipaddress {\n 10.0.${index >> 8}.${index & 255}\n }\n}\n`;
  });
  writeFileSync(file, instances.join(''));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const sh = (command: string) => spawnSync('bash', ['-c', command], { encoding: 'utf8' });

  test('of render reaches a slow reader whole', () => {
    const { stdout } = sh(`bin/holdfast render ${file} 2>/dev/null | (sleep 1; cat)`);
    assert.ok(stdout.length > PIPE_BYTES, `${stdout.length}`);
    assert.equal(stdout.match(/^vrrp_instance /gm)?.length, INSTANCES);
  });

  test('of check reaches a slow reader of the errors whole', () => {
    const { stdout } = sh(`bin/holdfast check -f ${file} 2>&1 >/dev/null | (sleep 1; cat)`);
    const told = stdout.match(/\[interface-not-found\]$/gm)?.length ?? 0;
    const { stderr } = sh(`bin/holdfast check -f ${file} >/dev/null`);
    assert.ok(told > 0);
    assert.equal(told, stderr.match(/\[interface-not-found\]$/gm)?.length);
  });

  test('ends quietly where nobody reads on', () => {
    const { stdout, stderr } = sh(
      `{ bin/holdfast render ${file} 2>/dev/null; echo "$?" >&2; } | head -n 1`,
    );
    assert.equal(stdout, 'vrrp_instance V0 {\n');
    assert.match(stderr, /^\d\n$/);
  });
});
