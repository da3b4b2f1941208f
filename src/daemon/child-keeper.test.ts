import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ChildKeeper, type ChildProgram } from './child-keeper.ts';

const HEALTHY_MS = 300;

/** Delays that a keeper announces for a child that is killed again and again. */
async function delaysOf(
  program: Partial<ChildProgram>,
  kills: readonly ('at once' | 'later' | 'later, and it served')[],
): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-keeper-`));
  const file = join(folder, 'child.cjs');
  writeFileSync(file, 'setInterval(() => {}, 1000);');
  const delays: number[] = [];
  let started: () => void = () => {};
  const keeper = new ChildKeeper<string>(
    {
      ...{ label: 'child', name: 'child', nodeFlags: [], firstDelayMs: 1, healthyMs: HEALTHY_MS },
      ...{ bundle: pathToFileURL(file).href, ...program },
    },
    {
      log: {
        write: ({ text }) => {
          const seconds = /again in ([\d.]+) s/.exec(text)?.[1];
          if (seconds !== undefined) delays.push(Number(seconds) * 1000);
        },
        close: () => {},
      },
      whenCalm: (act) => act(),
      stdio: ['ignore', 'ignore', 'ignore'],
      started: () => started(),
    },
  );
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      started = resolve;
    });
  try {
    let there = next();
    keeper.configure('wanted');
    for (const kill of kills) {
      await there;
      const { child } = keeper;
      assert.ok(child !== undefined);
      if (kill === 'later, and it served') keeper.serves(child);
      if (kill !== 'at once') await sleep(2 * HEALTHY_MS);
      there = next();
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  } finally {
    keeper.close();
    rmSync(folder, { recursive: true });
  }
  return delays;
}

test('a child that dies soon after each start is started later each time, one that ran is not', async () => {
  const kills = ['at once', 'at once', 'at once', 'later', 'at once'] as const;
  assert.deepEqual(await delaysOf({}, kills), [1, 2, 4, 1, 2]);
});

test('where it says when it serves, a long start is no long run', async () => {
  const kills = ['later', 'later', 'later, and it served', 'later'] as const;
  assert.deepEqual(await delaysOf({ ranSince: 'serving' }, kills), [1, 2, 1, 2]);
});
