import { chmodSync, lchownSync, lstatSync, type Stats, unlinkSync } from 'node:fs';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import type {
  FileListener,
  LocalConnection,
  LocalListenerOptions,
  LocalPeer,
} from '../ports/local-socket.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EADDRINUSE, EAGAIN, EINTR, EINVAL, ERANGE, sysError } from './ffi/errno.ts';
import { accept4, bind, close, connect, getsockopt, listen, recv, send } from './ffi/libc.ts';
import { encodeInt, openSocket, sendBuffer } from './ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix, littleEndian } from './ffi/sockaddr.ts';
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SOCK_STREAM,
  SOL_SOCKET,
} from './ffi/socket-numbers.ts';
import { setUmask } from './process.ts';

const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
/** Of struct sockaddr_un, with the zero that ends it. */
const PATH_BYTES_MAX = 108;
/** Nobody can connect until the file has its owner and its mode. */
const NO_PERMISSION = 0o777;

/**
 * Listens at a path. What a dead process left there is replaced; where a living one answers, or what
 * is there is no socket, nothing is touched.
 */
export function openLocalListener(
  watcher: FdWatcher,
  options: LocalListenerOptions,
): FileListener | SysError {
  const { path, backlog, handedDown } = options;
  if (Buffer.byteLength(path) >= PATH_BYTES_MAX) {
    return sysError('bind', EINVAL, `longer than ${PATH_BYTES_MAX - 1} bytes`);
  }
  const made = lstatSync(path, { throwIfNoEntry: false });
  if (handedDown !== undefined && made !== undefined && grant(options) === 0) {
    return createListener(watcher, handedDown, options, made);
  }
  const occupied = clearPath(path);
  if (occupied !== undefined) return occupied;
  const address = encodeSockaddrUnix(path);
  const fd = openSocket({ domain: AF_UNIX, type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' }, [
    {
      call: 'bind',
      need: 'required',
      run: (it) => withoutPermission(() => bind(it, address, address.length)),
    },
    { call: 'chown', need: 'required', run: () => grant(options) },
    { call: 'listen', need: 'required', run: (it) => listen(it, backlog) },
  ]);
  if (isSysError(fd)) return fd;
  return createListener(watcher, fd, options, lstatSync(path));
}

function createListener(
  watcher: FdWatcher,
  fd: number,
  { path, sendBufferBytes }: LocalListenerOptions,
  made: Stats,
): FileListener {
  const watching = new Watching(watcher, fd);
  let phase: 'open' | 'closed' = 'open';
  return {
    accept: () => {
      if (phase === 'closed') return 'none';
      for (;;) {
        const connection = accept4(fd, null, null, SOCK_NONBLOCK_CLOEXEC);
        if (connection === -EINTR) continue;
        // Whatever else it is (the other end is gone, no descriptor is left), there is nobody to serve.
        if (connection < 0) return 'none';
        sendBuffer(sendBufferBytes).run(connection);
        return createConnection(watcher, connection);
      }
    },
    watch: (onConnection) => watching.begin(onConnection),
    unwatch: () => watching.end(),
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watching.end();
      close(fd);
      removeIfSame(path, made);
    },
    handDown: () => {
      phase = 'closed';
      watching.end();
      return fd;
    },
  };
}

/** Of a descriptor that is connected. */
export function createConnection(watcher: FdWatcher, fd: number): LocalConnection {
  const watching = new Watching(watcher, fd);
  let phase: 'open' | 'closed' = 'open';
  return {
    peer: peerOf(fd),
    read: (into) => {
      if (phase === 'closed') return 'end';
      const count = recv(fd, into, into.length, MSG_DONTWAIT);
      if (count === -EAGAIN || count === -EINTR) return 0;
      return count > 0 ? count : 'end';
    },
    write: (bytes) => {
      if (phase === 'closed') return 'end';
      const count = send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count === -EAGAIN || count === -EINTR) return 0;
      return count >= 0 ? count : 'end';
    },
    watch: (onReadable) => watching.begin(onReadable),
    unwatch: () => watching.end(),
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watching.end();
      close(fd);
    },
  };
}

class Watching {
  readonly #watcher: FdWatcher;
  readonly #fd: number;
  #watch: FdWatch | undefined;

  constructor(watcher: FdWatcher, fd: number) {
    this.#watcher = watcher;
    this.#fd = fd;
  }

  begin(onReadable: () => void): void {
    this.end();
    const watch = this.#watcher.watch(this.#fd, onReadable);
    if (!isSysError(watch)) this.#watch = watch;
  }

  end(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}

/** Who listens at a path, whether or not he answers. */
export function findListener(path: string): LocalPeer | SysError {
  const fd = openConnected(path);
  if (isSysError(fd)) return fd;
  const peer = peerOf(fd);
  close(fd);
  return peer;
}

function openConnected(path: string): number | SysError {
  if (Buffer.byteLength(path) >= PATH_BYTES_MAX) return sysError('connect', EINVAL);
  const address = encodeSockaddrUnix(path);
  return openSocket({ domain: AF_UNIX, type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' }, [
    { call: 'connect', need: 'required', run: (fd) => connect(fd, address, address.length) },
  ]);
}

/** struct ucred, and as many group numbers as there are. */
function peerOf(fd: number): LocalPeer {
  const credentials = new Uint8Array(12);
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, encodeInt(credentials.length));
  const view = new DataView(credentials.buffer);
  return {
    pid: view.getInt32(0, littleEndian),
    uid: view.getUint32(4, littleEndian),
    gid: view.getUint32(8, littleEndian),
    groups: groupsOf(fd),
  };
}

function groupsOf(fd: number): readonly number[] {
  let groups = new Uint8Array(4 * 64);
  const length = encodeInt(groups.length);
  const lengthBytes = (): number => new DataView(length.buffer).getInt32(0, littleEndian);
  let result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, length);
  if (result === -ERANGE) {
    groups = new Uint8Array(lengthBytes());
    result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, length);
  }
  if (result < 0) return [];
  const view = new DataView(groups.buffer, 0, Math.min(groups.length, lengthBytes()));
  return Array.from({ length: view.byteLength >> 2 }, (_, index) =>
    view.getUint32(index * 4, littleEndian),
  );
}

function clearPath(path: string): SysError | undefined {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return undefined;
  if (!there.isSocket()) return sysError('bind', EADDRINUSE, 'is there already and is no socket');
  const probe = findListener(path);
  // Its queue is full: somebody has it.
  if (!isSysError(probe) || probe.errno === EAGAIN) {
    return sysError('bind', EADDRINUSE, 'another process answers there');
  }
  removeIfSame(path, there);
  return undefined;
}

function removeIfSame(path: string, known: Stats): void {
  try {
    const there = lstatSync(path);
    if (there.ino === known.ino && there.dev === known.dev) unlinkSync(path);
  } catch {
    // Somebody else has removed it.
  }
}

function withoutPermission(act: () => number): number {
  const before = setUmask(NO_PERMISSION);
  const result = act();
  setUmask(before);
  return result;
}

function grant({ path, gid, mode }: LocalListenerOptions): number {
  try {
    lchownSync(path, process.getuid?.() ?? 0, gid);
    chmodSync(path, mode);
    return 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? -EINVAL;
  }
}
