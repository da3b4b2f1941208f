import { type IpAddress, type IpFamily, ipFamily, ipFromBytes, ipToBytes } from '../../base/ip.ts';
import {
  AF_INET,
  AF_INET6,
  IFA_ADDRESS,
  IFA_BROADCAST,
  IFA_CACHEINFO,
  IFA_FLAGS,
  IFA_LABEL,
  IFA_LOCAL,
  IFA_PROTO,
} from './constants.ts';
import {
  decodeAttributes,
  findAttribute,
  littleEndian,
  readText,
  readU8,
  readU32,
  viewOf,
} from './message.ts';
import type { NetlinkWriter } from './writer.ts';

/*
 * struct ifaddrmsg
 *
 *   0  uint8 family   1  uint8 prefix length   2  uint8 flags   3  uint8 scope   4  uint32 index
 */
export const ADDRESS_MESSAGE_BYTES = 8;

const FOREVER = 0xffff_ffff;

export interface AddressMessage {
  readonly interfaceIndex: number;
  readonly family: IpFamily;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly peer?: IpAddress;
  readonly scope: number;
  readonly flags: number;
  readonly protocol: number;
  readonly label?: string;
}

/** RTM_NEWADDR and RTM_DELADDR; undefined for other families and damaged messages. */
export function decodeAddress(payload: Uint8Array): AddressMessage | undefined {
  if (payload.length < ADDRESS_MESSAGE_BYTES) return undefined;
  const [kind = 0, prefixLength = 0, shortFlags = 0, scope = 0] = payload;
  const size = kind === AF_INET ? 4 : kind === AF_INET6 ? 16 : 0;
  const attributes = decodeAttributes(payload, ADDRESS_MESSAGE_BYTES);
  const prefix = attributes.get(IFA_ADDRESS);
  const local = attributes.get(IFA_LOCAL) ?? prefix;
  if (size === 0 || local?.length !== size) return undefined;
  const address = ipFromBytes(local);
  const other = prefix?.length === size ? ipFromBytes(prefix) : address;
  const label = readText(attributes.get(IFA_LABEL));
  return {
    interfaceIndex: viewOf(payload).getUint32(4, littleEndian),
    family: kind === AF_INET ? 4 : 6,
    address,
    prefixLength,
    ...(other !== address && { peer: other }),
    scope,
    flags: readU32(attributes.get(IFA_FLAGS)) ?? shortFlags,
    protocol: readU8(attributes.get(IFA_PROTO)) ?? 0,
    ...(label !== undefined && { label }),
  };
}

/** IFA_PROTO of such a message, 0 where there is none: of thousands nothing else is read. */
export function addressProtocol(payload: Uint8Array): number {
  return readU8(findAttribute(payload, ADDRESS_MESSAGE_BYTES, IFA_PROTO)) ?? 0;
}

export interface AddressRequest {
  readonly kind: 'add' | 'remove';
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly label?: string;
  readonly scope?: number;
  readonly broadcast?: IpAddress;
  readonly peer?: IpAddress;
  readonly flags?: number;
  readonly protocol?: number;
  readonly validLifetimeSeconds?: number;
  readonly preferredLifetimeSeconds?: number;
}

/** Used for one message after another: thousands are written in a row. */
const header = new Uint8Array(ADDRESS_MESSAGE_BYTES);
const headerView = viewOf(header);

/**
 * The body of RTM_NEWADDR or RTM_DELADDR. IPv4 is removed by address, peer, prefix length and label,
 * all of which must fit; IPv6 by address and prefix length.
 */
export function writeAddress(writer: NetlinkWriter, request: AddressRequest): void {
  const { address, peer, label, broadcast, flags, protocol } = request;
  const family = ipFamily(address);
  header.fill(0);
  header[0] = family === 4 ? AF_INET : AF_INET6;
  header[1] = request.prefixLength;
  header[3] = request.scope ?? 0;
  headerView.setUint32(4, request.interfaceIndex, littleEndian);
  writer.raw(header);
  const bytes = ipToBytes(address);
  writer.attribute(IFA_LOCAL, bytes);
  writer.attribute(IFA_ADDRESS, peer === undefined ? bytes : ipToBytes(peer));
  if (label !== undefined && family === 4) writer.text(IFA_LABEL, label);
  if (request.kind === 'remove') return;
  if (broadcast !== undefined && family === 4) {
    writer.attribute(IFA_BROADCAST, ipToBytes(broadcast));
  }
  if (flags !== undefined) writer.u32(IFA_FLAGS, flags);
  if (protocol !== undefined && protocol !== 0) writer.u8(IFA_PROTO, protocol);
  const { validLifetimeSeconds: valid, preferredLifetimeSeconds: preferred } = request;
  if (valid !== undefined || preferred !== undefined) {
    const validOrForever = valid ?? FOREVER;
    // struct ifa_cacheinfo: preferred, valid, created, updated.
    writer.u32(IFA_CACHEINFO, Math.min(preferred ?? FOREVER, validOrForever), validOrForever, 0, 0);
  }
}

/** The fixed part of a request for all addresses of both families. */
export function encodeAddressDump(): Uint8Array {
  return new Uint8Array(ADDRESS_MESSAGE_BYTES);
}
