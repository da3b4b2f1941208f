import type { Block, Endpoint, Readiness, Stream } from '../../ports/streams.ts';
import { WOULD_BLOCK } from '../../ports/streams.ts';
import { EINTR, ENOTCONN } from '../ffi/errno.ts';
import { close, getsockname, setsockopt } from '../ffi/libc.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL, SO_LINGER, SOL_SOCKET } from '../ffi/socket-numbers.ts';
import { recvAt, sendAt, shutdown } from '../ffi/stream-calls.ts';
import { decodeEndpoint, SOCKADDR_BYTES } from './addresses.ts';
import type { NativeBlock } from './blocks.ts';
import type { ReadinessList } from './readiness.ts';

const SHUT_WR = 1;
const MSG_MORE = 0x8000;
const SEND = MSG_NOSIGNAL | MSG_DONTWAIT;
/** struct linger: on, no seconds. */
const LINGER_NOT = new Uint8Array(new Int32Array([1, 0]).buffer);

/** A connected or connecting socket of TCP or of the Unix domain. */
export class SocketStream implements Stream {
  readonly fd: number;
  /** Or how to find out, once: not every connection's is asked for. */
  #peer: Endpoint | (() => Endpoint);
  readonly #list: ReadinessList;
  readonly isTcp: boolean;
  #isOpen = true;
  #local: Endpoint | undefined;
  onReady: (readiness: Readiness) => void = () => {};

  constructor(
    fd: number,
    kind: 'tcp' | 'unix',
    peer: Endpoint | (() => Endpoint),
    list: ReadinessList,
  ) {
    this.fd = fd;
    this.isTcp = kind === 'tcp';
    this.#peer = peer;
    this.#list = list;
  }

  get peer(): Endpoint {
    if (typeof this.#peer === 'function') this.#peer = this.#peer();
    return this.#peer;
  }

  set peer(peer: Endpoint) {
    this.#peer = peer;
  }

  /** 0, or a negative errno: then the caller closes it. */
  begin(): number {
    if (!this.#isOpen) return 0;
    return this.#list.addStream(this.fd, (events) => this.onReady(events));
  }

  receive(block: Block, offset: number, room: number): number {
    if (!this.#isOpen) return -ENOTCONN;
    const count = recvAt(this.fd, (block as NativeBlock).address + offset, room, MSG_DONTWAIT);
    return count === -EINTR ? WOULD_BLOCK : count;
  }

  send(block: Block, from: number, to: number, more?: 'more'): number {
    if (!this.#isOpen) return -ENOTCONN;
    const flags = more === undefined ? SEND : SEND | MSG_MORE;
    const count = sendAt(this.fd, (block as NativeBlock).address + from, to - from, flags);
    return count === -EINTR ? WOULD_BLOCK : count;
  }

  shutdown(): void {
    if (this.#isOpen) shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#list.drop(this.fd);
    close(this.fd);
  }

  reset(): void {
    if (!this.#isOpen) return;
    setsockopt(this.fd, SOL_SOCKET, SO_LINGER, LINGER_NOT, LINGER_NOT.length);
    this.close();
  }

  /** Known once it was asked for, even after the end. */
  local = (): Endpoint => {
    this.#local ??= this.#readLocal();
    return this.#local;
  };

  #readLocal(): Endpoint {
    const bytes = new Uint8Array(SOCKADDR_BYTES);
    const length = new Int32Array([SOCKADDR_BYTES]);
    const result = getsockname(this.fd, bytes, length);
    return decodeEndpoint(bytes, result < 0 ? 0 : (length[0] ?? 0));
  }
}
