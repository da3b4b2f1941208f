/** Another program in the place of this one: the process stays what it is, its program changes. */
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs';
import type { SysError } from '../ports/sys-error.ts';
import { ignoreDumpSignals } from './dump-signals.ts';
import { ECHILD, sysError } from './ffi/errno.ts';
import { execve, fcntl, memfdCreate, waitpid } from './ffi/libc.ts';
import { allocateMemory, type NativeMemory } from './ffi/memory.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const F_GETFD = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const MFD_CLOEXEC = 1;
const WNOHANG = 1;
const POINTER_BYTES = 8;
const STANDARD_STREAMS = [0, 1, 2];

export interface ProgramImage {
  /** The file to run; with a slash, since no path is searched. */
  readonly file: string;
  /** The first is the name that the program is called by. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs it in this process. Returns only where that fails, and then nothing has changed. */
export function replaceProgram({ file, argv, env }: ProgramImage): SysError {
  const settings = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const lists = [argv, settings].map(textList);
  // Node lets no program inherit anything, not even these.
  for (const fd of STANDARD_STREAMS) setInheritance(fd, 'passed-on');
  const listenAgain = ignoreDumpSignals();
  const result = execve(file, ...lists.map(({ address }) => address));
  listenAgain();
  for (const { free } of lists) free();
  return sysError('execve', result);
}

/** char *list[] with its texts behind it. */
function textList(texts: readonly string[]): NativeMemory {
  const bytes = texts.map((text) => Buffer.from(`${text}\0`));
  const pointersBytes = (texts.length + 1) * POINTER_BYTES;
  const memory = allocateMemory(bytes.reduce((sum, { length }) => sum + length, pointersBytes));
  let at = pointersBytes;
  for (const [index, text] of bytes.entries()) {
    memory.view.setBigUint64(index * POINTER_BYTES, BigInt(memory.address + at), littleEndian);
    memory.bytes.set(text, at);
    at += text.length;
  }
  return memory;
}

/** Whether a program that takes this one's place finds the descriptor open. */
export function setInheritance(fd: number, fate: 'passed-on' | 'closed'): SysError | undefined {
  const flags = fcntl(fd, F_GETFD, 0);
  if (flags < 0) return sysError('fcntl', flags);
  const wanted = fate === 'closed' ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
  const result = fcntl(fd, F_SETFD, wanted);
  return result < 0 ? sysError('fcntl', result) : undefined;
}

/** Bytes in memory that only their descriptor leads to. */
export function createMemoryFile(name: string, bytes: Uint8Array): number | SysError {
  const fd = memfdCreate(name, MFD_CLOEXEC);
  if (fd < 0) return sysError('memfd_create', fd);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
  return fd;
}

/** All of a memory file, which is gone then. */
export function takeMemoryFile(fd: number): Uint8Array {
  const bytes = new Uint8Array(fstatSync(fd).size);
  for (let at = 0; at < bytes.length; ) {
    const length = readSync(fd, bytes, at, bytes.length - at, at);
    if (length === 0) break;
    at += length;
  }
  closeSync(fd);
  return bytes;
}

/** A child that an earlier program of this process has left. Takes its exit off the kernel's hands. */
export function reapChild(pid: number): 'running' | 'gone' {
  const result = waitpid(pid, null, WNOHANG);
  return result === pid || result === -ECHILD ? 'gone' : 'running';
}
