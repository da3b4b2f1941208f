import { readFileSync, writeFileSync } from 'node:fs';
import type { SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';

/**
 * A setting under /proc/sys of the current network namespace. Words are path components, so that a
 * dot in an interface's name stays what it is.
 */
export function readSysctl(...words: readonly string[]): string | undefined {
  const path = pathOf(words);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

export function writeSysctl(words: readonly string[], value: string): SysError | undefined {
  const path = pathOf(words);
  if (path === undefined) return sysError('open', 22, 'no path of a setting');
  try {
    writeFileSync(path, `${value}\n`);
    return undefined;
  } catch (error) {
    const { errno = -5, message } = error as NodeJS.ErrnoException;
    return sysError('write', errno, message);
  }
}

/** Whether an interface forwards IPv6: the Router flag of what it advertises. */
export function forwardsIpv6(interfaceName: string): 'forwards' | 'does not' {
  const value = readSysctl('net', 'ipv6', 'conf', interfaceName, 'forwarding');
  return value !== undefined && value !== '0' ? 'forwards' : 'does not';
}

function pathOf(words: readonly string[]): string | undefined {
  const safe = words.every((word) => /^[^/\0]+$/.test(word) && word !== '.' && word !== '..');
  return safe ? ['/proc/sys', ...words].join('/') : undefined;
}
