import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTestPair, skipKernelTests } from './namespaces.ts';

const run = promisify(execFile);
const durationMs = 3000;

describe('the FFI layer under forced garbage collection', { skip: skipKernelTests }, () => {
  for (const mechanism of ['uv', 'thread'] as const) {
    test(`stays sound (${mechanism})`, async () => {
      const { left, right } = createTestPair(`gc-${mechanism}`);
      try {
        left.ip('addr add 10.0.0.1/24 dev eth0');
        left.ip('addr add fd00::1/64 dev eth0');
        right.ip('addr add 10.0.0.2/24 dev eth0');
        await sleep(100);
        const { stdout } = await run(
          process.execPath,
          [
            '--expose-gc',
            '--import',
            'tsx',
            'test/linux/ffi-stress-child.ts',
            `/run/netns/${left.name}`,
            String(left.indexOf('eth0')),
            `/run/netns/${right.name}`,
            String(right.indexOf('eth0')),
            String(durationMs),
          ],
          {
            env: { ...process.env, ...(mechanism === 'thread' && { HOLDFAST_POLL: 'thread' }) },
            timeout: 30_000,
          },
        );
        const counts = JSON.parse(stdout);
        assert.equal(counts.wrong, 0, stdout);
        assert.equal(counts.early, 0, stdout);
        assert.ok(counts.alarms > 100 && counts.sent > 200, stdout);
        assert.ok(counts.received > 100 && counts.reopened > 5 && counts.events > 100, stdout);
      } finally {
        left.remove();
        right.remove();
      }
    });
  }
});
