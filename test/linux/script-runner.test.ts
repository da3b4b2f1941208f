import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptCommand } from '../../src/config/model/vrrp.ts';
import { createScriptRunner } from '../../src/linux/script-runner.ts';
import type { ScriptOutcome } from '../../src/ports/scripts.ts';
import { testPath } from '../../tools/sweep.ts';

const folder = testPath('scripts');
const root = process.getuid?.() === 0;

function run(command: ScriptCommand, extraArguments: readonly string[] = []) {
  const outcomes: ScriptOutcome[] = [];
  const { promise, resolve } = deferred();
  const script = createScriptRunner().run(command, { extraArguments }, (outcome) => {
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

function shell(script: string): ScriptCommand {
  return { argv: ['/bin/sh', '-c', script] };
}

describe('ScriptRunner', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

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
    const { ended } = run({ argv: ['/bin/sh', '-c', text, 'name', 'a b'] }, ['INSTANCE', 'VI 1']);
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
});
