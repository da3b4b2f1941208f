import { closeSync, openSync } from 'node:fs';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { sysError } from './errno.ts';
import { setns } from './libc.ts';

const CLONE_NEWNET = 0x40000000;

/**
 * Runs `body` with the main thread in another network namespace: the sockets that it opens stay
 * there for good. Everything in `body` happens at once; what runs later runs at home again.
 */
export function withNetworkNamespace<Value>(path: string, body: () => Value): Value | SysError {
  const home = openSync('/proc/self/ns/net', 'r');
  try {
    const entered = enterNetworkNamespace(path);
    if (isSysError(entered)) return entered;
    try {
      return body();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(home);
  }
}

/** Moves the main thread there for good; before other threads and sockets exist. */
export function enterNetworkNamespace(path: string): SysError | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { errno = -22 } = error as NodeJS.ErrnoException;
    return sysError('open', errno, `cannot open network namespace ${path}`);
  }
  const result = setns(fd, CLONE_NEWNET);
  closeSync(fd);
  return result < 0 ? sysError('setns', result) : undefined;
}

/** A daemon that went on in the wrong namespace would take addresses there. */
function goHome(fd: number): void {
  const result = setns(fd, CLONE_NEWNET);
  if (result < 0) throw new Error(`setns: ${sysError('setns', result).message}`);
}
