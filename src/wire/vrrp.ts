import { assert } from '../base/assert.ts';
import { toHex } from '../base/hex.ts';
import { type IpAddress, type IpFamily, ipFamily, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { MICROS_PER_CENTISECOND, MICROS_PER_SECOND, micros } from '../base/time.ts';
import { checksumOf, isIntact, pseudoHeaderSum, sumWords } from './checksum.ts';
import { decodeIpv4, IPV4_HEADER_BYTES } from './ipv4.ts';
import type {
  AdvertContent,
  AdvertDecodeFailure,
  ChecksumStyle,
  ReceivedAdvert,
} from './vrrp-types.ts';

/*
 * Version 3 (RFC 9568 §5.1), addresses of 4 or 16 bytes
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+---------------+---------------+
 *   0 |Version| Type  | Virtual Rtr ID|   Priority    |Address Count  |
 *     +-------+-------+---------------+---------------+---------------+
 *   4 |Reserve|   Max Advertise Int   |           Checksum            |
 *     +-------+-----------------------+-------------------------------+
 *   8 |                         Address (1..n)                        |
 *     +---------------------------------------------------------------+
 *
 * Version 2 (RFC 3768 §5.1; the authentication is RFC 2338 §5.3.10's)
 *
 *     +-------+-------+---------------+---------------+---------------+
 *   0 |Version| Type  | Virtual Rtr ID|   Priority    |Address Count  |
 *     +-------+-------+---------------+---------------+---------------+
 *   4 |   Auth Type   |Advertise Int s|           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *   8 |                         Address (1..n)                        |
 *     +---------------------------------------------------------------+
 *     |                Authentication Data (8 bytes)                  |
 *     +---------------------------------------------------------------+
 *
 * Version 2 over IPv6 is keepalived's: no authentication data, the checksum with a pseudo header.
 */
export const VRRP_PROTOCOL = 112;

const HEADER_BYTES = 8;
const AUTH_BYTES = 8;
const CHECKSUM_AT = 6;
const TYPE_ADVERTISEMENT = 1;
const AUTH_NONE = 0;
const AUTH_SIMPLE = 1;
const MAX_INTERVAL_SECONDS = 0xff;
const MAX_INTERVAL_CENTISECONDS = 0xfff;
/** What Ethernet pads shorter payloads to. */
const ETHERNET_MIN_PAYLOAD_BYTES = 46;
const IPV4_GROUP = Uint8Array.of(224, 0, 0, 18);

export interface AdvertOptions {
  readonly family: IpFamily;
  /** `kernel`: the field stays zero, as the kernel fills it in (IPV6_CHECKSUM). */
  readonly checksum: ChecksumStyle | 'kernel';
}

/** What the IP layer says about the payload. */
export interface AdvertContext {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number | undefined;
}

/** The PDU of an advertisement; what does not fit its fields is a bug of the caller. */
export function encodeAdvert(content: AdvertContent, options: AdvertOptions): Uint8Array {
  const { version, vrid, priority, addresses, password } = content;
  const { family, checksum } = options;
  assert(vrid >= 1 && vrid <= 255, 'VRID outside 1..255');
  assert(priority >= 0 && priority <= 255, 'priority outside 0..255');
  assert(addresses.length <= 255, 'more than 255 addresses');
  const addressBytes = family === 4 ? 4 : 16;
  const authAt = HEADER_BYTES + addresses.length * addressBytes;
  const carriesAuth = version === 2 && family === 4;
  const bytes = new Uint8Array(authAt + (carriesAuth ? AUTH_BYTES : 0));
  bytes[0] = (version << 4) | TYPE_ADVERTISEMENT;
  bytes[1] = vrid;
  bytes[2] = priority;
  bytes[3] = addresses.length;
  if (version === 2) {
    bytes[4] = password === undefined ? AUTH_NONE : AUTH_SIMPLE;
    bytes[5] = toUnits(content.advertInterval, MICROS_PER_SECOND, MAX_INTERVAL_SECONDS);
  } else {
    const { advertInterval } = content;
    const count = toUnits(advertInterval, MICROS_PER_CENTISECOND, MAX_INTERVAL_CENTISECONDS);
    bytes[4] = count >> 8;
    bytes[5] = count;
  }
  for (const [index, address] of addresses.entries()) {
    assert(ipFamily(address) === family, 'address of another family');
    bytes.set(ipToBytes(address), HEADER_BYTES + index * addressBytes);
  }
  if (password !== undefined) {
    assert(carriesAuth && password.length <= AUTH_BYTES, 'password that does not fit');
    bytes.set(password, authAt);
  }
  if (checksum !== 'kernel') writeChecksum(bytes, checksum);
  return bytes;
}

/** Reads what follows the IP header. Whether the advert is to be accepted is not judged here. */
export function decodeAdvert(
  payload: Uint8Array,
  context: AdvertContext,
): Result<ReceivedAdvert, AdvertDecodeFailure> {
  const { source, destination, ttl } = context;
  if (payload.length < HEADER_BYTES) return failed('truncated');
  const family = ipFamily(source);
  const addressBytes = family === 4 ? 4 : 16;
  const version = (payload[0] ?? 0) >> 4;
  const addressCount = payload[3] ?? 0;
  const authAt = HEADER_BYTES + addressCount * addressBytes;
  const pduBytes = authAt + (version === 2 && family === 4 ? AUTH_BYTES : 0);
  const high = payload[4] ?? 0;
  const low = payload[5] ?? 0;
  const advertInterval =
    version === 2 ? low * MICROS_PER_SECOND : (((high & 0x0f) << 8) | low) * MICROS_PER_CENTISECOND;
  return ok({
    source,
    destination,
    ttl,
    version,
    type: (payload[0] ?? 0) & 0x0f,
    vrid: payload[1] ?? 0,
    priority: payload[2] ?? 0,
    addressCount,
    addresses: readAddresses(payload, addressCount, addressBytes),
    authType: version === 2 ? high : AUTH_NONE,
    authData: payload.length < pduBytes ? '' : toHex(payload.subarray(authAt, pduBytes)),
    advertInterval: micros(advertInterval),
    length: isLengthRight(payload.length, pduBytes, family) ? 'right' : 'wrong',
    checksum: checkChecksum(payload, pduBytes, context),
  });
}

/** Reads a whole IPv4 packet, as a raw socket delivers it. */
export function decodeAdvertPacket(
  packet: Uint8Array,
): Result<ReceivedAdvert, AdvertDecodeFailure> {
  const ip = decodeIpv4(packet);
  if (!ip.ok) return failed(ip.reason === 'bad-ip-header' ? 'not-vrrp' : ip.reason);
  if (ip.value.protocol !== VRRP_PROTOCOL) return failed('not-vrrp');
  if (ip.value.fragment === 'part') return failed('fragment');
  return decodeAdvert(ip.value.payload, ip.value);
}

function toUnits(interval: number, unit: number, max: number): number {
  const count = Math.round(interval / unit);
  assert(count >= 0 && count <= max, 'advertisement interval that does not fit its field');
  return count;
}

function writeChecksum(bytes: Uint8Array, style: ChecksumStyle): void {
  const initial =
    style.kind === 'plain'
      ? 0
      : pseudoHeaderSum(
          ipToBytes(style.source),
          ipToBytes(style.destination),
          VRRP_PROTOCOL,
          bytes.length,
        );
  const checksum = checksumOf(sumWords(bytes, initial));
  bytes[CHECKSUM_AT] = checksum >> 8;
  bytes[CHECKSUM_AT + 1] = checksum;
}

/**
 * A packet shorter than Ethernet's least payload may come with the link's padding still behind it
 * where nobody has cut it off at the IP total length. IPv6 packets are never that short.
 */
function isLengthRight(received: number, pduBytes: number, family: IpFamily): boolean {
  if (received === pduBytes) return true;
  if (received < pduBytes || family === 6) return false;
  return IPV4_HEADER_BYTES + received <= ETHERNET_MIN_PAYLOAD_BYTES;
}

/**
 * RFC 3768 §5.3.8: the PDU alone. RFC 5798 §5.2.8: with a pseudo header, which RFC 9568 §5.2.8 takes
 * back for IPv4. Over IPv6 it is the transport's checksum, over all that the packet carries.
 */
function checkChecksum(
  payload: Uint8Array,
  pduBytes: number,
  { source, destination }: AdvertContext,
): ReceivedAdvert['checksum'] {
  const overIpv4 = ipFamily(source) === 4;
  const length = overIpv4 ? Math.min(pduBytes, payload.length) : payload.length;
  const plain = sumWords(payload, 0, 0, length);
  const sourceBytes = ipToBytes(source);
  const pseudo =
    plain + pseudoHeaderSum(sourceBytes, ipToBytes(destination), VRRP_PROTOCOL, length);
  const group = plain + pseudoHeaderSum(sourceBytes, IPV4_GROUP, VRRP_PROTOCOL, length);
  return {
    plain: isIntact(plain),
    pseudoHeader: isIntact(pseudo),
    groupPseudoHeader: overIpv4 && isIntact(group),
  };
}

function readAddresses(payload: Uint8Array, count: number, addressBytes: number): IpAddress[] {
  const addresses: IpAddress[] = [];
  let at = HEADER_BYTES;
  while (addresses.length < count && at + addressBytes <= payload.length) {
    addresses.push(ipFromBytes(payload.subarray(at, at + addressBytes)));
    at += addressBytes;
  }
  return addresses;
}
