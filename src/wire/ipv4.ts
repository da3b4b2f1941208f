import { type IpAddress, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { checksumOf, sumWords } from './checksum.ts';

/*
 * RFC 791 §3.1
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+-------------------------------+
 *   0 |Version|  IHL  |Type of Service|         Total Length          |
 *     +-------+-------+---------------+-----+-------------------------+
 *   4 |        Identification         |Flags|    Fragment Offset      |
 *     +---------------+---------------+-----+-------------------------+
 *   8 | Time to Live  |   Protocol    |        Header Checksum        |
 *     +---------------+---------------+-------------------------------+
 *  12 |                        Source Address                         |
 *     +---------------------------------------------------------------+
 *  16 |                      Destination Address                      |
 *     +---------------------------------------------------------------+
 *  20 |                      Options, up to IHL                       |
 */
export const IPV4_HEADER_BYTES = 20;

const VERSION_AND_IHL = 0x45;
const FRAGMENT_OFFSET_AND_MORE = 0x3fff;

export interface Ipv4HeaderFields {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly tos: number;
  /** Taken modulo 65536. */
  readonly identification: number;
  readonly protocol: number;
  readonly payloadLength: number;
}

export interface Ipv4Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly tos: number;
  readonly identification: number;
  readonly protocol: number;
  /** A view on the bytes decoded: what follows the header, up to the total length. */
  readonly payload: Uint8Array;
  readonly headerLength: number;
  readonly totalLength: number;
  readonly fragment: 'whole' | 'part';
}

/**
 * `truncated-ip-header`: not even the header is there. `bad-ip-header`: another IP version, or
 * lengths that contradict each other. `truncated`: less than the total length is there.
 */
export type IpDecodeFailure = 'truncated-ip-header' | 'bad-ip-header' | 'truncated';

/** A header without options, neither fragmented nor forbidding it; the checksum filled in. */
export function encodeIpv4Header(fields: Ipv4HeaderFields): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER_BYTES);
  const totalLength = IPV4_HEADER_BYTES + fields.payloadLength;
  bytes[0] = VERSION_AND_IHL;
  bytes[1] = fields.tos;
  bytes[2] = totalLength >> 8;
  bytes[3] = totalLength;
  bytes[4] = fields.identification >> 8;
  bytes[5] = fields.identification;
  bytes[8] = fields.ttl;
  bytes[9] = fields.protocol;
  bytes.set(ipToBytes(fields.source), 12);
  bytes.set(ipToBytes(fields.destination), 16);
  const checksum = checksumOf(sumWords(bytes));
  bytes[10] = checksum >> 8;
  bytes[11] = checksum;
  return bytes;
}

/** Bytes after the total length are link-layer padding and left out. The kernel checks checksums. */
export function decodeIpv4(bytes: Uint8Array): Result<Ipv4Packet, IpDecodeFailure> {
  if (bytes.length < IPV4_HEADER_BYTES) return failed('truncated-ip-header');
  const first = bytes[0] ?? 0;
  const headerLength = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || headerLength < IPV4_HEADER_BYTES) return failed('bad-ip-header');
  if (bytes.length < headerLength) return failed('truncated-ip-header');
  const totalLength = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (totalLength < headerLength) return failed('bad-ip-header');
  if (bytes.length < totalLength) return failed('truncated');
  const fragmentField = ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
  return ok({
    source: ipFromBytes(bytes.subarray(12, 16)),
    destination: ipFromBytes(bytes.subarray(16, 20)),
    ttl: bytes[8] ?? 0,
    tos: bytes[1] ?? 0,
    identification: ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0),
    protocol: bytes[9] ?? 0,
    payload: bytes.subarray(headerLength, totalLength),
    headerLength,
    totalLength,
    fragment: (fragmentField & FRAGMENT_OFFSET_AND_MORE) === 0 ? 'whole' : 'part',
  });
}
