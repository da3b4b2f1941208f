import { assert } from '../base/assert.ts';
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { type MacAddress, macFromBytes, macToBytes } from '../base/mac.ts';
import { failed, ok, type Result } from '../base/result.ts';
import {
  decodeEthernet,
  ETHERNET_ADDRESS_BYTES,
  ETHERNET_BROADCAST,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  encodeEthernet,
} from './ethernet.ts';

/*
 * RFC 826; m is the length of a hardware address: 6 on Ethernet, 20 on InfiniBand
 *
 *     +---------------+---------------+
 *   0 | Hardware type | Protocol type |
 *     +-------+-------+---------------+
 *   4 |   m   |   4   |   Operation   |
 *     +-------+-------+---------------+
 *   8 | Sender hardware address (m)   |
 *     +-------------------------------+
 * 8+m | Sender protocol address (4)   |
 *     +-------------------------------+
 *12+m | Target hardware address (m)   |
 *     +-------------------------------+
 *12+2m| Target protocol address (4)   |
 *     +-------------------------------+
 */
export const HARDWARE_ETHERNET = 1;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const FIXED_BYTES = 8;
const IPV4_ADDRESS_BYTES = 4;
const ETHERNET_ARP_BYTES = FIXED_BYTES + 2 * (ETHERNET_ADDRESS_BYTES + IPV4_ADDRESS_BYTES);

export interface GratuitousArpFields {
  /** Of the interface that carries the address. */
  readonly mac: MacAddress;
  /** All ones where not given. */
  readonly broadcastMac?: MacAddress;
  readonly address: IpAddress;
  /** ARPHRD_* of the interface. */
  readonly hardwareType: number;
}

export interface ArpRequestFields {
  readonly mac: MacAddress;
  /** 0.0.0.0 for a probe that claims nothing (RFC 5227 §2.1.1). */
  readonly source: IpAddress;
  readonly target: IpAddress;
  readonly broadcastMac?: MacAddress;
  readonly hardwareType: number;
}

export interface ArpPacket {
  readonly frameSource: MacAddress;
  readonly frameDestination: MacAddress;
  /** 1 is a request, 2 a reply. */
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderAddress: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetAddress: IpAddress;
}

export type ArpDecodeFailure = 'truncated' | 'not-arp' | 'not-ipv4-over-ethernet';

/**
 * "I have this address": a request for the address by itself, as keepalived sends it, whose target
 * hardware address is the broadcast address. On Ethernet the whole frame, on other links the packet
 * without a link header, for a socket whose kernel side writes that header (SOCK_DGRAM).
 */
export function encodeGratuitousArp(fields: GratuitousArpFields): Uint8Array {
  const { mac, address, hardwareType } = fields;
  const broadcast = fields.broadcastMac ?? broadcastLike(mac);
  const ends = { source: address, target: address, targetMac: macToBytes(broadcast) };
  return frameRequest({ mac, broadcast, hardwareType, ...ends });
}

/** "Who has target?", framed as by `encodeGratuitousArp`. */
export function encodeArpRequest(fields: ArpRequestFields): Uint8Array {
  const { mac, source, target, hardwareType } = fields;
  const broadcast = fields.broadcastMac ?? broadcastLike(mac);
  const targetMac = new Uint8Array(macToBytes(mac).length);
  return frameRequest({ mac, broadcast, hardwareType, source, target, targetMac });
}

/** Reads an Ethernet frame; padding behind the packet is left out. */
export function decodeArp(frame: Uint8Array): Result<ArpPacket, ArpDecodeFailure> {
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok) return ethernet;
  const { etherType, payload, source, destination } = ethernet.value;
  if (etherType !== ETHERTYPE_ARP) return failed('not-arp');
  if (payload.length < FIXED_BYTES) return failed('truncated');
  const word = (at: number): number => ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
  const isOurs =
    word(0) === HARDWARE_ETHERNET &&
    word(2) === ETHERTYPE_IPV4 &&
    payload[4] === ETHERNET_ADDRESS_BYTES &&
    payload[5] === IPV4_ADDRESS_BYTES;
  if (!isOurs) return failed('not-ipv4-over-ethernet');
  if (payload.length < ETHERNET_ARP_BYTES) return failed('truncated');
  return ok({
    frameSource: source,
    frameDestination: destination,
    operation: word(6),
    senderMac: macFromBytes(payload.subarray(8, 14)),
    senderAddress: ipFromBytes(payload.subarray(14, 18)),
    targetMac: macFromBytes(payload.subarray(18, 24)),
    targetAddress: ipFromBytes(payload.subarray(24, 28)),
  });
}

interface RequestFields {
  readonly mac: MacAddress;
  readonly broadcast: MacAddress;
  readonly hardwareType: number;
  readonly source: IpAddress;
  readonly target: IpAddress;
  readonly targetMac: Uint8Array;
}

function frameRequest(fields: RequestFields): Uint8Array {
  const { mac, broadcast, hardwareType, source, target, targetMac } = fields;
  assert(ipFamily(source) === 4 && ipFamily(target) === 4, 'ARP for an address that is not IPv4');
  const sender = macToBytes(mac);
  const hardwareBytes = sender.length;
  assert(targetMac.length === hardwareBytes, 'hardware addresses of two lengths');
  const packet = new Uint8Array(FIXED_BYTES + 2 * (hardwareBytes + IPV4_ADDRESS_BYTES));
  packet[0] = hardwareType >> 8;
  packet[1] = hardwareType;
  packet[2] = ETHERTYPE_IPV4 >> 8;
  packet[3] = ETHERTYPE_IPV4 & 0xff;
  packet[4] = hardwareBytes;
  packet[5] = IPV4_ADDRESS_BYTES;
  packet[7] = ARP_REQUEST;
  packet.set(sender, FIXED_BYTES);
  packet.set(ipToBytes(source), FIXED_BYTES + hardwareBytes);
  packet.set(targetMac, FIXED_BYTES + hardwareBytes + IPV4_ADDRESS_BYTES);
  packet.set(ipToBytes(target), packet.length - IPV4_ADDRESS_BYTES);
  if (hardwareType !== HARDWARE_ETHERNET) return packet;
  return encodeEthernet({
    destination: broadcast,
    source: mac,
    etherType: ETHERTYPE_ARP,
    payload: packet,
  });
}

function broadcastLike(mac: MacAddress): MacAddress {
  return mac.length === ETHERNET_BROADCAST.length
    ? ETHERNET_BROADCAST
    : macFromBytes(new Uint8Array(macToBytes(mac).length).fill(0xff));
}
