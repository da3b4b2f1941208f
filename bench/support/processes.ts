import { readdirSync, readFileSync } from 'node:fs';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { total } from './figures.ts';

/** A daemon and the children that it has now. */
export function processesOf({ pid }: HostProcess): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/).filter(Boolean),
  );
  return [pid, ...children.map(Number)];
}

/** Time on a processor of all threads of a daemon and its children. */
export function processorNs(daemon: HostProcess): number {
  return total(
    processesOf(daemon).flatMap((pid) =>
      readdirSync(`/proc/${pid}/task`).map((task) =>
        Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
      ),
    ),
  );
}

export function memoryKiB(daemon: HostProcess, field: 'Pss' | 'Rss'): number {
  return total(processesOf(daemon).map((pid) => memoryOfKiB(pid, field)));
}

/** Of the largest process of a daemon, which is the one that speaks VRRP. */
export function largestKiB(daemon: HostProcess, field: 'Pss' | 'Rss'): number {
  return Math.max(...processesOf(daemon).map((pid) => memoryOfKiB(pid, field)));
}

function memoryOfKiB(pid: number, field: 'Pss' | 'Rss'): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(text)?.[1]);
}
