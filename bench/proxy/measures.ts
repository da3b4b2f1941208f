import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PARALLEL } from '../balance/exchange.ts';
import type { BalanceHosts } from '../balance/hosts.ts';

export const parts = ['kept', 'new', 'least', 'bulk', 'latency', 'memory'] as const;
export type Measure = Exclude<(typeof parts)[number], 'memory'>;

const DOWNLOADS = 2;
/** Until the windows of two downloads are open. */
const WARM_MS = 300;
const HELD = 2000;
/** Buffers that are given back when nothing happens, are. */
const CALM_MS = 1000;

/** Requests a second, on kept connections or each on one of its own. */
export async function measureRequests(
  hosts: BalanceHosts,
  url: string,
  kind: 'kept' | 'new',
  seconds: number,
): Promise<number> {
  const header = kind === 'new' ? ['-H', 'Connection: close'] : [];
  const size = ['-t', '1', '-c', `${PARALLEL}`, '-d', `${seconds}s`];
  const report = await hosts.client('wrk', ...size, ...header, `${url}/`);
  return Number(/Requests\/sec: +([\d.]+)/.exec(report)?.[1] ?? Number.NaN);
}

/** Microseconds that one connection waits which asks again when it is answered. */
export async function measureLatency(
  hosts: BalanceHosts,
  url: string,
  seconds: number,
): Promise<{ readonly p50: number; readonly p99: number }> {
  const size = ['-t', '1', '-c', '1', '-d', `${seconds}s`, '--latency'];
  const report = await hosts.client('wrk', ...size, `${url}/`);
  return { p50: latencyUs(report, '50'), p99: latencyUs(report, '99') };
}

function latencyUs(report: string, percent: string): number {
  const found = new RegExp(`${percent}% +([\\d.]+)(us|ms|s)`).exec(report);
  const factors: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1e6 };
  return Number(found?.[1]) * (factors[found?.[2] ?? ''] ?? Number.NaN);
}

/** MB/s that reach the client's link while it downloads. */
export async function measureBulk(
  hosts: BalanceHosts,
  url: string,
  seconds: number,
): Promise<number> {
  const words = ['-sk', '-o', '/dev/null', `${url}/bulk?[1-100000]`];
  const children = Array.from({ length: DOWNLOADS }, () => hosts.startAtClient('curl', ...words));
  try {
    await sleep(WARM_MS);
    const [before, from] = [received(hosts), performance.now()];
    await sleep(seconds * 1000);
    return (received(hosts) - before) / (performance.now() - from) / 1000;
  } finally {
    await Promise.all(children.map((child) => endOf(child)));
  }
}

function received(hosts: BalanceHosts): number {
  // Of the director's end of the link, so that no namespace is entered.
  const text = hosts.onDirector(() => readFileSync('/proc/thread-self/net/dev', 'latin1'));
  const [, columns = ''] = /^ *e0: *(.+)$/m.exec(text) ?? [];
  return Number(columns.split(/ +/)[8]);
}

/** KiB for each 1000 connections that were used once and are idle. */
export async function measureMemory(
  hosts: BalanceHosts,
  url: string,
  proxy: ChildProcess,
): Promise<number> {
  // Compiled, and with what every process needs that has worked once.
  await measureRequests(hosts, url, 'kept', 1);
  await sleep(CALM_MS);
  const before = treeKiB(proxy.pid ?? 0);
  const file = fileURLToPath(new URL('holder.mjs', import.meta.url));
  const holder = hosts.startAtClient(process.execPath, file, url, String(HELD));
  try {
    const [said] = await once(holder.stdout ?? holder, 'data');
    if (!String(said).startsWith('held')) throw new Error(`${url}: ${said}`);
    await sleep(CALM_MS);
    return ((treeKiB(proxy.pid ?? 0) - before) / HELD) * 1000;
  } finally {
    await endOf(holder);
  }
}

export async function endOf(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const end = once(child, 'exit');
  child.kill(signal);
  await end;
}

/** Memory of a process and all that descend from it. */
function treeKiB(pid: number): number {
  const own = (each: number): number =>
    Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1]);
  return treeOf(pid).reduce((sum, each) => sum + own(each), 0);
}

/** Time on a processor of all threads of a process and of all that descend from it. */
export function processorUs(pid: number): number {
  const threads = treeOf(pid).flatMap((each) =>
    readdirSync(`/proc/${each}/task`).map((task) => `/proc/${each}/task/${task}/schedstat`),
  );
  return (
    threads.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0) / 1000
  );
}

function treeOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/).filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}
