import { isSysError, type SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import { close, ftruncate, memfdCreate, mmap } from './ffi/libc.ts';
import { viewMemory } from './ffi/memory.ts';

const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;

/** Words that several processes read and write, there as long as any of them has its descriptor or has not ended. */
export interface SharedWords {
  readonly fd: number;
  readonly words: Uint32Array;
}

/** All 0. `name` is what the kernel calls it. */
export function createSharedWords(name: string, count: number): SharedWords | SysError {
  const fd = memfdCreate(name, MFD_CLOEXEC);
  if (fd < 0) return sysError('memfd_create', fd);
  const result = ftruncate(fd, count * Uint32Array.BYTES_PER_ELEMENT);
  const shared = result < 0 ? sysError('ftruncate', result) : openSharedWords(fd, count);
  if (isSysError(shared)) close(fd);
  return shared;
}

/** By a descriptor that another process has handed on. */
export function openSharedWords(fd: number, count: number): SharedWords | SysError {
  const bytes = count * Uint32Array.BYTES_PER_ELEMENT;
  const address = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (address < 0) return sysError('mmap', address);
  return { fd, words: new Uint32Array(viewMemory(address, bytes)) };
}
