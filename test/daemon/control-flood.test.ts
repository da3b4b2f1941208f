import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ControlFlood } from '../../bench/support/control-flood.ts';
import type { StatusResult } from '../../src/api/protocol.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { AdvertCapture } from './adverts.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  masterOf,
  skipDaemon,
} from './support.ts';

const REQUESTS = 100_000;
const CONNECTIONS = 20;
/** After so many seconds without an advert a backup of priority 100 takes over. */
const MASTER_DOWN = (3 + 156 / 256) * 0.1;
const GROWTH_KB_MAX = 48 << 10;

describe('a flooded control socket', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let daemon: HostProcess;
  let backup: HostProcess;
  let capture: AdvertCapture;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    a = lab.host('a');
    daemon = await start(a, 150);
    await masterOf(daemon);
    backup = await start(lab.host('b'), 100);
    await backup.logContains('Entering BACKUP STATE');
    capture = await AdvertCapture.start(a);
  });
  after(() => lab?.destroy());

  const start = (host: Host, priority: number): Promise<HostProcess> =>
    host.start({
      program: 'holdfast',
      config: instance({ priority }),
      args: ['-p', host.path('h.pid')],
    });
  const residentKb = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]);

  test('costs no advert, no memory, and is over when it is over', async () => {
    const beforeKb = residentKb();
    const flood = new ControlFlood(a.path('h.sock'), { connections: CONNECTIONS, seed: 1 });
    try {
      await eventually(
        () => (flood.figures.sent >= REQUESTS ? true : undefined),
        () => `${JSON.stringify(flood.figures)}\n${daemon.tail()}`,
        120_000,
      );
      await capture.more(51, 20);
    } finally {
      flood.stop();
    }
    assert(flood.figures.answers > 0);
    await capture.more(51, 5);
    await capture.stop();
    const gap = capture.longestGap(51);
    assert(gap < MASTER_DOWN, `gap of ${gap} s`);
    const taken = backup.log.filter(({ text }) => text.includes('Entering MASTER STATE'));
    assert.deepEqual(taken, []);
    const growthKb = residentKb() - beforeKb;
    assert(growthKb < GROWTH_KB_MAX, `${growthKb} kB more`);

    const { status, stdout, stderr } = await a.run([
      ...[holdfast, 'status', '--json', '--socket', a.path('h.sock')],
    ]);
    assert.equal(status, 0, stderr);
    const { instances }: StatusResult = JSON.parse(stdout);
    assert.deepEqual(
      instances.map(({ state, priority }) => [state, priority.effective]),
      [['master', 150]],
    );
    assert.equal((await daemon.stop()).status, 0, daemon.tail());
  });
});
