import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const skip = process.platform === 'linux' ? false : 'needs Linux';

/** Runs a script that has a writer on its stderr; returns the process and what it said at last. */
function run(script: string) {
  const file = fileURLToPath(new URL('./line-writer.ts', import.meta.url));
  const source = `
    import { createLineWriter } from ${JSON.stringify(file)};
    const writer = createLineWriter(2, (count) => 'lost ' + count + '\\n');
    ${script}`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', source],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<string>((resolve) => {
    child.stdout.once('end', () => resolve(said));
  });
  const readAll = async (): Promise<string[]> => {
    const chunks: Buffer[] = [];
    for await (const chunk of child.stderr) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  };
  return { child, ended, readAll };
}

describe('the writer of lines', { skip }, () => {
  test('all lines arrive in their order, also long ones and those of the last turn', async () => {
    const { readAll } = run(`
      for (let count = 0; count < 3000; count++) writer.write('line ' + count + '\\n');
      writer.write('x'.repeat(20000) + '\\n');
      setTimeout(() => {
        writer.write('last\\n');
        process.exit(0);
      }, 50);`);
    const lines = await readAll();
    assert.deepEqual(lines.slice(0, 3), ['line 0', 'line 1', 'line 2']);
    assert.deepEqual(
      lines.slice(2999).map((line) => line.length),
      [9, 20_000, 4],
    );
  });

  test('a reader who sleeps does not stall it; what is too much is counted', async () => {
    const { child, readAll, ended } = run(`
      const line = 'y'.repeat(99) + '\\n';
      let longestMs = 0;
      let before = performance.now();
      let turns = 0;
      const turn = () => {
        longestMs = Math.max(longestMs, performance.now() - before);
        before = performance.now();
        for (let count = 0; count < 500; count++) writer.write(line);
        if (++turns < 100) setImmediate(turn);
        else console.log(longestMs < 1000 ? 'never stalled' : 'stalled ' + longestMs);
      };
      turn();
      setTimeout(() => {}, 2000);`);
    // Until it has written everything nobody reads.
    await once(child.stdout, 'data');
    const [lines, said] = await Promise.all([readAll(), ended]);
    assert.equal(said, 'never stalled\n');
    const last = lines.at(-1) ?? '';
    assert.match(last, /^lost \d+$/);
    assert.equal(lines.length - 1 + Number(last.slice(5)), 50_000);
  });

  test('a reader who has gone is no error', async () => {
    const { child, ended } = run(`
      process.on('SIGPIPE', () => {});
      setTimeout(() => {
        writer.write('nobody hears this\\n');
        setTimeout(() => console.log('alive'), 50);
      }, 200);`);
    child.stderr.destroy();
    assert.equal(await ended, 'alive\n');
  });
});
