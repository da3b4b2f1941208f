/** What the doctor finds only where a kernel is ours: a clock that is set, and IPVS. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { adjtimex } from '../../src/linux/ffi/libc.ts';
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

/** struct timex of adjtimex(2): what is set, the largest error in microseconds, and the state. */
const TIMEX = { bytes: 208, maxErrorAt: 24, statusAt: 40 } as const;
const ADJ_MAXERROR = 0x04;
const ADJ_STATUS = 0x10;
const STA_UNSYNC = 0x40;

/** As a program that keeps the clock right tells the kernel. */
function setClockState(status: number): void {
  const state = new Uint8Array(TIMEX.bytes);
  const view = new DataView(state.buffer);
  view.setUint32(0, ADJ_MAXERROR | ADJ_STATUS, true);
  view.setBigInt64(TIMEX.maxErrorAt, 0n, true);
  view.setInt32(TIMEX.statusAt, status, true);
  assert.ok(adjtimex(state) >= 0);
}

/** What the kernel calls when it wants a module by itself. */
const AUTOLOAD = '/proc/sys/kernel/modprobe';
const MODULES_FILE = '/etc/modules-load.d/holdfast.conf';
const UNLOAD_MS = 60_000;

interface Report {
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  readonly checked: readonly string[];
  readonly mended?: readonly { readonly command: string; readonly state: string }[];
}

/** Takes modules out of the kernel, whoever needs others first; what tests have left goes by and by. */
async function unload(names: RegExp): Promise<void> {
  const endMs = performance.now() + UNLOAD_MS;
  for (;;) {
    const lines = readFileSync('/proc/modules', 'utf8').trim().split('\n');
    const loaded = lines.map((line) => line.split(' ')).filter(([name = '']) => names.test(name));
    if (loaded.length === 0) return;
    assert.ok(performance.now() < endMs, `still loaded: ${loaded.join('; ')}`);
    for (const [name = '', , users] of loaded) {
      if (users !== '0') continue;
      spawnSync('/run/busybox', ['rmmod', name], { stdio: 'ignore' });
    }
    await sleep(50);
  }
}

describe('holdfast doctor on a kernel of its own', () => {
  before(() => {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(CONF, TEXT);
  });
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  /** `meanwhile` goes on for as long as it listens. */
  async function doctor(
    code: string,
    listen: string,
    { meanwhile = 'sleep 0', more = [] }: { meanwhile?: string; more?: readonly string[] } = {},
  ): Promise<Report> {
    const words = ['doctor', '--json', '-f', CONF, '--only', code, '--listen', listen, ...more];
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
    const { findings } = await doctor('clock-steps', '6', { meanwhile: steps });
    assert.match(findings[0]?.message ?? '', /^the clock was set by \d+ ms/);
  });

  test('sees whether anybody keeps the clock right', async () => {
    for (const [status, codes] of [
      [STA_UNSYNC, ['clock-unsynchronised']],
      [0, []],
    ] as const) {
      setClockState(status);
      const { findings, checked } = await doctor('clock-unsynchronised', '0');
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
      assert.deepEqual(checked, ['clock-unsynchronised']);
    }
  });

  test('finds IPVS that is there', async () => {
    execFileSync('ipvsadm', ['-ln']);
    const { findings, checked } = await doctor('ipvs-missing', '0');
    assert.deepEqual([findings, checked], [[], ['ipvs-missing']]);
  });

  test('finds that IPVS is not loaded, loads it where it may, and takes that back', async () => {
    await unload(/^ip_vs/);
    const found = await doctor('ipvs-missing', '0');
    assert.deepEqual(
      found.findings.map(({ code }) => code),
      ['ipvs-missing'],
    );
    const mended = await doctor('ipvs-missing', '0', { more: ['--fix'] });
    assert.deepEqual(
      mended.mended?.map(({ state }) => state),
      ['done'],
    );
    assert.deepEqual(mended.findings, []);
    assert.ok(existsSync('/proc/net/ip_vs'));
    assert.match(readFileSync(MODULES_FILE, 'utf8'), /^ip_vs$/m);
    await doctor('ipvs-missing', '0', { more: ['--undo'] });
    assert.equal(existsSync(MODULES_FILE), false);
  });

  test('finds a kernel without nftables, and loads it where it may', async () => {
    const program = readFileSync(AUTOLOAD, 'utf8');
    writeFileSync(AUTOLOAD, '/bin/false\n');
    try {
      await unload(/^(?:nft_|nf_tables|nf_flow_table)/);
      execFileSync('mount', ['-t', 'tmpfs', 'none', '/lib/modules']);
      try {
        const without = await doctor('nftables-missing', '0');
        assert.deepEqual(
          without.findings.map(({ code }) => code),
          ['nftables-missing'],
        );
        const failed = await doctor('nftables-missing', '0', { more: ['--fix'] });
        assert.equal(failed.findings.length, 1);
      } finally {
        execFileSync('umount', ['/lib/modules']);
      }
      const mended = await doctor('nftables-missing', '0', { more: ['--fix'] });
      assert.deepEqual([mended.findings, mended.mended?.map(({ state }) => state)], [[], ['done']]);
    } finally {
      await doctor('nftables-missing', '0', { more: ['--undo'] });
      writeFileSync(AUTOLOAD, program);
    }
  });
});
