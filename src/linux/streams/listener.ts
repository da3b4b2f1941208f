import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { ipFromBytes } from '../../base/ip.ts';
import type { Endpoint, Stream, StreamListener, StreamListenOptions } from '../../ports/streams.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { EINTR, ENOBUFS, ENOMEM, sysError } from '../ffi/errno.ts';
import { accept4, bind, close, fcntl, getsockname, listen, setsockopt } from '../ffi/libc.ts';
import { encodeInt, openSocket, option, type SocketStep } from '../ffi/open-socket.ts';
import { AF_INET, littleEndian } from '../ffi/sockaddr.ts';
import {
  IPV6_V6ONLY,
  SO_BINDTODEVICE,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from '../ffi/socket-numbers.ts';
import { decodeEndpoint, encodeEndpoint, familyOf, SOCKADDR_BYTES } from './addresses.ts';
import type { ReadinessList } from './readiness.ts';
import { SocketStream } from './tcp-stream.ts';

const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const SO_REUSEPORT = 15;
const SO_KEEPALIVE = 9;
const IP_FREEBIND = 15;
const IP_TRANSPARENT = 19;
const SOL_TCP = 6;
const TCP_NODELAY = 1;
const EMFILE = 24;
const ENFILE = 23;
const ON = encodeInt(1);
const OUT_OF_RESOURCES: readonly number[] = [-EMFILE, -ENFILE, -ENOMEM, -ENOBUFS];
/** Of one turn: others want theirs. */
const ACCEPTS_MAX = 128;
/** For so long others may take whoever waits; whoever still does then comes in. */
const YIELD_MS = 1;
/** From one such moment to the next: where the others hang, half of the time is left. */
const YIELD_AGAIN_MS = 2;
/** Without a descriptor for it a connection waits in the kernel; so do we. */
const OUT_OF_DESCRIPTORS_MS = 100;

type AcceptOptions = Pick<StreamListenOptions, 'acceptsMost' | 'yields'>;

export function openStreamListener(
  list: ReadinessList,
  at: Endpoint,
  options: StreamListenOptions,
  onStream: (stream: Stream) => void,
): StreamListener | SysError {
  const address = encodeEndpoint(at);
  if (at.kind === 'unix') removeDeadSocket(at.path);
  const fd = openSocket(
    { domain: familyOf(at), type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' },
    [
      ...stepsBefore(at, options),
      { call: 'bind', need: 'required', run: (it) => bind(it, address, address.length) },
      { call: 'listen', need: 'required', run: (it) => listen(it, options.backlog) },
    ],
  );
  if (isSysError(fd)) return fd;
  if (at.kind === 'unix') grant(at.path, options);
  const name = at.kind === 'unix' ? nameOf(at.path) : undefined;
  return createListener(list, fd, onStream, options, name);
}

export function adoptStreamListener(
  list: ReadinessList,
  fd: number,
  onStream: (stream: Stream) => void,
  options: AcceptOptions,
): StreamListener | SysError {
  // Whoever opened it may wait in `accept`; here nobody does.
  const flags = fcntl(fd, F_GETFL, 0);
  const result = flags < 0 ? flags : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  if (result < 0) return sysError('fcntl', result);
  return createListener(list, fd, onStream, options);
}

function stepsBefore(at: Endpoint, options: StreamListenOptions): SocketStep[] {
  if (at.kind !== 'ip') return [];
  const steps = [option(SOL_SOCKET, SO_REUSEADDR, 1)];
  if (options.shared === true) steps.push(option(SOL_SOCKET, SO_REUSEPORT, 1));
  if (options.keepAlive === true) steps.push(option(SOL_SOCKET, SO_KEEPALIVE, 1, 'optional'));
  if (options.transparent === true) {
    steps.push(option(SOL_IP, IP_TRANSPARENT, 1, 'optional'));
    steps.push(option(SOL_IP, IP_FREEBIND, 1));
  }
  if (options.v4v6 !== undefined && at.ip.includes(':'))
    steps.push(option(SOL_IPV6, IPV6_V6ONLY, options.v4v6 ? 0 : 1));
  if (options.interface !== undefined) {
    const name = new TextEncoder().encode(`${options.interface}\0`);
    steps.push(option(SOL_SOCKET, SO_BINDTODEVICE, name));
  }
  return steps;
}

function createListener(
  list: ReadinessList,
  fd: number,
  onStream: (stream: Stream) => void,
  { acceptsMost = ACCEPTS_MAX, yields }: AcceptOptions,
  name?: { remove(): void },
): StreamListener | SysError {
  const address = new Uint8Array(SOCKADDR_BYTES);
  const view = new DataView(address.buffer);
  const length = new Int32Array(1);
  const kind = localOf(fd).kind === 'ip' ? 'tcp' : 'unix';
  // Whoever is accepted inherits it.
  if (kind === 'tcp') setsockopt(fd, SOL_TCP, TCP_NODELAY, ON, ON.length);
  let phase: 'open' | 'paused' | 'closed' = 'open';

  const rest = (ms: number): void => {
    list.setListening(fd, 'off');
    setTimeout(() => {
      if (phase === 'open') list.setListening(fd, 'on');
    }, ms);
  };
  let yieldedMs = Number.NEGATIVE_INFINITY;
  const mayYield = (): boolean => {
    if (yields?.() !== true) return false;
    const nowMs = performance.now();
    if (nowMs - yieldedMs < YIELD_AGAIN_MS) return false;
    yieldedMs = nowMs;
    return true;
  };
  const acceptOne = (): 'accepted' | 'none' => {
    length[0] = SOCKADDR_BYTES;
    const accepted = accept4(fd, address, length, SOCK_NONBLOCK_CLOEXEC);
    if (accepted === -EINTR) return 'accepted';
    if (accepted < 0 && OUT_OF_RESOURCES.includes(accepted)) {
      rest(OUT_OF_DESCRIPTORS_MS);
      return 'none';
    }
    if (accepted < 0) return 'none';
    const stream = new SocketStream(accepted, kind, peerOf(view, length[0] ?? 0), list);
    onStream(stream);
    stream.begin();
    return 'accepted';
  };
  const onWaiting = (): void => {
    for (let count = 0; count < acceptsMost && phase === 'open'; count++) {
      if (mayYield()) {
        rest(YIELD_MS);
        return;
      }
      if (acceptOne() === 'none') return;
    }
  };

  const end = (): void => {
    if (phase === 'closed') return;
    phase = 'closed';
    list.drop(fd);
    name?.remove();
    close(fd);
  };

  const added = list.addListener(fd, onWaiting);
  if (added < 0) {
    close(fd);
    return sysError('epoll_ctl', added);
  }
  return {
    fd,
    local: localOf(fd),
    pause: () => {
      if (phase !== 'open') return;
      phase = 'paused';
      list.setListening(fd, 'off');
    },
    resume: () => {
      if (phase !== 'paused') return;
      phase = 'open';
      list.setListening(fd, 'on');
    },
    finish: () => {
      if (phase !== 'closed') while (acceptOne() === 'accepted');
      end();
    },
    close: end,
  };
}

/** Of most connections nobody asks: two numbers are kept until somebody does. */
function peerOf(address: DataView, length: number): Endpoint | (() => Endpoint) {
  if (length < 8 || address.getUint16(0, littleEndian) !== AF_INET)
    return decodeEndpoint(new Uint8Array(address.buffer), length);
  const [ip, port] = [address.getUint32(4), address.getUint16(2)];
  return () => ({
    kind: 'ip',
    ip: ipFromBytes(Uint8Array.of(ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255)),
    port,
  });
}

function localOf(fd: number): Endpoint {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  const length = new Int32Array([SOCKADDR_BYTES]);
  const result = getsockname(fd, bytes, length);
  return decodeEndpoint(bytes, result < 0 ? 0 : (length[0] ?? 0));
}

/** Whoever listens there now keeps what it has accepted; the name is the newcomer's. */
function removeDeadSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

/**
 * Whoever listens there after us has put a file of its own in the place of ours, which goes with us only as long
 * as it is ours. The number of ours is nobody else's while the socket is open.
 */
function nameOf(path: string): { remove(): void } {
  const { ino } = lstatSync(path);
  return {
    remove: () => {
      // In a chroot there is no such path, and without rights nothing can be removed.
      try {
        if (lstatSync(path).ino === ino) unlinkSync(path);
      } catch {
        return;
      }
    },
  };
}

function grant(path: string, { mode, uid, gid }: StreamListenOptions): void {
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1);
  if (mode !== undefined) chmodSync(path, mode);
}
