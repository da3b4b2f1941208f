import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { prepareProgram } from '../../src/lab/programs.ts';
import { openAddressTable } from '../../src/linux/address-table.ts';
import { formatWatchdogLine, parseWatchdogLine } from '../../src/linux/watchdog-lines.ts';
import { ADDRESS_MARK, type AddressTable } from '../../src/ports/network.ts';
import { isAlive } from '../../tools/sweep.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

const LIMIT_MS = 20_000;
const OURS = ['192.0.2.50/32', '2001:db8::50/64'];
/** In the list, but without our mark. */
const FOREIGN = '192.0.2.51/32';
/** With our mark, but not in the list. */
const OTHERS = '192.0.2.52/32';

interface Event {
  readonly kind: 'watchdog' | 'log';
  readonly pid: number;
  readonly text: string;
}

describe('watchdog', { skip: skipKernelTests }, () => {
  let host: TestNamespace;
  let table: AddressTable;
  const parents: ChildProcess[] = [];
  before(async () => {
    await prepareProgram('holdfast');
    host = createTestNamespace('watchdog');
    host.ip('link add eth0 type veth peer name eth1');
    host.ip('link set eth0 up');
    host.ip('link set eth1 up');
    table = host.inside(openAddressTable);
  });
  after(() => {
    table.close();
    host.remove();
  });
  afterEach(async () => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
    await until(() => host.exec('nft', 'list', 'ruleset') === '', 'the tables go', LIMIT_MS);
    host.ip('addr flush dev eth0');
  });

  async function start() {
    for (const each of [...OURS, OTHERS, FOREIGN]) {
      const [address = '', length = ''] = each.split('/');
      const [answer] = table.apply([
        {
          kind: 'add',
          interfaceIndex: host.indexOf('eth0'),
          address: address as IpAddress,
          prefixLength: Number(length),
          flags: 0x02,
          ...(each !== FOREIGN && { protocol: ADDRESS_MARK }),
        },
      ]);
      assert.equal(answer, undefined);
    }
    const events: Event[] = [];
    const script = ['--import', 'tsx', 'test/linux/watchdog-parent.ts'];
    const owner = `/nowhere/watchdog-${process.pid}.pid`;
    const options = [owner, String(host.indexOf('eth0')), ...OURS, FOREIGN];
    const enter = ['netns', 'exec', host.name, process.execPath];
    const parent = spawn('ip', [...enter, ...script, ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    parents.push(parent);
    parent.stdout.on('data', (data: Buffer) => {
      for (const line of String(data).split('\n').filter(Boolean)) events.push(JSON.parse(line));
    });
    const pids = () => events.filter(({ kind }) => kind === 'watchdog').map(({ pid }) => pid);
    const logs = () => events.filter(({ kind }) => kind === 'log').map(({ text }) => text);
    await until(() => pids().length > 0, 'a watchdog', LIMIT_MS);
    // Once it ignores what would end others, it is there.
    const [pid = 0] = pids();
    await until(() => comm(pid) === 'watchdog', 'it runs', LIMIT_MS);
    return { parent, pid, pids, logs };
  }

  const comm = (pid: number): string => {
    try {
      return host.exec('cat', `/proc/${pid}/comm`).trim();
    } catch {
      return '';
    }
  };

  const there = (): string[] =>
    [...OURS, FOREIGN, OTHERS].filter((each) =>
      host.ip('addr show dev eth0').includes(` ${each} `),
    );

  async function untilRemoved(pid: number): Promise<void> {
    await until(() => there().length === 2, 'removal', LIMIT_MS);
    assert.deepEqual(there(), [FOREIGN, OTHERS]);
    await until(() => host.exec('nft', 'list', 'ruleset') === '', 'no tables', LIMIT_MS);
    await until(() => !isAlive(pid), 'its end', LIMIT_MS);
  }

  test('of a killed process removes its addresses, then its tables, and ends', async () => {
    const { parent, pid } = await start();
    assert.match(host.exec('nft', 'list', 'ruleset'), /table inet holdfast_/);
    // What is sent to every process of a service does not end it.
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGINT');
    await sleep(100);
    parent.kill('SIGKILL');
    await untilRemoved(pid);
  });

  test('of a stopped process does so when its sign of life is missed; then comes another', async () => {
    const { parent, pid, pids, logs } = await start();
    parent.kill('SIGSTOP');
    await untilRemoved(pid);
    parent.kill('SIGCONT');
    await until(() => pids().length === 2, 'another one', LIMIT_MS);
    assert.match(logs()[0] ?? '', /the watchdog has removed the addresses, as this process said/);
  });

  test('leaves everything alone when the process ends in order', async () => {
    const { parent, pid } = await start();
    parent.stdin?.write('end\n');
    await until(() => !isAlive(pid), 'its end', LIMIT_MS);
    assert.equal(there().length, 4);
    assert.equal(parent.exitCode ?? 0, 0);
  });

  test('that was killed is started again, with all that it has to know', async () => {
    const { parent, pid, pids, logs } = await start();
    process.kill(pid, 'SIGKILL');
    await until(() => pids().length === 2, 'another one', LIMIT_MS);
    assert.match(logs()[0] ?? '', /the watchdog was killed by SIGKILL; started again in 1 s/);
    assert.equal(there().length, 4);
    const [, second = 0] = pids();
    await until(() => comm(second) === 'watchdog', 'it runs', LIMIT_MS);
    parent.kill('SIGKILL');
    await untilRemoved(second);
  });

  test('lines come back as they were written, and nothing else is a line', () => {
    for (const line of [
      { kind: 'hold', held: '3 192.0.2.1/32' },
      { kind: 'release', held: '12 fe80::1/128' },
      { kind: 'beat', validityMs: 1000 },
      { kind: 'bye' },
    ] as const) {
      assert.deepEqual(parseWatchdogLine(formatWatchdogLine(line).trimEnd()), line);
    }
    for (const text of ['', '+', '+ x 1/2', 'beat', 'beat -1', 'byebye', '+ 3 192.0.2.1/32 x']) {
      assert.equal(parseWatchdogLine(text), undefined, text);
    }
  });
});
