/** Ten thousand clients that stay without a word, before haproxy and before ours; some ten seconds. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createTestNamespace, skipKernelTests } from '../linux/namespaces.ts';
import type { Outcome } from './proxy-idle/many-clients.ts';
import { skipWithoutHaproxy } from './skip-without-haproxy.ts';

const CLIENTS = 10_000;
/** What one needs as long as it is idle; what is garbage after that is given back at leisure. */
const IDLE_KB_MAX = 20;
const LEFT_KB_MAX = 250_000;

const skip = skipKernelTests || skipWithoutHaproxy;

describe('ten thousand idle clients', { skip }, () => {
  const outcomes = new Map<string, Outcome>();
  before(async () => {
    await Promise.all(['theirs', 'ours'].map(async (name) => outcomes.set(name, await play(name))));
  });

  for (const name of ['theirs', 'ours'])
    test(`${name}: all are answered, stay, and are answered again`, () => {
      const { answered, answeredAgain, idle, left } = outcomes.get(name) as Outcome;
      const expected = { answered: CLIENTS, answeredAgain: CLIENTS, idle: CLIENTS, left: 0 };
      assert.deepEqual({ answered, answeredAgain, idle, left }, expected);
    });

  test('each needs one descriptor, which it gives back', () => {
    const [before, during, after] = (outcomes.get('ours') as Outcome).descriptors;
    assert.ok(during - before <= CLIENTS + 10, `${during} of ${before}`);
    assert.ok(after - before <= 10, `${after} of ${before}`);
  });

  test('each needs little memory', () => {
    const [before, during, after] = (outcomes.get('ours') as Outcome).memoryKb;
    assert.ok((during - before) / CLIENTS <= IDLE_KB_MAX, `${during} of ${before} kB`);
    assert.ok(after - before <= LEFT_KB_MAX, `${after} of ${before} kB`);
  });
});

async function play(name: string): Promise<Outcome> {
  const namespace = createTestNamespace(`proxy-idle-${name}`);
  try {
    namespace.ip('link set lo up');
    const { stdout } = await promisify(execFile)('ip', [
      ...['netns', 'exec', namespace.name, process.execPath, '--import', 'tsx'],
      new URL('proxy-idle/many-clients.ts', import.meta.url).pathname,
      name,
    ]);
    return JSON.parse(stdout);
  } finally {
    namespace.remove();
  }
}
