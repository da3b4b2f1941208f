import type { FdWatcher } from '../../ports/fd-watcher.ts';
import type {
  Block,
  Endpoint,
  Stream,
  StreamConnectOptions,
  StreamListener,
  StreamListenOptions,
  Streams,
} from '../../ports/streams.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { EADDRNOTAVAIL, EAGAIN, EINTR, sysError } from '../ffi/errno.ts';
import { bind, close, connect, getsockopt, setsockopt } from '../ffi/libc.ts';
import { encodeInt, openSocket, option, type SocketStep } from '../ffi/open-socket.ts';
import {
  IP_BIND_ADDRESS_NO_PORT,
  SO_ERROR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_IP,
  SOL_SOCKET,
} from '../ffi/socket-numbers.ts';
import { encodeEndpoint, encodeKnownEndpoint, familyOf } from './addresses.ts';
import { BlockPool } from './blocks.ts';
import { adoptStreamListener, openStreamListener } from './listener.ts';
import { ReadinessList } from './readiness.ts';
import { SocketStream } from './tcp-stream.ts';

const EINPROGRESS = 115;
const SOL_TCP = 6;
const TCP_NODELAY = 1;
const SO_KEEPALIVE = 9;
const ON = encodeInt(1);
const NO_DELAY = option(SOL_TCP, TCP_NODELAY, 1, 'optional');
const KEEP_ALIVE = option(SOL_SOCKET, SO_KEEPALIVE, 1, 'optional');

/** Streams by system calls on descriptors, readiness by one epoll. */
export function openStreams(watcher: FdWatcher): Streams | SysError {
  const list = ReadinessList.open(watcher);
  return isSysError(list) ? list : new SocketStreams(list);
}

class SocketStreams implements Streams {
  readonly #list: ReadinessList;
  readonly #blocks = new BlockPool();

  constructor(list: ReadinessList) {
    this.#list = list;
  }

  listen(
    at: Endpoint,
    options: StreamListenOptions,
    onStream: (stream: Stream) => void,
  ): StreamListener | SysError {
    return openStreamListener(this.#list, at, options, onStream);
  }

  adopt(
    fd: number,
    onStream: (stream: Stream) => void,
    options: Pick<StreamListenOptions, 'acceptsMost' | 'yields'> = {},
  ): StreamListener | SysError {
    return adoptStreamListener(this.#list, fd, onStream, options);
  }

  connect(to: Endpoint, { source, keepAlive }: StreamConnectOptions): Stream | SysError {
    const steps: SocketStep[] = [];
    if (to.kind === 'ip') steps.push(NO_DELAY);
    if (keepAlive === true) steps.push(KEEP_ALIVE);
    if (source !== undefined) steps.push(...fromSource({ kind: 'ip', port: 0, ...source }));
    const fd = openSocket(
      { domain: familyOf(to), type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' },
      steps,
    );
    if (isSysError(fd)) return fd;
    const address = encodeKnownEndpoint(to);
    const result = connect(fd, address, address.length);
    if (result < 0 && result !== -EINPROGRESS && result !== -EINTR) {
      close(fd);
      // A Unix socket whose queue is full would have one wait; there is nothing to wait by.
      return sysError('connect', result === -EAGAIN ? -EADDRNOTAVAIL : result);
    }
    const stream = new SocketStream(fd, to.kind === 'ip' ? 'tcp' : 'unix', to, this.#list);
    const begun = stream.begin();
    if (begun === 0) return stream;
    close(fd);
    return sysError('epoll_ctl', begun);
  }

  connectResult(stream: Stream): number {
    const value = new Int32Array(1);
    const result = getsockopt(
      (stream as SocketStream).fd,
      SOL_SOCKET,
      SO_ERROR,
      value,
      new Int32Array([4]),
    );
    return result < 0 ? -result : (value[0] ?? 0);
  }

  createBlock(sizeBytes: number): Block {
    return this.#blocks.take(sizeBytes);
  }

  freeBlock(block: Block): void {
    this.#blocks.giveBack(block);
  }

  close(): void {
    this.#list.close();
    this.#blocks.clear();
  }
}

/** Any of the source's ports, chosen with the target: many connections may share one. */
function fromSource(source: Endpoint & { kind: 'ip' }): SocketStep[] {
  const address = encodeEndpoint(source);
  return [
    option(SOL_SOCKET, SO_REUSEADDR, 1, 'optional'),
    ...(source.port === 0 ? [option(SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1, 'optional')] : []),
    { call: 'bind', need: 'required', run: (fd) => bind(fd, address, address.length) },
  ];
}

export function setNoDelay(fd: number): void {
  setsockopt(fd, SOL_TCP, TCP_NODELAY, ON, ON.length);
}
