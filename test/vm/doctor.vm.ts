/** What the doctor finds only where a kernel is ours: a clock that is set, and IPVS. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testPath } from '../../tools/sweep.ts';

const FOLDER = testPath('doctor');
const CONF = join(FOLDER, 'keepalived.conf');
const TEXT = `global_defs {
  @holdfast data_plane ipvs
}
virtual_server 192.0.2.10 80 {
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server 192.0.2.20 80 {
    weight 1
  }
}
`;
/** Half a second: enough to be seen, too little for whoever waits here by that clock. */
const STEP = 'date -s "@$(date -d "+0.5 seconds" +%s.%N)"';

interface Report {
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  readonly checked: readonly string[];
}

describe('holdfast doctor on a kernel of its own', () => {
  before(() => {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(CONF, TEXT);
  });
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  /** `meanwhile` goes on for as long as it listens. */
  async function doctor(code: string, listen: string, meanwhile = 'sleep 0'): Promise<Report> {
    const words = ['doctor', '--json', '-f', CONF, '--only', code, '--listen', listen];
    const child = spawn(process.execPath, [resolve('dist/holdfast.cjs'), ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const busy = spawn('sh', ['-c', meanwhile], { stdio: 'ignore', detached: true });
    let text = '';
    for await (const part of child.stdout) text += part;
    try {
      if (busy.pid !== undefined) process.kill(-busy.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    return JSON.parse(text) as Report;
  }

  test('sees that the clock is set, and says nothing where it is not', async () => {
    const calm = await doctor('clock-steps', '2');
    assert.deepEqual([calm.findings, calm.checked], [[], ['clock-steps']]);
    const steps = `for each in 1 2 3 4 5 6 7 8 9 10 11 12; do ${STEP}; sleep 2; done`;
    const { findings } = await doctor('clock-steps', '6', steps);
    assert.match(findings[0]?.message ?? '', /^the clock was set by \d+ ms/);
  });

  test('finds IPVS that is there', async () => {
    execFileSync('ipvsadm', ['-ln']);
    const { findings, checked } = await doctor('ipvs-missing', '0');
    assert.deepEqual([findings, checked], [[], ['ipvs-missing']]);
  });
});
