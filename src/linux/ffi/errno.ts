import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { SysError } from '../../ports/sys-error.ts';

/** Errors that libuv does not name but that sockets and rtnetlink answer with. */
const further: Readonly<Record<number, readonly [string, string]>> = {
  38: ['ENOSYS', 'the kernel has no such call'],
  71: ['EPROTO', 'protocol error'],
  90: ['EMSGSIZE', 'message too long'],
  95: ['EOPNOTSUPP', 'operation not supported'],
  99: ['EADDRNOTAVAIL', 'address not available'],
  105: ['ENOBUFS', 'no buffer space available'],
};

const codes = new Map<number, string>(
  Object.entries(constants.errno)
    .reverse()
    .map(([code, number]) => [number, code]),
);

export const EPERM = 1;
export const ENOENT = 2;
/** IPVS: there is no such service, or no such daemon. */
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const ERANGE = 34;
export const EPROTO = 71;
export const EMSGSIZE = 90;
export const EOPNOTSUPP = 95;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;

/** Symbolic name of a positive errno. */
export function errnoCode(errno: number): string {
  return further[errno]?.[0] ?? codes.get(errno) ?? `E${errno}`;
}

/** Node makes it anew each time. */
let systemErrors: ReturnType<typeof getSystemErrorMap> | undefined;

/** What the errno means, in a few words. */
export function errnoText(errno: number): string {
  systemErrors ??= getSystemErrorMap();
  return systemErrors.get(-errno)?.[1] ?? further[errno]?.[1] ?? errnoCode(errno);
}

/** `errno` as the wrappers of libc.ts answer it (negative), or as C has it (positive). */
export function sysError(call: string, errno: number, message?: string): SysError {
  const positive = Math.abs(errno);
  return {
    kind: 'sys-error',
    call,
    errno: positive,
    code: errnoCode(positive),
    message: message ?? errnoText(positive),
  };
}
