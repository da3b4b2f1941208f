/** Two ends of a connection, one of which is for a child. */
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { LocalConnection } from '../ports/local-socket.ts';
import type { SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import { close, socketpair } from './ffi/libc.ts';
import { sendBuffer } from './ffi/open-socket.ts';
import { AF_UNIX, littleEndian } from './ffi/sockaddr.ts';
import { createConnection } from './local-socket.ts';

const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;

export interface LocalPair {
  readonly own: LocalConnection;
  /** A descriptor that no program inherits unless it is told to; to be closed once the child has it. */
  readonly other: { readonly fd: number; close(): void };
}

export function openLocalPair(
  watcher: FdWatcher,
  options: { readonly sendBufferBytes: number },
): LocalPair | SysError {
  const bytes = new Uint8Array(8);
  const result = socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, bytes);
  if (result < 0) return sysError('socketpair', result);
  const view = new DataView(bytes.buffer);
  const [own, fd] = [view.getInt32(0, littleEndian), view.getInt32(4, littleEndian)];
  sendBuffer(options.sendBufferBytes).run(own);
  let phase: 'open' | 'closed' = 'open';
  return {
    own: createConnection(watcher, own),
    other: {
      fd,
      close: () => {
        if (phase === 'open') close(fd);
        phase = 'closed';
      },
    },
  };
}
