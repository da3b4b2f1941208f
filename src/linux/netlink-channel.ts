import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeMessages, type NetlinkMessage } from '../wire/netlink/message.ts';
import { NetlinkWriter } from '../wire/netlink/writer.ts';
import { EINTR, EMSGSIZE, sysError } from './ffi/errno.ts';
import { bind, close, getsockname, getsockopt, recv, send } from './ffi/libc.ts';
import { MSG_TRUNC } from './ffi/message.ts';
import { encodeInt, openSocket, option, receiveBuffer, sendBuffer } from './ffi/open-socket.ts';
import { AF_NETLINK, encodeSockaddrNetlink, littleEndian } from './ffi/sockaddr.ts';
import {
  MSG_DONTWAIT,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
} from './ffi/socket-numbers.ts';

const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
/** The kernel answers within `send`; the wait is for the case that it does not. */
const receiveTimeoutSeconds = 5n;
/** Of what is sent and of what comes. */
export const largestDatagramBytes = 64 * 1024;

/** A blocking netlink socket, its messages not yet looked at. */
export interface NetlinkChannel {
  /** The socket, for a thread that sends for us. */
  readonly fd: number;
  /** What the next `send` sends. */
  readonly writer: NetlinkWriter;
  readonly receiveBufferBytes: number;
  /** What the kernel calls the socket; others see it in what it tells of our requests. */
  readonly portId: number;
  nextSequence(): number;
  /** Sends `bytes`, or what the writer holds. */
  send(call: string, bytes?: Uint8Array): SysError | undefined;
  /** The messages of the next datagram, valid until the next call. */
  receive(call: string, patience: 'wait' | 'queued'): readonly NetlinkMessage[] | SysError;
  close(): void;
}

export function openNetlinkChannel(protocol: number): NetlinkChannel | SysError {
  const fd = openBoundSocket(protocol);
  if (isSysError(fd)) return fd;
  const buffer = new Uint8Array(largestDatagramBytes);
  const writer = new NetlinkWriter();
  let sequence = 0;
  return {
    fd,
    writer,
    receiveBufferBytes: readReceiveBuffer(fd),
    portId: readPortId(fd),
    nextSequence: () => {
      sequence = (sequence + 1) >>> 0;
      return sequence;
    },
    send: (call, bytes = writer.bytes) => {
      for (;;) {
        const result = send(fd, bytes, bytes.length, 0);
        if (result !== -EINTR) return result < 0 ? sysError(call, result) : undefined;
      }
    },
    receive: (call, patience) => {
      const flags = MSG_TRUNC | (patience === 'queued' ? MSG_DONTWAIT : 0);
      for (;;) {
        const length = recv(fd, buffer, buffer.length, flags);
        if (length === -EINTR) continue;
        if (length < 0) return sysError(call, length);
        if (length > buffer.length) return sysError(call, EMSGSIZE);
        return decodeMessages(buffer.subarray(0, length));
      }
    },
    close: () => {
      close(fd);
    },
  };
}

function openBoundSocket(protocol: number): number | SysError {
  const address = encodeSockaddrNetlink(0);
  const timeout = new Uint8Array(16);
  new DataView(timeout.buffer).setBigInt64(0, receiveTimeoutSeconds, littleEndian);
  return openSocket({ domain: AF_NETLINK, type: SOCK_RAW, protocol, mode: 'blocking' }, [
    option(SOL_SOCKET, SO_RCVTIMEO, timeout),
    receiveBuffer(4 << 20),
    sendBuffer(1 << 20),
    option(SOL_NETLINK, NETLINK_EXT_ACK, 1, 'optional'),
    option(SOL_NETLINK, NETLINK_CAP_ACK, 1, 'optional'),
    option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, 'optional'),
    { call: 'bind', need: 'required', run: (fd) => bind(fd, address, address.length) },
  ]);
}

function readReceiveBuffer(fd: number): number {
  const value = encodeInt(0);
  if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, encodeInt(4)) < 0) return 0;
  return new DataView(value.buffer).getInt32(0, littleEndian);
}

function readPortId(fd: number): number {
  const address = encodeSockaddrNetlink(0);
  if (getsockname(fd, address, encodeInt(address.length)) < 0) return 0;
  return new DataView(address.buffer).getUint32(4, littleEndian);
}
