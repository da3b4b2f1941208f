/** TCP connections whose packets carry a firewall mark; Node sets none. */
import { Socket } from 'node:net';
import { type IpAddress, ipFamily } from '../base/ip.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import { close, connect, getsockopt, poll } from './ffi/libc.ts';
import { encodeInt, openSocket, option } from './ffi/open-socket.ts';
import { encodeSockaddrIn, encodeSockaddrIn6, littleEndian } from './ffi/sockaddr.ts';
import { SOL_SOCKET } from './ffi/socket-numbers.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SO_ERROR = 4;
const SO_MARK = 36;
const EINPROGRESS = 115;
const ETIMEDOUT = 110;
const POLLOUT = 4;

export interface MarkedTarget {
  readonly address: IpAddress;
  readonly port: number;
  /** SO_MARK, for which CAP_NET_ADMIN is needed. */
  readonly mark: number;
  readonly timeoutMs: number;
}

/** Holds the process up until there is a connection: for programs that have nothing else to do. */
export function connectMarked({ address, port, mark, timeoutMs }: MarkedTarget): Socket | SysError {
  const isIpv4 = ipFamily(address) === 4;
  const domain = isIpv4 ? AF_INET : AF_INET6;
  const target = isIpv4 ? encodeSockaddrIn(address) : encodeSockaddrIn6(address, 0);
  new DataView(target.buffer, target.byteOffset).setUint16(2, port);
  const fd = openSocket({ domain, type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' }, [
    option(SOL_SOCKET, SO_MARK, mark),
    {
      call: 'connect',
      need: 'required',
      run: (socket) => {
        const result = connect(socket, target, target.length);
        return result === -EINPROGRESS ? awaitConnection(socket, timeoutMs) : result;
      },
    },
  ]);
  if (isSysError(fd)) return fd;
  try {
    return new Socket({ fd, readable: true, writable: true });
  } catch (error) {
    close(fd);
    return sysError('socket', 22, (error as Error).message);
  }
}

/** 0, or a negative errno. */
function awaitConnection(fd: number, timeoutMs: number): number {
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, fd, littleEndian);
  view.setInt16(4, POLLOUT, littleEndian);
  const ready = poll(entry, 1, timeoutMs);
  if (ready === 0) return -ETIMEDOUT;
  if (ready < 0) return ready;
  const error = encodeInt(0);
  const length = encodeInt(error.length);
  const result = getsockopt(fd, SOL_SOCKET, SO_ERROR, error, length);
  return result < 0 ? result : -new DataView(error.buffer).getInt32(0, littleEndian);
}
