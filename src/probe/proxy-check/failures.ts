/** What is said of a socket that failed, in `haproxy`'s words. */

export const RESET = 'Connection reset by peer';

/** By the kernel's answer to a connection. */
export function connectFailure({ code = '', message }: NodeJS.ErrnoException): string {
  return answers[code] ?? `General socket error (${general[code] ?? message})`;
}

/** What comes back over the network. */
const answers: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ETIMEDOUT: 'Connection timed out',
};

/** What this host knows by itself. */
const general: Readonly<Record<string, string>> = {
  ENETUNREACH: 'Network is unreachable',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOENT: 'No such file or directory',
  EMFILE: 'Too many open files',
};

export function readFailure({ code = '', message }: NodeJS.ErrnoException): string {
  return code === 'ECONNRESET' || code === 'EPIPE' ? RESET : (answers[code] ?? message);
}
