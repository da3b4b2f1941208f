import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRoot, leftovers } from './support.ts';

interface Run {
  readonly child: ChildProcess;
  output: string;
}

/** Runs the command as a user does, from the sources. */
function startCommand(args: readonly string[], preparation = ''): Run {
  const module = new URL('../../src/cli/lab.ts', import.meta.url).href;
  const source = `
    import { labCommand } from ${JSON.stringify(module)};
    ${preparation}
    process.exit(await labCommand.run(${JSON.stringify(args)}));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      run.output += chunk.toString();
    });
  }
  return run;
}

/** The command in a process that has given its privileges up. */
const asNobody = 'if (process.getuid() === 0) process.setuid(65534);';

async function waitForOutput(run: Run, pattern: RegExp): Promise<void> {
  while (!pattern.test(run.output)) {
    assert.equal(run.child.exitCode, null, run.output);
    await sleep(10);
  }
}

describe('holdfast lab', () => {
  test('tells how it is used, and what it does not understand', async () => {
    for (const { args, code, text } of [
      { args: ['--help'], code: 0, text: /Usage: holdfast lab/ },
      { args: ['--hosts', 'many'], code: 2, text: /--hosts is a number/ },
      { args: ['--peer', 'frr'], code: 2, text: /--peer is keepalived/ },
      { args: ['--peer', 'keepalived=node9'], code: 2, text: /there is no host node9/ },
      { args: ['--nonsense'], code: 2, text: /--nonsense/ },
    ]) {
      const run = startCommand(args);
      const [status] = await once(run.child, 'close');
      assert.equal(status, code, run.output);
      assert.match(run.output, text);
    }
  });

  test('without root it runs on the simulator, and says so', async () => {
    const run = startCommand([], asNobody);
    const [status] = await once(run.child, 'close');
    assert.equal(status, 0, run.output);
    assert.match(run.output, /not root.*this runs on the simulator/);
    assert.match(run.output, /power off node2 +node2 +node3 +\d{4}\.\d +1/);
    assert.match(run.output, /on the simulator: 2 failovers, and after each exactly one/);
  });

  const onHosts = { skip: isRoot ? false : 'needs root' };

  for (const { moment, pattern } of [
    { moment: 'while hosts are being made', pattern: /mended/ },
    { moment: 'while the daemons start', pattern: /start \.\.\./ },
    { moment: 'while nobody has the VIP', pattern: /power off node1 \.\.\.[\s\S]*nobody answers/ },
  ]) {
    test(`Ctrl-C ${moment} leaves nothing`, onHosts, async () => {
      const run = startCommand(['--peer', 'keepalived']);
      await waitForOutput(run, pattern);
      run.child.kill('SIGINT');
      const [status] = await once(run.child, 'close');
      assert.equal(status, 130, run.output);
      assert.deepEqual(leftovers(`hf-${run.child.pid}-`), []);
    });
  }

  test('--keep leaves the hosts up and says how to enter them', onHosts, async () => {
    const run = startCommand(['--peer', 'keepalived', '--hosts', '2', '--keep']);
    await waitForOutput(run, /Ctrl-C here/);
    assert.match(run.output, /nsenter -a -t \d+ +# node2/);
    assert(leftovers(`hf-${run.child.pid}-`).length > 0);
    run.child.kill('SIGINT');
    const [status] = await once(run.child, 'close');
    assert.equal(status, 0, run.output);
    assert.match(run.output, /1 failover/);
    assert.deepEqual(leftovers(`hf-${run.child.pid}-`), []);
  });
});
