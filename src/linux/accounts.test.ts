import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findIdentity, findSupplementaryGroups } from './accounts.ts';

test('users and groups by name and number', () => {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-accounts-`));
  const files = { passwd: `${folder}/passwd`, group: `${folder}/group` };
  try {
    writeFileSync(files.passwd, 'root:x:0:0::/:\nscript:x:71:72::/:\nodd:x\n');
    writeFileSync(files.group, 'root:x:0:\nadm:x:4:a,script\nodd:x:y:script\nweb:x:33:script\n');
    const find = (user?: string, group?: string) => {
      const result = findIdentity(user, group, files);
      return result.ok ? result.value : result.reason;
    };
    assert.deepEqual(find(), {});
    assert.deepEqual(find('script'), { uid: 71, gid: 72 });
    assert.deepEqual(find('71'), { uid: 71, gid: 72 });
    assert.deepEqual(find('script', 'adm'), { uid: 71, gid: 4 });
    assert.deepEqual(find('900', '901'), { uid: 900, gid: 901 });
    assert.deepEqual(find('900'), { uid: 900, gid: 900 });
    assert.deepEqual(find(undefined, 'adm'), { gid: 4 });
    assert.equal(find('nobody-here'), 'no such user: nobody-here');
    assert.equal(find('-1'), 'no such user: -1');
    assert.equal(find('odd'), 'no such user: odd');
    assert.deepEqual(findSupplementaryGroups('script', files), [4, 33]);
    assert.deepEqual(findSupplementaryGroups('71', files), [4, 33]);
    assert.deepEqual(findSupplementaryGroups('root', files), []);
    assert.deepEqual(findSupplementaryGroups('900', files), []);
    assert.equal(find('root', 'wheel'), 'no such group: wheel');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
