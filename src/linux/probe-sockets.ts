/** What health checks need of the kernel: connections and datagrams by a chosen way. */
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import type {
  PendingConnection,
  ProbeSockets,
  ProbeTarget,
  TcpConnection,
} from '../ports/probe-sockets.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { sysError } from './ffi/errno.ts';
import { close, getsockopt } from './ffi/libc.ts';
import { encodeInt, openSocket } from './ffi/open-socket.ts';
import { littleEndian } from './ffi/sockaddr.ts';
import { SO_ERROR, SOCK_STREAM, SOL_SOCKET } from './ffi/socket-numbers.ts';
import { openProbeDatagrams } from './probe-datagrams.ts';
import { openProbeEcho } from './probe-echo.ts';
import { connectStep, domainOf, lingerSteps, sourceSteps } from './probe-socket-steps.ts';

const EINPROGRESS = 115;

export function createProbeSockets(watcher: FdWatcher): ProbeSockets {
  return {
    connect: (target, onEnd) => connectTcp(watcher, target, onEnd),
    openUdp: (target, onEvent) => openProbeDatagrams(watcher, target, onEvent),
    openEcho: (target, onEvent) => openProbeEcho(watcher, target, onEvent),
  };
}

function connectTcp(
  watcher: FdWatcher,
  target: ProbeTarget,
  onEnd: (result: TcpConnection | SysError) => void,
): PendingConnection | SysError {
  const begin = connectStep(target);
  const fd = openSocket(
    { domain: domainOf(target), type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' },
    [
      ...sourceSteps(target),
      ...lingerSteps(target),
      {
        ...begin,
        run: (socket) => {
          const result = begin.run(socket);
          return result === -EINPROGRESS ? 0 : result;
        },
      },
    ],
  );
  if (isSysError(fd)) return fd;
  let watch: FdWatch | SysError | undefined;
  let phase: 'pending' | 'over' = 'pending';
  const end = (): void => {
    phase = 'over';
    if (watch !== undefined && !isSysError(watch)) watch.close();
  };
  watch = watcher.watch(
    fd,
    () => {
      if (phase === 'over') return;
      end();
      const error = readError(fd);
      if (error === undefined) return onEnd(ownConnection(fd));
      close(fd);
      onEnd(error);
    },
    'writable',
  );
  if (isSysError(watch)) {
    close(fd);
    return watch;
  }
  return {
    close: () => {
      if (phase === 'over') return;
      end();
      close(fd);
    },
  };
}

function ownConnection(fd: number): TcpConnection {
  let phase: 'ours' | 'given' = 'ours';
  return {
    release: () => {
      phase = 'given';
      return fd;
    },
    close: () => {
      if (phase === 'ours') close(fd);
      phase = 'given';
    },
  };
}

/** What became of a connection that was begun; undefined where it came about. */
function readError(fd: number): SysError | undefined {
  const error = encodeInt(0);
  const result = getsockopt(fd, SOL_SOCKET, SO_ERROR, error, encodeInt(error.length));
  if (result < 0) return sysError('getsockopt', result);
  const errno = new DataView(error.buffer).getInt32(0, littleEndian);
  return errno === 0 ? undefined : sysError('connect', errno);
}
