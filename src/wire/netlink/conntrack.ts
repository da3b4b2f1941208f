/** The kernel's tracked connections (linux/netfilter/nfnetlink_conntrack.h): read, and deleted. */
import { toHex } from '../../base/hex.ts';
import { NLA_F_NESTED } from './constants.ts';
import { findAttribute, readU8 } from './message.ts';
import { NetlinkWriter } from './writer.ts';

const HEADER_BYTES = 4;
const SUBSYSTEM = 1;
const GET = 1;
const DELETE = 2;
const ORIGINAL_TUPLE = 1;
const REPLY_TUPLE = 2;
const STATUS = 3;
const PROTOCOL_INFO = 4;
const ID = 12;
const ZONE = 18;
const LABEL = 22;
const FILTER = 25;
const STATUS_MASK = 26;
const FILTER_REPLY_FLAGS = 2;
const FILTER_IP_SOURCE = 1;
const FILTER_PROTOCOL = 8;
const NFPROTO = { ipv4: 2, ipv6: 10 } as const;
const TUPLE_IP = 1;
const IP_SOURCE = { ipv4: 1, ipv6: 3 } as const;
const TUPLE_PROTOCOL = 2;
const PROTOCOL_NUMBER = 1;
const INFO_TCP = 1;
const INFO_SCTP = 3;
const STATE = 1;
const IPS_DST_NAT = 0x20;
const ESTABLISHED = { tcp: 3, sctp: 4 } as const;
/** TIME_WAIT and CLOSE. */
const TCP_OVER: ReadonlySet<number> = new Set([7, 8]);

export interface TrackedConnection {
  /** NFPROTO_IPV4 2, NFPROTO_IPV6 10. */
  readonly family: number;
  /** Number of the transport protocol. */
  readonly protocol: number;
  /** 32 hexadecimal digits. */
  readonly label: string;
  /** `over`: of TCP, both sides have ended it. */
  readonly state: 'established' | 'over' | 'other';
  /** What deletes it, valid as long as the message. */
  readonly tuple: Uint8Array;
  readonly id: Uint8Array | undefined;
  readonly zone: Uint8Array | undefined;
}

export interface TranslatedFilter {
  /** The address that the destination became: four bytes or sixteen. */
  readonly server?: Uint8Array;
  readonly protocol?: number;
}

/** A request for connections whose destination was translated; older kernels answer with more of them. */
export function translatedDump({ server, protocol }: TranslatedFilter): {
  readonly call: string;
  readonly type: number;
  readonly body: Uint8Array;
} {
  const writer = new NetlinkWriter();
  const family = server === undefined ? 0 : server.length === 4 ? NFPROTO.ipv4 : NFPROTO.ipv6;
  writer.raw(Uint8Array.of(family, 0, 0, 0));
  writer.u32be(STATUS, IPS_DST_NAT).u32be(STATUS_MASK, IPS_DST_NAT);
  const fields =
    (server === undefined ? 0 : FILTER_IP_SOURCE) | (protocol === undefined ? 0 : FILTER_PROTOCOL);
  if (fields !== 0) {
    writer.nested(FILTER, (filter) => filter.u32(FILTER_REPLY_FLAGS, fields));
    writer.nested(REPLY_TUPLE, (tuple) => {
      if (server !== undefined) {
        const type = server.length === 4 ? IP_SOURCE.ipv4 : IP_SOURCE.ipv6;
        tuple.nested(TUPLE_IP, (ip) => ip.attribute(type, server));
      }
      if (protocol !== undefined) {
        tuple.nested(TUPLE_PROTOCOL, (transport) => transport.u8(PROTOCOL_NUMBER, protocol));
      }
    });
  }
  return {
    call: 'IPCTNL_MSG_CT_GET',
    type: (SUBSYSTEM << 8) | GET,
    body: writer.bytes.slice(),
  };
}

/** Undefined for connections without a label, and for damaged messages. */
export function decodeConnection(payload: Uint8Array): TrackedConnection | undefined {
  if (payload.length < HEADER_BYTES) return undefined;
  const of = (type: number): Uint8Array | undefined => findAttribute(payload, HEADER_BYTES, type);
  const label = of(LABEL);
  const tuple = of(ORIGINAL_TUPLE);
  if (label?.length !== 16 || tuple === undefined) return undefined;
  const transport = findAttribute(tuple, 0, TUPLE_PROTOCOL);
  const protocol = transport && readU8(findAttribute(transport, 0, PROTOCOL_NUMBER));
  if (protocol === undefined) return undefined;
  return {
    family: payload[0] ?? 0,
    protocol,
    label: toHex(label),
    state: stateOf(of(PROTOCOL_INFO)),
    tuple,
    id: of(ID),
    zone: of(ZONE),
  };
}

/** One request that deletes the connection, and no later one between the same ends. */
export function deletionOf({ family, tuple, id, zone }: TrackedConnection): {
  readonly call: string;
  readonly type: number;
  readonly flags: number;
  write(writer: NetlinkWriter): void;
} {
  // The message that it came in is gone when this is written.
  const copy = tuple.slice();
  const further = [
    [ID, id?.slice()],
    [ZONE, zone?.slice()],
  ] as const;
  return {
    call: 'IPCTNL_MSG_CT_DELETE',
    type: (SUBSYSTEM << 8) | DELETE,
    flags: 0,
    write: (writer) => {
      writer.raw(Uint8Array.of(family, 0, 0, 0));
      writer.attribute(ORIGINAL_TUPLE | NLA_F_NESTED, copy);
      for (const [type, value] of further) if (value !== undefined) writer.attribute(type, value);
    },
  };
}

function stateOf(info: Uint8Array | undefined): TrackedConnection['state'] {
  if (info === undefined) return 'other';
  const stateIn = (form: number): number | undefined => {
    const attributes = findAttribute(info, 0, form);
    return attributes && readU8(findAttribute(attributes, 0, STATE));
  };
  const tcp = stateIn(INFO_TCP);
  if (tcp === ESTABLISHED.tcp || stateIn(INFO_SCTP) === ESTABLISHED.sctp) return 'established';
  return tcp !== undefined && TCP_OVER.has(tcp) ? 'over' : 'other';
}
