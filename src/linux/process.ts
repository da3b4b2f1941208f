import { readFileSync } from 'node:fs';
import type { SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import {
  chroot,
  mlock2,
  prctl,
  schedGetparam,
  schedGetscheduler,
  schedSetaffinity,
  schedSetscheduler,
  setpriority,
  setrlimit,
  umask,
} from './ffi/libc.ts';
import { encodeInt } from './ffi/open-socket.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const PR_SET_NAME = 15;
const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x4000_0000;
const RLIMIT_CORE = 4;
const RLIMIT_RTTIME = 15;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
const MLOCK_ONFAULT = 1;
const AFFINITY_MASK_BYTES = 128;

/** As sched_setscheduler(2) has it. */
export interface RealtimePolicy {
  readonly number: number;
  readonly priority: number;
}

/** The name that ps, pidof and killall see: the first 15 bytes. */
export function setProcessName(name: string): SysError | undefined {
  const bytes = new Uint8Array(16);
  bytes.set(new TextEncoder().encode(name).subarray(0, 15));
  return outcome('prctl(PR_SET_NAME)', prctl(PR_SET_NAME, bytes, 0, 0, 0));
}

/** Round-robin real-time scheduling of the main thread; programs that it starts do without. */
export function requestRealtime(priority: number): SysError | undefined {
  const policy = SCHED_RR | SCHED_RESET_ON_FORK;
  const result = schedSetscheduler(0, policy, encodeInt(priority));
  return outcome('sched_setscheduler', result);
}

/** The ordinary scheduling of everybody; for a program that is about to start and has time. */
export function leaveRealtime(): SysError | undefined {
  return outcome('sched_setscheduler', schedSetscheduler(0, SCHED_OTHER, encodeInt(0)));
}

export function isRealtime(): boolean {
  return (schedGetscheduler(0) & ~SCHED_RESET_ON_FORK) === SCHED_RR;
}

/** How the main thread is scheduled, for another one to be like it; undefined where it is not real-time. */
export function realtimePolicy(): RealtimePolicy | undefined {
  const parameters = encodeInt(0);
  if (!isRealtime() || schedGetparam(0, parameters) < 0) return undefined;
  const priority = new DataView(parameters.buffer).getInt32(0, littleEndian);
  return { number: SCHED_RR | SCHED_RESET_ON_FORK, priority };
}

/**
 * The time that the process may run at real-time priority without a blocking call: after `warning` it
 * gets SIGXCPU, again each second, after `end` SIGKILL.
 */
export function setRealtimeLimit(limit: {
  readonly warningUs: number;
  readonly endUs: number;
}): SysError | undefined {
  return setLimit(RLIMIT_RTTIME, BigInt(limit.warningUs), BigInt(limit.endUs));
}

/** The process and its children leave a core dump, however large, when a signal ends them so. */
export function unlimitCoreDumps(): SysError | undefined {
  return setLimit(RLIMIT_CORE, UNLIMITED, UNLIMITED);
}

function setLimit(resource: number, soft: bigint, hard: bigint): SysError | undefined {
  const limit = new Uint8Array(16);
  const view = new DataView(limit.buffer);
  view.setBigUint64(0, soft, littleEndian);
  view.setBigUint64(8, hard, littleEndian);
  return outcome('setrlimit', setrlimit(resource, limit));
}

/** Nice value of the main thread, -20..19. */
export function setNice(value: number): SysError | undefined {
  return outcome('setpriority', setpriority(0, 0, value));
}

/** Processors on which the main thread may run. */
export function setAffinity(processors: readonly number[]): SysError | undefined {
  const mask = new Uint8Array(AFFINITY_MASK_BYTES);
  for (const processor of processors) {
    const at = processor >> 3;
    if (at < mask.length) mask[at] = (mask[at] ?? 0) | (1 << (processor & 7));
  }
  return outcome('sched_setaffinity', schedSetaffinity(0, mask.length, mask));
}

/** Returns the mask before. */
export function setUmask(mask: number): number {
  return umask(mask);
}

/**
 * Keeps program text that has been used once in memory, so that no advert waits for a disk. Never
 * mlockall: it would hold all that V8 reserves.
 */
export function lockFileBackedMemory(): { readonly mappedBytes: number } | SysError {
  let mappedBytes = 0;
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    // start-end permissions offset device inode path
    const match = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ [1-9]\d* +\/(?!dev\/|memfd:)/.exec(line);
    if (match === null) continue;
    const start = Number.parseInt(match[1] ?? '', 16);
    const size = Number.parseInt(match[2] ?? '', 16) - start;
    const result = mlock2(start, size, MLOCK_ONFAULT);
    if (result < 0) return sysError('mlock2', result);
    mappedBytes += size;
  }
  return { mappedBytes };
}

function outcome(call: string, result: number): SysError | undefined {
  return result < 0 ? sysError(call, result) : undefined;
}

/** Paths mean what they mean in `folder` from now on; needs CAP_SYS_CHROOT. */
export function changeRoot(folder: string): SysError | undefined {
  const path = new TextEncoder().encode(`${folder}\0`);
  const result = chroot(path);
  if (result < 0) return sysError('chroot', result);
  process.chdir('/');
  return undefined;
}
