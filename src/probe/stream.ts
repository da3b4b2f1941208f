import { Socket } from 'node:net';
import type { Finding } from '../core/check/probe.ts';
import type { TcpConnection } from '../ports/probe-sockets.ts';
import type { Attempt } from './attempt.ts';
import { fail, failureOf } from './failures.ts';

/** The connection as a stream of Node's, which is closed with the attempt. */
export function openStream(attempt: Attempt, connection: TcpConnection): Socket {
  const socket = new Socket({ fd: connection.release(), readable: true, writable: true });
  attempt.hold(() => socket.destroy());
  // Without a listener an error would end the process, also one that comes after the end.
  socket.on('error', (error) => attempt.end(findingOf(error)));
  return socket;
}

/** Of an error that a stream of Node's brings: the kernel's, or one of TLS. */
export function findingOf(error: Error): Finding {
  const { code = '', syscall, reason } = error as NodeJS.ErrnoException & { reason?: string };
  if (syscall === undefined) return fail('tls', reason ?? error.message);
  return failureOf({ call: syscall, code, message: messages[code] ?? error.message });
}

const messages: Readonly<Record<string, string>> = {
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
};
