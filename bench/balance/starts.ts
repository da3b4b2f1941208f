/** How long a start takes until the kernel has every real server of a large file: holdfast beside keepalived. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../src/lab/programs.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { testNamespace, testPath } from '../../tools/sweep.ts';

const VIRTUAL_SERVERS = 1000;
const SERVERS_EACH = 10;
const PORT = 80;
const LIMIT_MS = 200_000;
const ALL_SERVERS = VIRTUAL_SERVERS * SERVERS_EACH;

export const starters = ['keepalived', 'holdfast'] as const;
export type Starter = (typeof starters)[number];

/** The file has virtual servers alone, or a virtual router that needs its process beside them. */
export const startKinds = ['servers alone', 'with a router'] as const;
export type StartKind = (typeof startKinds)[number];

export interface Start {
  readonly program: Starter;
  readonly kind: StartKind;
  /** Until the kernel had any virtual server, and until it had all real servers. */
  readonly firstMs: number;
  readonly allMs: number;
}

export async function measureStart(program: Starter, kind: StartKind): Promise<Start> {
  const folder = testPath('starts');
  const namespace = testNamespace('starts');
  mkdirSync(folder, { recursive: true });
  const isAlone = kind === 'servers alone';
  writeFileSync(join(folder, 'conf'), `${isAlone ? '' : router}${largeFile()}`);
  execFileSync('ip', ['netns', 'add', namespace]);
  const ip = (command: string): void =>
    void execFileSync('ip', ['-n', namespace, ...command.split(' ')]);
  ip('link set lo up');
  ip('link add e0 type veth peer name e1');
  for (const name of ['e0', 'e1']) ip(`link set ${name} up`);
  ip('addr add 10.7.0.1/24 dev e0');
  const path = (name: string): string => join(folder, name);
  execFileSync('cc', ['-O2', '-o', path('look'), join(projectRoot(), 'bench/balance/look.c')]);
  const bundle = join(projectRoot(), 'dist', 'holdfast.cjs');
  const command =
    program === 'keepalived' ? ['keepalived'] : [process.execPath, ...nodeFlags(), bundle];
  const files = ['-f', path('conf'), '-p', path('pid'), '-c', path('c.pid'), '-r', path('v.pid')];
  const inside = ['netns', 'exec', namespace];
  const last = [addressOf(VIRTUAL_SERVERS - 1), PORT, VIRTUAL_SERVERS, SERVERS_EACH].map(String);
  const look = spawn('ip', [...inside, path('look'), ...last], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  });
  const lines = createInterface(look.stdout)[Symbol.asyncIterator]();
  const nextMs = async (): Promise<number> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${program}: not all servers after ${LIMIT_MS} ms`);
    return Number(value.split(' ')[1]) / 1e6;
  };
  await nextMs();
  const from = Number(process.hrtime.bigint()) / 1e6;
  const child = spawn('ip', [...inside, ...command, '-n', '-l', ...files], {
    stdio: 'ignore',
    detached: true,
  });
  const exit = once(child, 'exit');
  try {
    const firstMs = (await nextMs()) - from;
    const allMs = (await nextMs()) - from;
    // Both go from the first to the last; nobody has forgotten one in between.
    assert.equal(allServers(namespace), ALL_SERVERS, program);
    return { program, kind, firstMs, allMs };
  } finally {
    killAll(child.pid);
    look.kill();
    await exit;
    execFileSync('ip', ['netns', 'del', namespace]);
    rmSync(folder, { recursive: true });
  }
}

/** As bin/holdfast has them, which looks at all sources before: that takes seconds in the guest. */
function nodeFlags(): readonly string[] {
  const launcher = readFileSync(join(projectRoot(), 'bin', 'holdfast'), 'utf8');
  return [...launcher.matchAll(/^node_flags\+?=\((.*)\)$/gm)].flatMap(([, flags = '']) =>
    flags.split(' '),
  );
}

const router = `vrrp_instance V {
  interface e0
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    10.7.0.100
  }
}
`;

/** The checks are far apart: what is measured is the start. */
function largeFile(): string {
  const lines: string[] = [];
  for (let index = 0; index < VIRTUAL_SERVERS; index++) {
    const [high, low] = [index >> 8, index & 255];
    lines.push(`virtual_server ${addressOf(index)} ${PORT} {`, '  delay_loop 60', '  lvs_sched rr');
    lines.push('  lvs_method NAT', '  protocol TCP');
    for (let server = 0; server < SERVERS_EACH; server++) {
      lines.push(`  real_server 10.9.${server}.${low} ${8000 + high} {`, '    weight 1');
      lines.push('    TCP_CHECK {', '      connect_timeout 3', '    }', '  }');
    }
    lines.push('}');
  }
  return `${lines.join('\n')}\n`;
}

function addressOf(virtualServer: number): string {
  return `10.8.${virtualServer >> 8}.${virtualServer & 255}`;
}

function allServers(namespace: string): number {
  const read = (): string => readFileSync('/proc/thread-self/net/ip_vs', 'latin1');
  const text = withNetworkNamespace(`/run/netns/${namespace}`, read);
  if (isSysError(text)) throw new Error(text.message);
  // The first is of the table's head.
  return text.split('->').length - 2;
}

/** With its children, each at once: how they end is not measured. */
function killAll(pid: number | undefined): void {
  if (pid === undefined) return;
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const children = list === '' ? [] : list.split(' ').map(Number);
  for (const each of [pid, ...children]) process.kill(each, 'SIGKILL');
}
