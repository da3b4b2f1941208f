import type { IpAddress } from '../base/ip.ts';
import type { TlsFacts } from '../core/proxy/samples/facts.ts';
import type { SysError } from './sys-error.ts';

/** Where one end of a connection is. */
export type Endpoint =
  | { readonly kind: 'ip'; readonly ip: IpAddress; readonly port: number }
  | { readonly kind: 'unix' | 'abstract'; readonly path: string };

/** Memory that the kernel reads and writes; `bytes` are the same bytes for the program. */
export interface Block {
  readonly bytes: Uint8Array;
}

/** What an operation on a stream answers besides a count of bytes. */
export const WOULD_BLOCK = -11;
/** Nothing comes any more: the other end has ended its side. */
export const END = 0;

/**
 * A connection. Readiness is told by edges: after `onReady` both directions are used until they would
 * block, or the rest is remembered; nothing is told twice. No operation throws, and after `close` each
 * answers with an error.
 */
export interface Stream {
  /**
   * Receives up to `room` bytes into the block from `offset` on. How many; END; WOULD_BLOCK; or
   * another negative errno.
   */
  receive(block: Block, offset: number, room: number): number;
  /** Sends bytes `from` to `to`; `more` follow at once. How many; WOULD_BLOCK; or a negative errno. */
  send(block: Block, from: number, to: number, more?: 'more'): number;
  /** Nothing will be sent any more; what was sent still goes. */
  shutdown(): void;
  close(): void;
  /** Like close, but the other end learns that it was broken off (RST). */
  reset(): void;
  /** Called while something may have changed; replace it at will. */
  onReady: (readiness: Readiness) => void;
  /** Who the other end is, or whom a PROXY header has named. */
  peer: Endpoint;
  /** Whom the other end connected to; replaced by what a PROXY header tells. */
  local: () => Endpoint;
  /** Of a connection that is encrypted, from the end of the handshake on. */
  readonly tls?: TlsFacts | undefined;
  /** Its bytes are those of a TCP socket, as they come: what `isLastWord` says of an edge holds. */
  readonly isTcp?: boolean;
}

/** Bits of what an edge told. */
export type Readiness = number;
export const READABLE = 1;
export const WRITABLE = 4;
/** Both ways are closed, or broken. */
export const HANG_UP = 16;
export const BROKEN = 8;
/** The other end has ended its side (EPOLLRDHUP). */
export const PEER_ENDED = 0x2000;
/** Bytes that a plain receive passes over are among those that wait, and stop it (EPOLLPRI). */
const URGENT = 2;
/** Any of what tells that the other end says nothing more, or nothing at all. */
export const ENDING = PEER_ENDED | HANG_UP | BROKEN;

/**
 * All that the other end of a TCP connection will ever have said is in the socket: a receive that brings less than
 * there was room for empties it, and needs none after it to find the end.
 */
export function isLastWord(readiness: Readiness): boolean {
  return (readiness & PEER_ENDED) !== 0 && (readiness & (URGENT | BROKEN)) === 0;
}

export interface StreamListenOptions {
  readonly backlog: number;
  /** An address that is not this host's yet is fine. */
  readonly transparent?: boolean;
  /** Of a wildcard IPv6 address. */
  readonly v4v6?: boolean;
  readonly interface?: string;
  /** Of a Unix socket. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Several processes listen to one address. */
  readonly shared?: boolean;
  /** Connections that are accepted in one turn; others have theirs then, in this process and beside it. */
  readonly acceptsMost?: number;
  /** Whether another process should have the next one: it gets a moment in which to take it. */
  readonly yields?: () => boolean;
  /** The kernel finds out whether clients are still there. */
  readonly keepAlive?: boolean;
}

export interface StreamListener {
  readonly fd: number;
  readonly local: Endpoint;
  /** Whoever wants to connect waits in the kernel. */
  pause(): void;
  resume(): void;
  /** Takes whoever waits already, and closes. */
  finish(): void;
  close(): void;
}

export interface StreamConnectOptions {
  readonly source?: { readonly ip: IpAddress; readonly port?: number };
  readonly keepAlive?: boolean;
}

export interface Streams {
  listen(
    at: Endpoint,
    options: StreamListenOptions,
    onStream: (stream: Stream) => void,
  ): StreamListener | SysError;
  /** A descriptor that listens already, inherited or handed over. */
  adopt(
    fd: number,
    onStream: (stream: Stream) => void,
    options?: Pick<StreamListenOptions, 'acceptsMost' | 'yields'>,
  ): StreamListener | SysError;
  /** The stream is writable once it is connected; its first readiness tells which. */
  connect(to: Endpoint, options: StreamConnectOptions): Stream | SysError;
  /** 0, or the errno of what became of a connection that was begun. */
  connectResult(stream: Stream): number;
  createBlock(sizeBytes: number): Block;
  freeBlock(block: Block): void;
  /** Ends everything. */
  close(): void;
}
