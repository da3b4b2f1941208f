import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { sysError } from './ffi/errno.ts';
import { flock } from './ffi/libc.ts';
import { readProcess } from './process-table.ts';

const LOCK_EX_NB = 2 | 4;
/** btime is rounded to seconds, and moves when the wall clock is set. */
const startTimeSlackMs = 2000;
/** They lock nothing. */
const RIVALS = ['keepalived'];

/** A pid file that is ours, held by a lock for as long as we live. */
export interface PidFile {
  /** Holds the lock; whoever has a copy of it holds the same one. */
  readonly fd: number;
  /** Writes our process id, where another process of the same lock wrote its own. */
  claim(): void;
  /** Removes it if it is still ours. */
  remove(): void;
}

export interface PidFileRefusal {
  readonly kind: 'refused';
  /** Who holds it, where known. */
  readonly pid: number | undefined;
  readonly reason: string;
}

/**
 * Writes our process id. A file left by a process that was killed never stands in the way, also
 * where its number belongs to another process now: only the lock of a living holdfast, or a living
 * process of one of `rivals` that is older than the file, makes it refuse.
 */
export function writePidFile(
  path: string,
  options: { readonly rivals: readonly string[] } = { rivals: RIVALS },
): PidFile | PidFileRefusal {
  try {
    mkdirSync(dirname(path), { recursive: true });
    for (let attempt = 0; attempt < 10; attempt++) {
      const outcome = tryWrite(path, options.rivals);
      if (outcome !== 'replaced meanwhile') return outcome;
    }
    return { kind: 'refused', pid: undefined, reason: `${path} is replaced again and again` };
  } catch (error) {
    return { kind: 'refused', pid: undefined, reason: (error as Error).message };
  }
}

/** Whether another process holds it, or nobody can tell; nothing is written or kept. */
export function isPidFileTaken(path: string): boolean {
  try {
    const { O_RDONLY, O_NOFOLLOW } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      return flock(fd, LOCK_EX_NB) < 0 || rivalOf(fd, RIVALS) !== undefined;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function tryWrite(
  path: string,
  rivals: readonly string[],
): PidFile | PidFileRefusal | 'replaced meanwhile' {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o644);
  const refuse = (pid: number | undefined, reason: string): PidFileRefusal => {
    closeSync(fd);
    return { kind: 'refused', pid, reason };
  };
  const pid = readPid(fd);
  const locked = flock(fd, LOCK_EX_NB);
  if (locked === -11) return refuse(pid, `${path} is locked by process ${pid ?? 'unknown'}`);
  if (locked < 0) return refuse(pid, `cannot lock ${path}: ${sysError('flock', locked).message}`);
  if (!isSameFile(fd, path)) {
    closeSync(fd);
    return 'replaced meanwhile';
  }
  const rival = rivalOf(fd, rivals);
  if (rival !== undefined)
    return refuse(pid, `${path} belongs to the running ${rival}, process ${pid}`);
  const file = adoptPidFile(path, fd);
  file.claim();
  return file;
}

/** The name of a living process that wrote it without a lock. */
function rivalOf(fd: number, rivals: readonly string[]): string | undefined {
  const pid = readPid(fd);
  if (pid === undefined || pid === process.pid) return undefined;
  const rival = readProcess(pid);
  const isRival =
    rival?.state === 'alive' &&
    rivals.includes(rival.name) &&
    rival.startedMs <= fstatSync(fd).mtimeMs + startTimeSlackMs;
  return isRival ? rival.name : undefined;
}

/** A pid file that another process, or another program in this one, has locked and handed on. */
export function adoptPidFile(path: string, fd: number): PidFile {
  return {
    fd,
    claim: () => {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`, 0);
    },
    remove: createRemove(fd, path),
  };
}

function createRemove(fd: number, path: string): () => void {
  let phase: 'held' | 'removed' = 'held';
  return () => {
    if (phase === 'removed') return;
    phase = 'removed';
    try {
      if (isSameFile(fd, path) && readPid(fd) === process.pid) unlinkSync(path);
    } catch {
      // A read-only file system, or a folder taken away: the next start copes with what is left.
    }
    closeSync(fd);
  };
}

function readPid(fd: number): number | undefined {
  const buffer = Buffer.alloc(32);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  const match = /^\s*(\d{1,9})\s*$/.exec(buffer.toString('latin1', 0, length));
  return match === null ? undefined : Number(match[1]);
}

function isSameFile(fd: number, path: string): boolean {
  const mine = fstatSync(fd);
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}
