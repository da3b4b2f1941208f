import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { writePidFile } from '../../src/linux/pid-file.ts';
import { parseStat, readProcess } from '../../src/linux/process-table.ts';
import { testPath } from '../../tools/sweep.ts';

const linux = process.platform === 'linux';
const folder = testPath('process');
const here = process.cwd();

function runChild(body: string): string {
  const args = ['--import', 'tsx', '--input-type=module', '-e', body];
  return execFileSync(process.execPath, args, { cwd: here, encoding: 'utf8' });
}

describe('process', { skip: !linux && 'needs Linux' }, () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('name, scheduling, affinity and locked memory of a process of its own', () => {
    const text = runChild(`
      import { readFileSync } from 'node:fs';
      import { execFileSync } from 'node:child_process';
      const p = await import('./src/linux/process.ts');
      const out = {};
      out.name = p.setProcessName('keepalived-and-more');
      out.comm = readFileSync('/proc/self/comm', 'utf8');
      out.affinity = p.setAffinity([0]);
      out.cpus = /Cpus_allowed_list:\\s*(\\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
      out.badAffinity = p.setAffinity([])?.code;
      out.nice = p.setNice(5);
      out.locked = p.lockFileBackedMemory();
      out.vmLocked = Number(/VmLck:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      out.realtime = p.requestRealtime(50)?.code ?? 'granted';
      out.is = p.isRealtime();
      out.child = execFileSync('/bin/sh', ['-c', 'cut -d" " -f41 /proc/$$/stat'], { encoding: 'utf8' });
      console.log(JSON.stringify(out));
    `);
    const facts = JSON.parse(text);
    assert.equal(facts.comm, 'keepalived-and-\n');
    assert.equal(facts.cpus, '0');
    assert.equal(facts.badAffinity, 'EINVAL');
    for (const call of ['name', 'affinity', 'nice']) assert.equal(facts[call], undefined);
    if (process.getuid?.() === 0) {
      assert.ok(facts.locked.mappedBytes > 1_000_000);
      assert.ok(facts.vmLocked > 1000);
    }
    // A container may refuse it even to root.
    assert.ok(['granted', 'EPERM'].includes(facts.realtime));
    assert.equal(facts.is, facts.realtime === 'granted');
    assert.equal(facts.child.trim(), '0');
  });

  test('what /proc says of processes', () => {
    const self = readProcess(process.pid);
    assert.ok(Math.abs((self?.startedMs ?? 0) - (Date.now() - process.uptime() * 1000)) < 3000);
    assert.equal(self?.state, 'alive');
    assert.equal(readProcess(2 ** 30), undefined);
    const stat = `7 (a) b) (c) S ${Array.from({ length: 18 }, () => 1).join(' ')} 4242 9`;
    assert.deepEqual(parseStat(stat), { name: 'a) b) (c', state: 'alive', startTicks: 4242 });
    for (const damaged of ['', '7', '7 (x', '7 (x) S 1 2']) {
      assert.equal(parseStat(damaged), undefined);
    }
  });

  test('a pid file is written, held, and removed at the end', () => {
    const path = `${folder}/deep/a.pid`;
    const mine = writePidFile(path);
    assert.ok('remove' in mine);
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
    const second = writePidFile(path);
    assert.ok('kind' in second);
    assert.equal(second.pid, process.pid);
    assert.match(second.reason, /locked by process/);
    mine.remove();
    mine.remove();
    assert.ok(!existsSync(path));
  });

  test('what is left behind never stands in the way', () => {
    const path = `${folder}/b.pid`;
    // A process that is gone, a living one of another name, nonsense, ourselves, emptiness.
    for (const text of ['999999999\n', '1\n', `${process.ppid}\n`, 'x', `${process.pid}\n`, '']) {
      writeFileSync(path, text);
      const mine = writePidFile(path);
      assert.ok('remove' in mine, text);
      mine.remove();
    }
  });

  test('a living rival older than the file is respected, a younger one is not', async () => {
    const path = `${folder}/c.pid`;
    const rival = spawn('sleep', ['60'], { stdio: 'ignore' });
    writeFileSync(path, `${rival.pid}\n`);
    const refused = writePidFile(path, { rivals: ['sleep'] });
    assert.ok('kind' in refused);
    assert.match(refused.reason, /belongs to the running sleep/);
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(path, anHourAgo, anHourAgo);
    const taken = writePidFile(path, { rivals: ['sleep'] });
    assert.ok('remove' in taken);
    taken.remove();
    rival.kill('SIGKILL');
    await once(rival, 'exit');
  });

  test('a file that another has taken over is not removed', () => {
    const path = `${folder}/d.pid`;
    const mine = writePidFile(path);
    assert.ok('remove' in mine);
    rmSync(path);
    writeFileSync(path, '1\n');
    mine.remove();
    assert.ok(existsSync(path));
  });
});
