import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRoot, leftovers } from './support.ts';

/** A process that makes a network with a sleeper on a host, says its id, and then does `next`. */
function startLab(
  prefix: string,
  next: string,
  stderr: 'inherit' | 'ignore' = 'inherit',
): ChildProcess {
  const source = `
    import { createNetwork } from ${JSON.stringify(new URL('../../src/lab/network.ts', import.meta.url).href)};
    const network = await createNetwork({ prefix: '${prefix}', hosts: [{ name: 'a' }, { name: 'b' }] });
    const sleeper = await network.hosts[0].spawn(['sleep', '1000']);
    console.log(sleeper.pid);
    ${next}
  `;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', stderr],
  });
}

async function sleeperOf(child: ChildProcess): Promise<number> {
  assert(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) return Number(line);
  throw new Error('the lab did not start');
}

async function waitUntilClean(prefix: string, pid: number): Promise<void> {
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline) {
    if (leftovers(prefix).length === 0 && !existsSync(`/proc/${pid}`)) return;
    await sleep(10);
  }
  assert.deepEqual(leftovers(prefix), []);
  assert(!existsSync(`/proc/${pid}`), 'a process of the lab lives');
}

describe('a lab that ends without destroying its network', {
  skip: isRoot ? false : 'needs root',
}, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} leaves nothing, and ends it as ever`, async () => {
      const prefix = `hft-${process.pid}-${signal.toLowerCase()}-`;
      const child = startLab(prefix, 'setInterval(() => {}, 1000);');
      const pid = await sleeperOf(child);
      const exit = once(child, 'exit');
      child.kill(signal);
      const [, endedBy] = await exit;
      assert.equal(endedBy, signal);
      assert.deepEqual(leftovers(prefix), []);
      await waitUntilClean(prefix, pid);
    });
  }

  test('an uncaught exception leaves nothing', async () => {
    const prefix = `hft-${process.pid}-throw-`;
    const child = startLab(prefix, 'setImmediate(() => { throw new Error("x"); });', 'ignore');
    const pid = await sleeperOf(child);
    await waitUntilClean(prefix, pid);
  });

  test('SIGKILL leaves nothing: the guard removes it', async () => {
    const prefix = `hft-${process.pid}-kill-`;
    const child = startLab(prefix, 'setInterval(() => {}, 1000);');
    const pid = await sleeperOf(child);
    child.kill('SIGKILL');
    await waitUntilClean(prefix, pid);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    test(`${signal} while the network is being made leaves nothing`, async () => {
      for (const delayMs of [0, 10, 30, 60, 120]) {
        const prefix = `hft-${process.pid}-early${signal.toLowerCase()}${delayMs}-`;
        const child = startLab(prefix, 'setInterval(() => {}, 1000);');
        const exit = once(child, 'exit');
        while (leftovers(prefix).length === 0) await sleep(2);
        await sleep(delayMs);
        child.kill(signal);
        await exit;
        if (signal === 'SIGKILL') await waitUntilClean(prefix, 2 ** 30);
        else assert.deepEqual(leftovers(prefix), []);
      }
    });
  }
});
