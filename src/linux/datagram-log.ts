import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EAGAIN, EINTR, EMSGSIZE, ENOBUFS } from './ffi/errno.ts';
import { close, connect, send } from './ffi/libc.ts';
import { openSocket, sendBuffer } from './ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix } from './ffi/sockaddr.ts';
import { MSG_NOSIGNAL, SOCK_DGRAM } from './ffi/socket-numbers.ts';

const retryIntervalMs = 1000;

/**
 * A local log socket that never blocks: what the logger cannot take is dropped and counted, and a
 * logger that was started anew is found again.
 */
export interface DatagramLog {
  send(datagram: Uint8Array): void;
  close(): void;
}

export interface DatagramLogOptions {
  readonly path: string;
  /** A datagram anew, with less text, where it was longer than the socket takes. */
  readonly shorten: (datagram: Uint8Array) => Uint8Array;
  /** Says how many were lost, once there is somebody to say it to. */
  readonly reportLost: (count: number) => Uint8Array;
  readonly onLost?: () => void;
}

export function openDatagramLog(options: DatagramLogOptions): DatagramLog {
  const { path, shorten, reportLost, onLost } = options;
  let fd: number | undefined;
  let triedMs = Number.NEGATIVE_INFINITY;
  let lost = 0;
  let phase: 'open' | 'closed' = 'open';

  function reconnect(): void {
    if (fd !== undefined) close(fd);
    fd = undefined;
    // Not `performance`, which Node loads for the first who asks.
    const now = process.uptime() * 1000;
    if (now - triedMs < retryIntervalMs) return;
    triedMs = now;
    const opened = openConnected(path);
    if (!isSysError(opened)) fd = opened;
  }

  function attempt(datagram: Uint8Array): number {
    if (fd === undefined) reconnect();
    if (fd === undefined) return -EAGAIN;
    for (;;) {
      const result = send(fd, datagram, datagram.length, MSG_NOSIGNAL);
      if (result !== -EINTR) return result;
    }
  }

  /** Sends, with one attempt at the socket's successor where its other end is gone. */
  function deliver(datagram: Uint8Array): 'sent' | 'lost' {
    let result = attempt(datagram);
    if (result === -EMSGSIZE) result = attempt(shorten(datagram));
    if (result < 0 && result !== -EAGAIN && result !== -ENOBUFS && result !== -EMSGSIZE) {
      reconnect();
      result = attempt(datagram);
    }
    return result < 0 ? 'lost' : 'sent';
  }

  return {
    send: (datagram) => {
      if (phase === 'closed') return;
      if (lost > 0 && deliver(reportLost(lost)) === 'sent') lost = 0;
      if (lost === 0 && deliver(datagram) === 'sent') return;
      lost++;
      onLost?.();
    },
    close: () => {
      phase = 'closed';
      if (fd !== undefined) close(fd);
      fd = undefined;
    },
  };
}

function openConnected(path: string): number | SysError {
  const address = encodeSockaddrUnix(path);
  return openSocket({ domain: AF_UNIX, type: SOCK_DGRAM, protocol: 0, mode: 'non-blocking' }, [
    sendBuffer(256 << 10),
    {
      call: 'connect',
      need: 'required',
      run: (fd) => connect(fd, address, address.length),
    },
  ]);
}
