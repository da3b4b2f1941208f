import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isAlive, sweep, testLink, testNamespace, testPath } from '../tools/sweep.ts';

const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root' };

/** The id of a process that has ended. */
function endedPid(): number {
  return spawnSync('true').pid;
}

describe('sweep', () => {
  test('names carry the process id and fit', () => {
    assert.equal(testNamespace('a'), `hft-${process.pid}-a`);
    assert.equal(testPath('a'), join(tmpdir(), `hft-${process.pid}-a`));
    assert.throws(() => testLink('1'), RangeError);
    assert.throws(() => testLink('a-suffix-too-long'), RangeError);
  });

  test('a process that has ended is not alive', () => {
    assert.equal(isAlive(process.pid), true);
    assert.equal(isAlive(endedPid()), false);
  });

  test('removes files of processes that are gone, and no others', () => {
    const gone = join(tmpdir(), `hft-${endedPid()}-folder`);
    const foreign = mkdtempSync(join(tmpdir(), 'hft-foreign-'));
    const own = testPath('own');
    try {
      mkdirSync(gone);
      writeFileSync(join(gone, 'file'), '');
      writeFileSync(own, '');
      assert.ok(sweep().includes(gone));
      assert.deepEqual(
        [existsSync(gone), existsSync(own), existsSync(foreign)],
        [false, true, true],
      );
    } finally {
      rmSync(own, { force: true });
      rmSync(foreign, { recursive: true });
    }
  });

  test('removes namespaces of processes that are gone, with what runs in them', needsRoot, () => {
    const namespace = `hft-${endedPid()}-gone`;
    execFileSync('ip', ['netns', 'add', namespace]);
    const script = `ip netns exec ${namespace} sleep 60 >/dev/null 2>&1 & echo $!`;
    const pid = Number(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
    while (!execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })) {
      assert.ok(isAlive(pid));
    }
    assert.ok(sweep().includes(`namespace ${namespace}`));
    const deadline = Date.now() + 2000;
    while (isAlive(pid) && Date.now() < deadline);
    assert.equal(isAlive(pid), false);
    assert.ok(!existsSync(`/run/netns/${namespace}`));
  });
});
