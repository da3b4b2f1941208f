import { assert } from '../base/assert.ts';
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes, isMulticast } from '../base/ip.ts';
import { type MacAddress, macFromBytes, macToBytes } from '../base/mac.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { checksumOf, isIntact, pseudoHeaderSum, sumWords } from './checksum.ts';
import { decodeEthernet, ETHERTYPE_IPV6, encodeEthernet } from './ethernet.ts';
import { decodeIpv6, encodeIpv6Header } from './ipv6.ts';

/*
 * Neighbour solicitation (RFC 4861 §4.3, type 135, no flags) and advertisement (§4.4, type 136)
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+-------------------------------+
 *   0 |     Type      |   Code = 0    |           Checksum            |
 *     +-+-+-+---------+---------------+-------------------------------+
 *   4 |R|S|O|                     Reserved                            |
 *     +-+-+-+---------------------------------------------------------+
 *   8 |                   Target Address (16 bytes)                   |
 *     +---------------+---------------+-------------------------------+
 *  24 |  Option type  | Length / 8    |   Link-layer address          |
 *     +---------------+---------------+-------------------------------+
 *
 * Option 1 is the link-layer address of the source (solicitation), 2 that of the target.
 */
export const ICMPV6_PROTOCOL = 58;

const SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
const ROUTER_FLAG = 0x80;
const SOLICITED_FLAG = 0x40;
const OVERRIDE_FLAG = 0x20;
const SOURCE_LINK_LAYER = 1;
const TARGET_LINK_LAYER = 2;
const MESSAGE_BYTES = 24;
const OPTION_BYTES = 8;
const HOP_LIMIT = 255;
const ALL_NODES = 'ff02::1' as IpAddress;
const ALL_NODES_MAC = '33:33:00:00:00:01' as MacAddress;
const UNSPECIFIED = '::' as IpAddress;
const SOLICITED_NODE = /^ff02::1:ff[0-9a-f]{2}:/;

export interface UnsolicitedAdvertisementFields {
  /** Of the interface that carries the address. */
  readonly mac: MacAddress;
  readonly address: IpAddress;
  /** `router` where the interface forwards. */
  readonly router: 'router' | 'host';
}

export interface SolicitationFields {
  readonly mac: MacAddress;
  /** :: for a probe that claims nothing (duplicate address detection, RFC 4862 §5.4.2). */
  readonly source: IpAddress;
  readonly target: IpAddress;
}

interface NeighbourMessage {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly target: IpAddress;
  /** The source's in a solicitation, the target's in an advertisement. */
  readonly linkLayerAddress: MacAddress | undefined;
}

export type NdpMessage =
  | (NeighbourMessage & { readonly kind: 'solicitation' })
  | (NeighbourMessage & {
      readonly kind: 'advertisement';
      readonly router: 'router' | 'host';
      readonly solicited: 'solicited' | 'unsolicited';
      readonly override: 'override' | 'keep';
    });

export type FramedNdpMessage = NdpMessage & { readonly frameSource: MacAddress };

/** The checks of RFC 4861 §7.1.1 and §7.1.2, which every receiver makes, included. */
export type NdpDecodeFailure =
  | 'truncated'
  | 'not-ndp'
  | 'bad-ip-header'
  | 'hop-limit'
  | 'checksum'
  | 'bad-target'
  | 'bad-destination'
  | 'bad-option';

/** "I have this address" to all nodes, as a whole Ethernet frame of 86 bytes (RFC 4861 §7.2.6). */
export function encodeUnsolicitedNeighbourAdvertisement(
  fields: UnsolicitedAdvertisementFields,
): Uint8Array {
  const { mac, address, router } = fields;
  const flags = OVERRIDE_FLAG | (router === 'router' ? ROUTER_FLAG : 0);
  const message = encodeMessage(NEIGHBOUR_ADVERTISEMENT, flags, address, {
    type: TARGET_LINK_LAYER,
    mac,
  });
  const ends = { source: address, destination: ALL_NODES };
  return frameMessage(message, { ...ends, mac, destinationMac: ALL_NODES_MAC });
}

/** "Who has target?" to the target's solicited-node group (RFC 4861 §4.3). */
export function encodeNeighbourSolicitation(fields: SolicitationFields): Uint8Array {
  const { mac, source, target } = fields;
  const option = source === UNSPECIFIED ? undefined : { type: SOURCE_LINK_LAYER, mac };
  const message = encodeMessage(SOLICITATION, 0, target, option);
  // RFC 4291 §2.7.1: ff02::1:ff00:0/104 and the last 24 bits; RFC 2464 §7: 33:33 and the last 32.
  const last = ipToBytes(target).subarray(13);
  const group = ipToBytes('ff02::1:ff00:0' as IpAddress);
  group.set(last, 13);
  const destinationMac = macFromBytes(Uint8Array.of(0x33, 0x33, 0xff, ...last));
  return frameMessage(message, { source, destination: ipFromBytes(group), mac, destinationMac });
}

/** Reads an Ethernet frame that holds a neighbour solicitation or advertisement. */
export function decodeNdp(frame: Uint8Array): Result<FramedNdpMessage, NdpDecodeFailure> {
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok) return ethernet;
  if (ethernet.value.etherType !== ETHERTYPE_IPV6) return failed('not-ndp');
  const ip = decodeIpv6(ethernet.value.payload);
  if (!ip.ok) return failed(ip.reason === 'bad-ip-header' ? 'bad-ip-header' : 'truncated');
  const { source, destination, nextHeader, hopLimit, payload } = ip.value;
  if (nextHeader !== ICMPV6_PROTOCOL) return failed('not-ndp');
  const message = decodeNdpMessage({ source, destination, hopLimit, payload }, 'unchecked');
  return message.ok ? ok({ ...message.value, frameSource: ethernet.value.source }) : message;
}

/** What an IPv6 packet holds, its headers taken off. */
export interface NdpDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
  readonly payload: Uint8Array;
}

/** Reads what a raw ICMPv6 socket gives, whose kernel has checked the sum. */
export function decodeNdpMessage(
  { source, destination, hopLimit, payload }: NdpDatagram,
  checksum: 'checked' | 'unchecked',
): Result<NdpMessage, NdpDecodeFailure> {
  const type = payload[0];
  const isNdp = type === SOLICITATION || type === NEIGHBOUR_ADVERTISEMENT;
  if (!isNdp || payload[1] !== 0) return failed('not-ndp');
  if (hopLimit !== HOP_LIMIT) return failed('hop-limit');
  if (payload.length < MESSAGE_BYTES) return failed('truncated');
  if (checksum === 'unchecked') {
    const ends = [ipToBytes(source), ipToBytes(destination)] as const;
    const pseudo = pseudoHeaderSum(...ends, ICMPV6_PROTOCOL, payload.length);
    if (!isIntact(sumWords(payload, pseudo))) return failed('checksum');
  }
  const target = ipFromBytes(payload.subarray(8, MESSAGE_BYTES));
  if (isMulticast(target)) return failed('bad-target');
  const wanted = type === SOLICITATION ? SOURCE_LINK_LAYER : TARGET_LINK_LAYER;
  const option = findLinkLayerAddress(payload.subarray(MESSAGE_BYTES), wanted);
  if (!option.ok) return option;
  const linkLayerAddress = option.value;
  const common = { source, destination, target, linkLayerAddress };
  if (type === SOLICITATION) {
    // A probe goes to the group and names no link-layer address.
    if (source === UNSPECIFIED) {
      if (!SOLICITED_NODE.test(destination)) return failed('bad-destination');
      if (linkLayerAddress !== undefined) return failed('bad-option');
    }
    return ok({ kind: 'solicitation', ...common });
  }
  const flags = payload[4] ?? 0;
  const solicited = (flags & SOLICITED_FLAG) !== 0;
  if (solicited && isMulticast(destination)) return failed('bad-destination');
  return ok({
    kind: 'advertisement',
    ...common,
    router: (flags & ROUTER_FLAG) !== 0 ? 'router' : 'host',
    solicited: solicited ? 'solicited' : 'unsolicited',
    override: (flags & OVERRIDE_FLAG) !== 0 ? 'override' : 'keep',
  });
}

interface LinkLayerOption {
  readonly type: number;
  readonly mac: MacAddress;
}

function encodeMessage(
  type: number,
  flags: number,
  target: IpAddress,
  option: LinkLayerOption | undefined,
): Uint8Array {
  assert(ipFamily(target) === 6, 'neighbour discovery for an address that is not IPv6');
  const message = new Uint8Array(MESSAGE_BYTES + (option === undefined ? 0 : OPTION_BYTES));
  message[0] = type;
  message[4] = flags;
  message.set(ipToBytes(target), 8);
  if (option === undefined) return message;
  const mac = macToBytes(option.mac);
  assert(mac.length + 2 === OPTION_BYTES, 'neighbour discovery on a link other than Ethernet');
  message[MESSAGE_BYTES] = option.type;
  message[MESSAGE_BYTES + 1] = OPTION_BYTES / 8;
  message.set(mac, MESSAGE_BYTES + 2);
  return message;
}

interface FrameEnds {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly mac: MacAddress;
  readonly destinationMac: MacAddress;
}

function frameMessage(message: Uint8Array, ends: FrameEnds): Uint8Array {
  const { source, destination, mac, destinationMac } = ends;
  assert(ipFamily(source) === 6, 'neighbour discovery from an address that is not IPv6');
  const [from, to] = [ipToBytes(source), ipToBytes(destination)];
  const pseudo = pseudoHeaderSum(from, to, ICMPV6_PROTOCOL, message.length);
  const checksum = checksumOf(sumWords(message, pseudo));
  message[2] = checksum >> 8;
  message[3] = checksum;
  const header = encodeIpv6Header({
    source,
    destination,
    hopLimit: HOP_LIMIT,
    trafficClass: 0,
    nextHeader: ICMPV6_PROTOCOL,
    payloadLength: message.length,
  });
  const payload = new Uint8Array(header.length + message.length);
  payload.set(header);
  payload.set(message, header.length);
  return encodeEthernet({
    destination: destinationMac,
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload,
  });
}

/** The first option of the type wanted; an option of length 0 spoils the message (§7.1). */
function findLinkLayerAddress(
  options: Uint8Array,
  wanted: number,
): Result<MacAddress | undefined, 'bad-option'> {
  let found: MacAddress | undefined;
  let at = 0;
  while (at < options.length) {
    const size = (options[at + 1] ?? 0) * 8;
    if (size === 0 || at + size > options.length) return failed('bad-option');
    if (options[at] === wanted && found === undefined && size === OPTION_BYTES) {
      found = macFromBytes(options.subarray(at + 2, at + OPTION_BYTES));
    }
    at += size;
  }
  return ok(found);
}
