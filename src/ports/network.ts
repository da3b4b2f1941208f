import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { Micros } from '../base/time.ts';
import type { SysError } from './sys-error.ts';

/** A network interface as rtnetlink describes it (RTM_NEWLINK). */
export interface LinkFacts {
  readonly index: number;
  readonly name: string;
  /** IFF_UP. */
  readonly adminUp: boolean;
  /** IFF_RUNNING: carrier is there and the operational state allows traffic. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly noArp: boolean;
  readonly multicast: boolean;
  readonly mtu: number;
  /** Absent on interfaces without hardware addresses. */
  readonly mac?: MacAddress;
  /** ARPHRD_* of if_arp.h: 1 Ethernet, 32 InfiniBand. */
  readonly hardwareType: number;
}

/** An address on an interface (RTM_NEWADDR). */
export interface AddressFacts {
  readonly interfaceIndex: number;
  readonly family: IpFamily;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  /** IFA_F_*, 32 bits. */
  readonly flags: number;
  /** IFA_PROTO, 0 where the kernel does not keep it. */
  readonly protocol: number;
  readonly label?: string;
  /** The other end, of point-to-point addresses; `prefixLength` is then its prefix. */
  readonly peer?: IpAddress;
}

export type NetworkEvent =
  | { readonly kind: 'linkChanged'; readonly link: LinkFacts }
  | { readonly kind: 'linkRemoved'; readonly index: number; readonly name: string }
  | { readonly kind: 'addressAdded'; readonly address: AddressFacts }
  | { readonly kind: 'addressRemoved'; readonly address: AddressFacts }
  /** Events were lost (ENOBUFS); everything has been read anew and `links()` and `addresses()` are right. */
  | { readonly kind: 'resynchronised' };

/** The kernel's links and addresses, and what becomes of them. */
export interface NetworkMonitor {
  links(): readonly LinkFacts[];
  addresses(): readonly AddressFacts[];
  close(): void;
}

/** IFA_PROTO of every address that holdfast adds: the protocol number of VRRP. */
export const ADDRESS_MARK = 112;

export interface AddressOperation {
  readonly kind: 'add' | 'remove';
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly label?: string;
  readonly scope?: number;
  readonly broadcast?: IpAddress;
  readonly peer?: IpAddress;
  /** IFA_F_*, 32 bits. */
  readonly flags?: number;
  /** IFA_PROTO. */
  readonly protocol?: number;
  /** Seconds; forever where absent. */
  readonly validLifetimeSeconds?: number;
  readonly preferredLifetimeSeconds?: number;
}

/** Changes addresses. The kernel has carried an operation out when `apply` returns. */
export interface AddressTable {
  /** Sends all operations in one message and reads an answer for each, in their order. */
  apply(operations: readonly AddressOperation[]): readonly (SysError | undefined)[];
  /**
   * Gives addresses that are there (`add` operations) other lifetimes; the kernel would also add one
   * that is not there. The same list is given again and again, and is encoded once. Answers with the
   * first error.
   */
  renew(operations: readonly AddressOperation[]): SysError | undefined;
  /** So many IPv6 addresses may have to be added at once: makes ready what helps with many. */
  expect(ipv6Count: number): void;
  close(): void;
}

export interface ReceivedDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly ttl: number | undefined;
  /** What follows the IP header; valid only during the call. */
  readonly payload: Uint8Array;
  /** The object stays as it is, and comes again when the same packet does. */
  readonly constancy?: 'kept';
}

/** Where adverts are sent and heard: IP protocol 112 on one interface. */
export interface AdvertLinkOptions {
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  readonly family: IpFamily;
  /** Multicast: the group is joined. Unicast: only datagrams to `source` are delivered. */
  readonly transport:
    | { readonly kind: 'multicast'; readonly group: IpAddress }
    | { readonly kind: 'unicast'; readonly source: IpAddress };
}

/**
 * How soon after an advert has come it is wanted. `lazily`: what is no more than a repetition may lie
 * for a quarter of a second, for it only puts off what is judged after `readWaiting`.
 */
export type AdvertUrgency = 'promptly' | 'lazily';

export interface OutgoingDatagram {
  /** Whoever has changed its bytes gives another one. */
  readonly pdu: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
}

export interface AdvertLink {
  /** What lies unread is told of before this returns; also looks anew at how soon adverts are wanted. */
  readWaiting(): void;
  /** Sends one PDU with TTL or hop limit `ttl` and traffic class 0xc0; the socket never blocks. */
  send(datagram: OutgoingDatagram): SysError | undefined;
  close(): void;
}

/** Of a datagram that lay unread for a while. */
export interface LateFacts {
  /** When it came last; undefined where that is not known. */
  readonly heardAt: Micros | undefined;
  /** How often it came one after the other. */
  readonly times: number;
}

export type DatagramListener = (datagram: ReceivedDatagram, late?: LateFacts) => void;

export interface AdvertNetwork {
  open(
    options: AdvertLinkOptions,
    onDatagram: DatagramListener,
    /** `promptly` where absent. */
    urgency?: () => AdvertUrgency,
  ): AdvertLink | SysError;
}

/** Raw frames for ARP and neighbour discovery (AF_PACKET). */
export interface FrameSender {
  send(interfaceIndex: number, frame: Uint8Array): SysError | undefined;
  close(): void;
}
