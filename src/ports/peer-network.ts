import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { SysError } from './sys-error.ts';

/** A side message as it came in; whether it is one is not known yet. */
export interface PeerDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly interfaceIndex: number;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** Valid only during the call. */
  readonly payload: Uint8Array;
}

/** `enough`: nothing more is read for a moment; what does not fit into the kernel's buffer is lost. */
export type PeerReceiver = (datagram: PeerDatagram) => 'more' | 'enough';

/** Where side messages of one family are sent and heard; never blocks. */
export interface PeerSocket {
  join(membership: PeerMembership): SysError | undefined;
  /** Of a membership that is there; an interface that is gone has ended it already. */
  leave(membership: PeerMembership): void;
  send(datagram: {
    readonly payload: Uint8Array;
    readonly destination: IpAddress;
    /** The path that adverts take; absent where the routing table decides. */
    readonly path?: { readonly interfaceIndex: number; readonly source: IpAddress };
  }): SysError | undefined;
  close(): void;
}

export interface PeerMembership {
  readonly group: IpAddress;
  readonly interfaceIndex: number;
}

export interface PeerNetwork {
  open(family: IpFamily, onDatagram: PeerReceiver): PeerSocket | SysError;
}
