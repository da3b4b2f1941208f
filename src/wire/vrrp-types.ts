import type { IpAddress } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';

/** What an advertisement says that we send. */
export interface AdvertContent {
  readonly version: 2 | 3;
  readonly vrid: number;
  /** 0 says "I stop". */
  readonly priority: number;
  readonly advertInterval: Micros;
  readonly addresses: readonly IpAddress[];
  /** v2 over IPv4 only: up to 8 bytes of RFC 2338 simple text password. */
  readonly password?: Uint8Array;
}

/** How the checksum of a v3 advert over IPv4 is made. v2/IPv4 is always `plain`, IPv6 always `pseudo-header`. */
export type ChecksumStyle =
  | { readonly kind: 'plain' }
  | { readonly kind: 'pseudo-header'; readonly source: IpAddress; readonly destination: IpAddress };

/** Facts about a received advertisement; whether it is accepted is the engine's judgement. */
export interface ReceivedAdvert {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit; undefined where the kernel did not say. */
  readonly ttl: number | undefined;
  /** As in the packet, 0..15; more than 2 and 3 may arrive. */
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** The count field. */
  readonly addressCount: number;
  /** As many whole addresses as the packet has room for, at most `addressCount`. */
  readonly addresses: readonly IpAddress[];
  /** v2 only. */
  readonly authType: number;
  /** v2 over IPv4 only: 8 bytes as hexadecimal text; empty where missing. */
  readonly authData: string;
  readonly advertInterval: Micros;
  /** Whether the PDU is as long as version and count demand (padding of short frames tolerated). */
  readonly length: 'right' | 'wrong';
  /** Each way of summing that gives the checksum found. */
  readonly checksum: {
    readonly plain: boolean;
    readonly pseudoHeader: boolean;
    /** Pseudo header with 224.0.0.18 in place of the destination. */
    readonly groupPseudoHeader: boolean;
  };
}

/** Why bytes are no advertisement at all; anything better formed becomes a ReceivedAdvert. */
export type AdvertDecodeFailure = 'truncated-ip-header' | 'not-vrrp' | 'fragment' | 'truncated';
