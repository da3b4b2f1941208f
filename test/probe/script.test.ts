import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { millis } from '../../src/base/time.ts';
import type { ProbeReport } from '../../src/core/check/probe.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { createPatternCompiler } from '../../src/linux/patterns.ts';
import { createProbeSockets } from '../../src/linux/probe-sockets.ts';
import { createScriptRunner } from '../../src/linux/script-runner.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { Prober } from '../../src/ports/prober.ts';
import { createProber } from '../../src/probe/prober.ts';
import { isAlive, testPath } from '../../tools/sweep.ts';
import { until } from '../linux/namespaces.ts';

describe('script probes', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  let watcher: FdWatcher;
  let prober: Prober;
  const pidFile = testPath('probe-script.pid');

  before(async () => {
    watcher = await openFdWatcher();
    prober = createProber({
      clock: createClock(),
      sockets: createProbeSockets(watcher),
      scripts: createScriptRunner(watcher),
      patterns: createPatternCompiler(),
      most: { sockets: 1, scripts: 1 },
    });
  });
  after(() => {
    prober.close();
    watcher.close();
    rmSync(pidFile, { force: true });
  });

  function ask(timeoutMs: number, ...argv: string[]): Promise<ProbeReport> {
    return new Promise((resolve) => {
      prober.probe({ kind: 'script', command: { argv }, timeout: millis(timeoutMs) }, resolve);
    });
  }

  function shell(script: string): string[] {
    rmSync(pidFile, { force: true });
    return ['/bin/sh', '-c', `echo $$ > ${pidFile}; ${script}`];
  }

  function pid(): number {
    return Number(readFileSync(pidFile, 'utf8'));
  }

  test('the exit status is reported; a signal and a missing program are failures', async () => {
    const reports = await Promise.all([
      ask(5000, '/bin/true'),
      ask(5000, '/bin/sh', '-c', 'exit 57'),
      ask(5000, '/bin/sh', '-c', 'kill -SEGV $$'),
      ask(5000, '/none/such'),
    ]);
    assert.deepEqual(
      reports.map(({ finding }) => finding),
      [
        { kind: 'exited', status: 0 },
        { kind: 'exited', status: 57 },
        { kind: 'failed', cause: 'answer', detail: 'ended by SIGSEGV' },
        { kind: 'failed', cause: 'local', detail: 'no such file' },
      ],
    );
  });

  test('one that is late is ended; its time is its time limit', async () => {
    const { finding, latency } = await ask(200, ...shell('sleep 60'));
    const detail = 'still running after 0.2 s';
    assert.deepEqual(finding, { kind: 'failed', cause: 'timeout', detail });
    assert(latency >= 200_000, String(latency));
    await until(() => !isAlive(pid()));
  });

  test('one that does not heed SIGTERM is killed, and nothing runs beside it', async () => {
    const beginUs = createClock().now();
    const stubborn = ask(100, ...shell('trap "" TERM; while :; do sleep 0.05; done'));
    const next = ask(5000, '/bin/true');
    const { finding, latency } = await stubborn;
    assert(latency >= 100_000 && latency < 2_000_000, String(latency));
    assert.equal(finding.kind === 'failed' && finding.cause, 'timeout');
    assert(createClock().now() - beginUs >= 2_000_000);
    assert(!isAlive(pid()));
    assert.deepEqual((await next).finding, { kind: 'exited', status: 0 });
  });

  test('an abandoned one is ended, and gives its place back', async () => {
    const script = { argv: shell('sleep 60') };
    const request = { kind: 'script', command: script, timeout: millis(60_000) } as const;
    const probe = prober.probe(request, () => assert.fail('it was abandoned'));
    const waiting = prober.probe(request, () => assert.fail('it was abandoned'));
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
    waiting.abandon();
    probe.abandon();
    const { finding } = await ask(5000, '/bin/true');
    assert.deepEqual(finding, { kind: 'exited', status: 0 });
    assert(!isAlive(pid()));
  });
});
