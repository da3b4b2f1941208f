/** A connected socket for datagrams, from which errors come that ICMP brought. */
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { DatagramListener, DatagramSocket, ProbeTarget } from '../ports/probe-sockets.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EAGAIN, EINTR, EINVAL, sysError } from './ffi/errno.ts';
import { close, recv, send } from './ffi/libc.ts';
import { openSocket } from './ffi/open-socket.ts';
import { SOCK_DGRAM } from './ffi/socket-numbers.ts';
import { connectStep, domainOf, icmpErrorSteps, sourceSteps } from './probe-socket-steps.ts';

/** As large as a datagram can be. */
const LARGEST_BYTES = 65_536;
/** What a target sends beyond that waits for the next turn of the loop. */
const DATAGRAMS_PER_TURN = 16;

/** Everything is read on one thread, and used at once. */
const buffer = new Uint8Array(LARGEST_BYTES);

export function openProbeDatagrams(
  watcher: FdWatcher,
  target: ProbeTarget,
  onEvent: DatagramListener,
): DatagramSocket | SysError {
  const fd = openSocket(
    { domain: domainOf(target), type: SOCK_DGRAM, protocol: 0, mode: 'non-blocking' },
    [...sourceSteps(target), ...icmpErrorSteps(target), connectStep(target)],
  );
  return isSysError(fd) ? fd : watchDatagrams(watcher, fd, onEvent);
}

/** Reads a connected socket, which is its own from now on; closed again where it cannot be watched. */
export function watchDatagrams(
  watcher: FdWatcher,
  fd: number,
  onEvent: DatagramListener,
): DatagramSocket | SysError {
  let phase: 'open' | 'closed' = 'open';
  const watch = watcher.watch(fd, () => {
    for (let count = 0; count < DATAGRAMS_PER_TURN && phase === 'open'; count++) {
      const length = recv(fd, buffer, LARGEST_BYTES, 0);
      if (length === -EINTR) continue;
      if (length === -EAGAIN) return;
      onEvent(length < 0 ? sysError('recv', length) : buffer.subarray(0, length));
    }
  });
  if (isSysError(watch)) {
    close(fd);
    return watch;
  }
  return {
    send: (datagram) => {
      if (phase === 'closed') return sysError('send', EINVAL, 'the socket is closed');
      const result = send(fd, datagram, datagram.length, 0);
      return result < 0 ? sysError('send', result) : undefined;
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watch.close();
      close(fd);
    },
  };
}
