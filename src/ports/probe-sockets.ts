import type { CheckTarget } from '../config/model/health-check.ts';
import type { SysError } from './sys-error.ts';

/** Where a probe goes and by which way: a target whose port is never 0 for want of one. */
export type ProbeTarget = Omit<CheckTarget, 'connectTimeout'>;

/**
 * Sockets of health checks, with the source, interface and mark that a target asks for. Nothing here
 * has a time limit, and no callback comes before the call has returned or after `close`.
 */
export interface ProbeSockets {
  /** Begins a TCP connection; `onEnd` comes once. */
  connect(
    target: ProbeTarget,
    onEnd: (result: TcpConnection | SysError) => void,
  ): PendingConnection | SysError;
  /** A UDP socket that hears nobody but its target. */
  openUdp(target: ProbeTarget, onEvent: DatagramListener): DatagramSocket | SysError;
  /** For echo requests; the port of the target means nothing. */
  openEcho(target: ProbeTarget, onEvent: EchoListener): EchoSocket | SysError;
}

export interface PendingConnection {
  /** May be called at any time, any number of times; a connection that was handed over stays. */
  close(): void;
}

/** A connection that came about; it belongs to whoever was told of it. */
export interface TcpConnection {
  /** The descriptor, non-blocking, for whoever closes it from now on. */
  release(): number;
  close(): void;
}

/** What came from the target, valid during the call; or an error, also one that ICMP brought. */
export type DatagramListener = (event: Uint8Array | SysError) => void;

export interface DatagramSocket {
  send(datagram: Uint8Array): SysError | undefined;
  close(): void;
}

/** A reply to this socket's own requests, valid during the call; or an error, also by ICMP. */
export type EchoListener = (event: EchoReply | SysError) => void;

export interface EchoReply {
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface EchoSocket {
  /** `sequence`: 16 bits. */
  send(sequence: number, payload: Uint8Array): SysError | undefined;
  close(): void;
}
