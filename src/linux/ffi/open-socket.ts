import type { SysError } from '../../ports/sys-error.ts';
import { sysError } from './errno.ts';
import { close, setsockopt, socket } from './libc.ts';
import { littleEndian } from './sockaddr.ts';
import {
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_PRIORITY,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
} from './socket-numbers.ts';

const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** Above what the kernel schedules for interactive traffic, and allowed without CAP_NET_ADMIN. */
const TC_PRIO_INTERACTIVE = 6;

/** One step of setting a socket up: the answer is 0, or a negative errno. */
export interface SocketStep {
  readonly call: string;
  /** What the kernel refuses because it is too old, or a privilege is missing, may go by. */
  readonly need: 'required' | 'optional';
  run(fd: number): number;
}

/** A socket with all its steps carried out, or closed again and the step's error. */
export function openSocket(
  kind: {
    readonly domain: number;
    readonly type: number;
    readonly protocol: number;
    readonly mode: 'blocking' | 'non-blocking';
  },
  steps: readonly SocketStep[],
): number | SysError {
  const flags = SOCK_CLOEXEC | (kind.mode === 'non-blocking' ? SOCK_NONBLOCK : 0);
  const fd = socket(kind.domain, kind.type | flags, kind.protocol);
  if (fd < 0) return withoutPrivilege(sysError('socket', fd));
  for (const step of steps) {
    const result = step.run(fd);
    if (result >= 0 || step.need === 'optional') continue;
    close(fd);
    return sysError(step.call, result);
  }
  return fd;
}

/** Of all sockets only raw ones and those for packets take a privilege, which podman gives no container by itself. */
function withoutPrivilege(error: SysError): SysError {
  if (error.code !== 'EPERM') return error;
  return { ...error, message: `${error.message}: CAP_NET_RAW is missing (--cap-add=NET_RAW)` };
}

export function option(
  level: number,
  name: number,
  value: number | Uint8Array,
  need: SocketStep['need'] = 'required',
): SocketStep {
  const bytes = typeof value === 'number' ? encodeInt(value) : value;
  return {
    call: `setsockopt(${level}, ${name})`,
    need,
    run: (fd) => setsockopt(fd, level, name, bytes, bytes.length),
  };
}

/** By index where the kernel can (5.1), so that a rename in between does not matter. */
export function bindToDevice(interfaceIndex: number, interfaceName: string): SocketStep {
  const index = encodeInt(interfaceIndex);
  const name = new TextEncoder().encode(`${interfaceName}\0`);
  return {
    call: 'setsockopt(SO_BINDTODEVICE)',
    need: 'required',
    run: (fd) => {
      const result = setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, index, index.length);
      return result === -92 // ENOPROTOOPT
        ? setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length)
        : result;
    },
  };
}

/** Beyond the system's limit where we may. */
export function receiveBuffer(sizeBytes: number): SocketStep {
  return bufferSize(SO_RCVBUFFORCE, SO_RCVBUF, sizeBytes);
}

export function sendBuffer(sizeBytes: number): SocketStep {
  return bufferSize(SO_SNDBUFFORCE, SO_SNDBUF, sizeBytes);
}

export function highPriority(): SocketStep {
  return option(SOL_SOCKET, SO_PRIORITY, TC_PRIO_INTERACTIVE, 'optional');
}

export function encodeInt(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, littleEndian);
  return bytes;
}

function bufferSize(forced: number, plain: number, sizeBytes: number): SocketStep {
  const value = encodeInt(sizeBytes);
  return {
    call: 'setsockopt(SO_RCVBUF)',
    need: 'optional',
    run: (fd) =>
      setsockopt(fd, SOL_SOCKET, forced, value, value.length) < 0
        ? setsockopt(fd, SOL_SOCKET, plain, value, value.length)
        : 0,
  };
}
