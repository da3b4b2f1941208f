import { type MacAddress, macFromBytes } from '../../base/mac.ts';
import {
  AF_UNSPEC,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_RUNNING,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_MTU,
} from './constants.ts';
import { decodeAttributes, littleEndian, readText, readU32, viewOf } from './message.ts';

/*
 * struct ifinfomsg
 *
 *   0  uint8 family   2  uint16 hardware type   4  int32 index   8  uint32 flags   12  uint32 change
 */
export const LINK_MESSAGE_BYTES = 16;

export interface LinkMessage {
  readonly index: number;
  readonly name: string;
  readonly adminUp: boolean;
  /** The kernel sets IFF_RUNNING where it is up and its operational state is up or unknown. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly noArp: boolean;
  readonly multicast: boolean;
  readonly mtu: number;
  readonly mac?: MacAddress;
  readonly hardwareType: number;
}

/**
 * RTM_NEWLINK and RTM_DELLINK. Undefined also for what is no message about the link as such: a
 * bridge reports its ports with a family of its own, and an RTM_DELLINK there only means that a port
 * has left; wireless events have no name.
 */
export function decodeLink(payload: Uint8Array): LinkMessage | undefined {
  if (payload.length < LINK_MESSAGE_BYTES || payload[0] !== AF_UNSPEC) return undefined;
  const view = viewOf(payload);
  const attributes = decodeAttributes(payload, LINK_MESSAGE_BYTES);
  const name = readText(attributes.get(IFLA_IFNAME));
  if (name === undefined || name === '') return undefined;
  const flags = view.getUint32(8, littleEndian);
  const mac = attributes.get(IFLA_ADDRESS);
  return {
    index: view.getInt32(4, littleEndian),
    name,
    adminUp: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    noArp: (flags & IFF_NOARP) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    mtu: readU32(attributes.get(IFLA_MTU)) ?? 0,
    ...(mac !== undefined && mac.length > 0 && { mac: macFromBytes(mac) }),
    hardwareType: view.getUint16(2, littleEndian),
  };
}

/** The fixed part of a request for all links. */
export function encodeLinkRequest(): Uint8Array {
  return new Uint8Array(LINK_MESSAGE_BYTES);
}
