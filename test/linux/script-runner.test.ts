import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptCommand } from '../../src/config/model/vrrp.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { createScriptRunner } from '../../src/linux/script-runner.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { ScriptOptions, ScriptOutcome } from '../../src/ports/scripts.ts';
import { testPath } from '../../tools/sweep.ts';

const folder = testPath('scripts');
const root = process.getuid?.() === 0;

let watcher: FdWatcher;

function run(command: ScriptCommand, options: ScriptOptions = {}) {
  const outcomes: ScriptOutcome[] = [];
  const { promise, resolve } = deferred();
  const script = createScriptRunner(watcher).run(command, options, (outcome) => {
    outcomes.push(outcome);
    resolve(outcome);
  });
  return { script, outcomes, ended: promise };
}

function deferred() {
  let resolve: (outcome: ScriptOutcome) => void = () => {};
  const promise = new Promise<ScriptOutcome>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Runs it in a shell with its output kept. */
async function listen(script: string, user?: string): Promise<ScriptOutcome> {
  const command = { ...shell(script), ...(user !== undefined && { user }) };
  return run(command, { output: 'last-line' }).ended;
}

async function appears(file: string): Promise<void> {
  for (let tries = 0; !existsSync(file); tries++) {
    assert(tries < 2000, `${file} does not appear`);
    await sleep(5);
  }
}

function shell(script: string): ScriptCommand {
  return { argv: ['/bin/sh', '-c', script] };
}

describe('ScriptRunner', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(async () => {
    watcher = await openFdWatcher();
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
  });
  after(() => {
    watcher.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells how a program ended', async () => {
    assert.deepEqual(await run(shell('exit 0')).ended, { kind: 'exited', status: 0 });
    assert.deepEqual(await run(shell('exit 3')).ended, { kind: 'exited', status: 3 });
    const killed = await run(shell('kill -HUP $$')).ended;
    assert.deepEqual(killed, { kind: 'signalled', signal: 'SIGHUP' });
  });

  test('a program that cannot be started is an outcome, told later and once', async () => {
    const cases: readonly [ScriptCommand, RegExp][] = [
      [{ argv: ['/no/such/program'] }, /no such file/],
      [{ argv: [folder] }, /not executable/],
      [{ argv: ['/bin/true\0'] }, /null bytes/],
      [{ argv: [''] }, /empty|no such/],
      [{ argv: ['/bin/true'], user: 'no-such-user' }, /no such user: no-such-user/],
      [{ argv: ['/bin/true'], group: 'no-such-group' }, /no such group/],
    ];
    for (const [command, reason] of cases) {
      const { ended, outcomes, script } = run(command);
      assert.equal(outcomes.length, 0);
      assert.equal(script.pid, undefined);
      script.kill('SIGKILL');
      const outcome = await ended;
      assert.ok(outcome.kind === 'not-started');
      assert.match(outcome.reason, reason);
      await sleep(5);
      assert.equal(outcomes.length, 1);
    }
  });

  test('arguments, environment, session and streams', async () => {
    process.env.LD_LIBRARY_PATH = '/nowhere';
    process.env.HOLDFAST_TEST_MARK = 'kept';
    const file = `${folder}/facts`;
    const text = `printf '%s|' "$@" "$LD_LIBRARY_PATH" "$HOLDFAST_TEST_MARK" > ${file}
      cut -d' ' -f6 /proc/$$/stat >> ${file}; echo $$ >> ${file}; readlink /proc/$$/fd/2 >> ${file}`;
    const { ended } = run(
      { argv: ['/bin/sh', '-c', text, 'name', 'a b'] },
      {
        extraArguments: ['INSTANCE', 'VI 1'],
      },
    );
    assert.deepEqual(await ended, { kind: 'exited', status: 0 });
    delete process.env.LD_LIBRARY_PATH;
    delete process.env.HOLDFAST_TEST_MARK;
    const [line, self, output] = readFileSync(file, 'utf8').split('\n');
    const session = /\|(\d+)$/.exec(line ?? '')?.[1];
    assert.equal(line, `a b|INSTANCE|VI 1||kept|${session}`);
    assert.equal(session, self);
    assert.equal(output, '/dev/null');
  });

  test('a signal reaches the whole group', async () => {
    const file = `${folder}/child`;
    const { script, ended } = run(shell(`sleep 60 & echo $! > ${file}; wait`));
    for (let tries = 0; tries < 200; tries++) {
      await sleep(5);
      try {
        if (readFileSync(file, 'utf8').endsWith('\n')) break;
      } catch {
        // Not written yet.
      }
    }
    script.kill('SIGTERM');
    assert.deepEqual(await ended, { kind: 'signalled', signal: 'SIGTERM' });
    const child = Number(readFileSync(file, 'utf8'));
    await sleep(20);
    assert.throws(() => {
      // A zombie that nobody has waited for yet still has a number.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8'))) throw new Error();
    });
    script.kill('SIGKILL');
  });

  test('user and group', { skip: !root && 'needs root' }, async () => {
    const file = `${folder}/ids`;
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    const text = `id -u > ${file}; id -g >> ${file}`;
    await run({ argv: ['/bin/sh', '-c', text], user: 'nobody' }).ended;
    const [uid, gid] = readFileSync(file, 'utf8').split('\n');
    assert.equal(uid, '65534');
    assert.notEqual(gid, '0');
    await run({ argv: ['/bin/sh', '-c', text], user: '65534', group: 'daemon' }).ended;
    assert.equal(readFileSync(file, 'utf8'), '65534\n1\n');
  });

  test('the last line of either stream', async () => {
    const failure = { kind: 'exited', status: 1 };
    const cases: readonly [string, string][] = [
      ['echo one; echo two >&2; exit 1', 'two'],
      ['echo one >&2; echo two; echo; exit 1', 'two'],
      ['printf without-newline; exit 1', 'without-newline'],
    ];
    for (const [script, lastLine] of cases) {
      assert.deepEqual(await listen(script), { ...failure, lastLine });
    }
    assert.deepEqual(await listen('exit 1'), failure);
    assert.deepEqual(await listen('echo fine'), { kind: 'exited', status: 0, lastLine: 'fine' });
    const killed = await listen('echo going; kill -KILL $$');
    assert.deepEqual(killed, { kind: 'signalled', signal: 'SIGKILL', lastLine: 'going' });
    const missing = await run({ argv: ['/no/such/program'] }, { output: 'last-line' }).ended;
    assert.equal(missing.kind, 'not-started');
  });

  test('a script that prints megabytes comes to its end', async () => {
    const outcome = await listen('head -c 4000000 /dev/zero | tr "\\0" x; echo; echo the end');
    assert.deepEqual(outcome, { kind: 'exited', status: 0, lastLine: 'the end' });
  });

  test('what a script leaves behind delays nothing, and may go on printing', async () => {
    const file = `${folder}/later`;
    const waiting = `while [ ! -e ${file}.go ]; do sleep 0.02; done`;
    const later = `${waiting}; echo later; echo later; echo ok > ${file}`;
    const outcome = await listen(`(${later}) & echo now; exit 4`);
    assert.deepEqual(outcome, { kind: 'exited', status: 4, lastLine: 'now' });
    writeFileSync(`${file}.go`, '');
    await appears(file);
  });

  test('descriptors of many runs are closed, also where something holds them', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    await listen('echo 1');
    const before = count();
    for (let runs = 0; runs < 40; runs++) {
      await listen('echo 1');
      await run({ argv: ['/no/such/program'] }, { output: 'last-line' }).ended;
    }
    for (let tries = 0; count() > before; tries++) {
      assert(tries < 400, `${count()} descriptors, ${before} before`);
      await sleep(5);
    }
    const pids: number[] = [];
    for (let runs = 0; runs < 40; runs++) {
      const outcome = await listen('sleep 60 & echo $!');
      assert(outcome.kind === 'exited');
      pids.push(Number(outcome.lastLine));
    }
    try {
      assert(count() <= before + 32, `${count()} descriptors, ${before} before`);
    } finally {
      for (const pid of pids) process.kill(pid);
    }
    for (let tries = 0; count() > before; tries++) {
      assert(tries < 400, `${count()} descriptors, ${before} before`);
      await sleep(5);
    }
  });

  test('another user may open his streams by name', { skip: !root && 'needs root' }, async () => {
    const outcome = await listen('echo named > /dev/stderr', 'nobody');
    assert.deepEqual(outcome, { kind: 'exited', status: 0, lastLine: 'named' });
  });
});
