import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';

function runChild(body: string): string {
  const args = ['--import', 'tsx', '--input-type=module', '-e', body];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

describe('another program in the same process', {
  skip: process.platform !== 'linux' && 'needs Linux',
}, () => {
  test('has its id, its children, and the descriptors that were passed on', () => {
    const next = `
      const { fstatSync, readFileSync } = require('node:fs');
      const [passed, kept] = process.env.FDS.split(' ').map(Number);
      let other = 'open';
      try { fstatSync(kept); } catch { other = 'closed'; }
      const stat = readFileSync('/proc/self/fd/' + passed, 'utf8');
      process.stdout.write(JSON.stringify({
        pid: process.pid, before: process.env.BEFORE, argv0: process.argv0, passed: stat, other,
        snow: process.env['SN\\u00d6'], empty: process.env.EMPTY, gone: process.env.GONE ?? 'gone',
      }));`;
    const text = runChild(`
      import { spawn } from 'node:child_process';
      const { createMemoryFile, replaceProgram, setInheritance } = await import('./src/linux/exec.ts');
      const passed = createMemoryFile('passed', Buffer.from('what is passed on'));
      const kept = createMemoryFile('kept', Buffer.from('x'));
      setInheritance(passed, 'passed-on');
      const { NODE_OPTIONS, ...rest } = process.env;
      const env = {
        ...rest, FDS: passed + ' ' + kept, BEFORE: String(process.pid),
        'SN\\u00d6': '\\u2603', EMPTY: '', GONE: undefined,
      };
      // Other threads end with the program.
      setTimeout(() => {
        const argv = ['by-this-name', '-e', ${JSON.stringify(next)}];
        replaceProgram({ file: process.execPath, argv, env });
        process.stdout.write('still here');
      }, 20);
      new (await import('node:worker_threads')).Worker('setInterval(() => {}, 1)', { eval: true });
    `);
    const { pid, before, ...rest } = JSON.parse(text);
    assert.equal(String(pid), before);
    assert.deepEqual(rest, {
      argv0: 'by-this-name',
      passed: 'what is passed on',
      other: 'closed',
      snow: '\u2603',
      empty: '',
      gone: 'gone',
    });
  });

  test('that cannot be run leaves everything as it was', () => {
    const text = runChild(`
      const { replaceProgram } = await import('./src/linux/exec.ts');
      const { code } = replaceProgram({ file: '/nowhere/node', argv: ['node'], env: process.env });
      process.stdout.write(code);
    `);
    assert.equal(text, 'ENOENT');
  });

  test('reaps the children of the one before', () => {
    const next = `
      (async () => {
        const { childrenOfThisProcess } = await import('./src/linux/children.ts');
        const { reapChild } = await import('./src/linux/exec.ts');
        // Whatever compiled this program may be another child.
        const child = Number(process.env.CHILD);
        const isThere = () => childrenOfThisProcess().includes(child);
        const before = isThere();
        const first = reapChild(child);
        process.kill(child);
        while (reapChild(child) === 'running') await new Promise((done) => setTimeout(done, 5));
        process.stdout.write([before, first, isThere()].join());
      })()`;
    const text = runChild(`
      import { spawn } from 'node:child_process';
      const { replaceProgram } = await import('./src/linux/exec.ts');
      const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
      const argv = ['node', '--import', 'tsx', '-e', ${JSON.stringify(next)}];
      const env = { ...process.env, CHILD: String(child.pid) };
      replaceProgram({ file: process.execPath, argv, env });
    `);
    assert.equal(text, 'true,running,false');
  });

  test('reads a memory file to its end, once', () => {
    const text = runChild(`
      const { createMemoryFile, takeMemoryFile } = await import('./src/linux/exec.ts');
      const fd = createMemoryFile('large', Buffer.alloc(3 << 20, 'x'));
      process.stdout.write(String(takeMemoryFile(fd).length));
    `);
    assert.equal(text, String(3 << 20));
  });
});
