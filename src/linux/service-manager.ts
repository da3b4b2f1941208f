import { isSysError } from '../ports/sys-error.ts';
import { close, sendto } from './ffi/libc.ts';
import { openSocket } from './ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix, littleEndian } from './ffi/sockaddr.ts';
import { MSG_NOSIGNAL, SOCK_DGRAM } from './ffi/socket-numbers.ts';

/** What sd_notify(3) knows, as far as a daemon has to say it. */
export type ServiceNews =
  /** It serves, also after RELOADING. */
  | { readonly kind: 'ready'; readonly mainPid: number }
  /** Another process serves in its place. */
  | { readonly kind: 'moved'; readonly mainPid: number }
  /** On CLOCK_MONOTONIC, as systemd wants it. */
  | { readonly kind: 'reloading'; readonly atUs: number }
  | { readonly kind: 'stopping' };

/**
 * Tells systemd, or whoever else started us with NOTIFY_SOCKET in the environment, how we are. Never
 * waits, and nothing depends on it.
 */
export function tellServiceManager(
  news: ServiceNews,
  path: string | undefined = process.env.NOTIFY_SOCKET,
): 'told' | 'nobody' {
  if (path === undefined || !/^[@/]./.test(path)) return 'nobody';
  const fd = openSocket(
    { domain: AF_UNIX, type: SOCK_DGRAM, protocol: 0, mode: 'non-blocking' },
    [],
  );
  if (isSysError(fd)) return 'nobody';
  const text = new TextEncoder().encode(linesOf(news).join('\n'));
  const address = path.startsWith('@') ? encodeAbstract(path.slice(1)) : encodeSockaddrUnix(path);
  const result = sendto(fd, text, text.length, MSG_NOSIGNAL, address, address.length);
  close(fd);
  return result === text.length ? 'told' : 'nobody';
}

function linesOf(news: ServiceNews): readonly string[] {
  switch (news.kind) {
    case 'ready':
      return ['READY=1', `MAINPID=${news.mainPid}`];
    case 'moved':
      return [`MAINPID=${news.mainPid}`];
    case 'reloading':
      return ['RELOADING=1', `MONOTONIC_USEC=${news.atUs}`];
    case 'stopping':
      return ['STOPPING=1'];
  }
}

/** A name that no file system knows: a zero in front, and none behind. */
function encodeAbstract(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(2 + 1 + text.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(text, 3);
  return bytes;
}
