import { type IpAddress, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { IpDecodeFailure } from './ipv4.ts';

/*
 * RFC 8200 §3
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+---------------+---------------------------------------+
 *   0 |Version| Traffic Class |              Flow Label               |
 *     +-------+---------------+-------+---------------+---------------+
 *   4 |        Payload Length         |  Next Header  |   Hop Limit   |
 *     +-------------------------------+---------------+---------------+
 *   8 |                    Source Address (16 bytes)                  |
 *     +---------------------------------------------------------------+
 *  24 |                 Destination Address (16 bytes)                |
 *     +---------------------------------------------------------------+
 */
export const IPV6_HEADER_BYTES = 40;

export interface Ipv6HeaderFields {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly nextHeader: number;
  readonly payloadLength: number;
}

export interface Ipv6Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
  readonly trafficClass: number;
  /** As in the fixed header: extension headers are not walked through. */
  readonly nextHeader: number;
  /** A view on the bytes decoded: what follows the fixed header, up to the payload length. */
  readonly payload: Uint8Array;
}

/** The fixed header, its flow label zero. */
export function encodeIpv6Header(fields: Ipv6HeaderFields): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEADER_BYTES);
  bytes[0] = 0x60 | (fields.trafficClass >> 4);
  bytes[1] = fields.trafficClass << 4;
  bytes[4] = fields.payloadLength >> 8;
  bytes[5] = fields.payloadLength;
  bytes[6] = fields.nextHeader;
  bytes[7] = fields.hopLimit;
  bytes.set(ipToBytes(fields.source), 8);
  bytes.set(ipToBytes(fields.destination), 24);
  return bytes;
}

/** Bytes after the payload length are link-layer padding and left out. */
export function decodeIpv6(bytes: Uint8Array): Result<Ipv6Packet, IpDecodeFailure> {
  if (bytes.length < IPV6_HEADER_BYTES) return failed('truncated-ip-header');
  const first = bytes[0] ?? 0;
  if (first >> 4 !== 6) return failed('bad-ip-header');
  const end = IPV6_HEADER_BYTES + (((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0));
  if (bytes.length < end) return failed('truncated');
  return ok({
    source: ipFromBytes(bytes.subarray(8, 24)),
    destination: ipFromBytes(bytes.subarray(24, 40)),
    hopLimit: bytes[7] ?? 0,
    trafficClass: ((first & 0x0f) << 4) | ((bytes[1] ?? 0) >> 4),
    nextHeader: bytes[6] ?? 0,
    payload: bytes.subarray(IPV6_HEADER_BYTES, end),
  });
}
