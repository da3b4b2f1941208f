import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';

function runChild(body: string): string {
  const args = ['--import', 'tsx', '--input-type=module', '-e', body];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

const preamble = `
  import { spawnSync } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  const { dumpSignals } = await import('./src/linux/dump-signals.ts');
  const { watchSignals } = await import('./src/linux/ffi/uv-signal.ts');
  const { replaceProgram } = await import('./src/linux/exec.ts');
  const numbers = Object.values(dumpSignals());
  const heard = new Map(numbers.map((number) => [number, 0]));
  const lost = watchSignals(numbers, (number) => heard.set(number, heard.get(number) + 1));
  const until = async (done) => { while (!done()) await new Promise((go) => setTimeout(go, 5)); };
`;

describe('real-time signals', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  test('are heard, thousands of them, and scripts inherit nothing of it', () => {
    const text = runChild(`${preamble}
      for (let count = 0; count < 1000; count++) {
        for (const number of numbers) process.kill(process.pid, number);
        // The loop takes them off a pipe that holds some thousand.
        if (count % 100 === 0) await new Promise((go) => setTimeout(go, 1));
      }
      await until(() => [...heard.values()].every((count) => count > 0));
      const status = spawnSync('cat', ['/proc/self/status'], { encoding: 'utf8' }).stdout;
      process.stdout.write(JSON.stringify({ lost, masks: status.match(/Sig(Blk|Ign):\\t\\w+/g) }));
    `);
    assert.deepEqual(JSON.parse(text), {
      lost: [],
      masks: ['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000'],
    });
  });

  test('are heard on where another program could not take over, and ignored where one does', () => {
    const next = `
      for (const number of process.env.NUMBERS.split(',')) process.kill(process.pid, Number(number));
      setTimeout(() => process.stdout.write('alive'), 20);`;
    const text = runChild(`${preamble}
      replaceProgram({ file: '/nowhere/node', argv: ['node'], env: process.env });
      for (const number of numbers) process.kill(process.pid, number);
      await until(() => [...heard.values()].every((count) => count > 0));
      const env = { ...process.env, NUMBERS: numbers.join() };
      replaceProgram({ file: process.execPath, argv: ['node', '-e', ${JSON.stringify(next)}], env });
    `);
    assert.equal(text, 'alive');
  });
});
