import { type MacAddress, macFromBytes, macToBytes } from '../base/mac.ts';
import { failed, ok, type Result } from '../base/result.ts';

/*
 * Ethernet II (RFC 894)
 *
 *     +---------------------------+
 *   0 |   Destination (6 bytes)   |
 *     +---------------------------+
 *   6 |     Source (6 bytes)      |
 *     +-------------+-------------+
 *  12 |  EtherType  |  Payload ...
 *     +-------------+
 */
export const ETHERNET_HEADER_BYTES = 14;
export const ETHERNET_ADDRESS_BYTES = 6;
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERNET_BROADCAST = 'ff:ff:ff:ff:ff:ff' as MacAddress;

export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
  /** When decoded: a view on the frame, padding included. */
  readonly payload: Uint8Array;
}

/** A frame without padding: the driver pads. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER_BYTES + frame.payload.length);
  bytes.set(macToBytes(frame.destination), 0);
  bytes.set(macToBytes(frame.source), 6);
  bytes[12] = frame.etherType >> 8;
  bytes[13] = frame.etherType;
  bytes.set(frame.payload, ETHERNET_HEADER_BYTES);
  return bytes;
}

export function decodeEthernet(bytes: Uint8Array): Result<EthernetFrame, 'truncated'> {
  if (bytes.length < ETHERNET_HEADER_BYTES) return failed('truncated');
  return ok({
    destination: macFromBytes(bytes.subarray(0, 6)),
    source: macFromBytes(bytes.subarray(6, 12)),
    etherType: ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0),
    payload: bytes.subarray(ETHERNET_HEADER_BYTES),
  });
}
