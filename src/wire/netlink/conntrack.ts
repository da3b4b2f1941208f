/** The kernel's tracked connections (linux/netfilter/nfnetlink_conntrack.h): read, and deleted. */
import { toHex } from '../../base/hex.ts';
import { NLA_F_NESTED } from './constants.ts';
import { decodeAttributes, readU8 } from './message.ts';
import { NetlinkWriter } from './writer.ts';

const HEADER_BYTES = 4;
const SUBSYSTEM = 1;
const GET = 1;
const DELETE = 2;
const ORIGINAL_TUPLE = 1;
const STATUS = 3;
const PROTOCOL_INFO = 4;
const ID = 12;
const ZONE = 18;
const LABEL = 22;
const STATUS_MASK = 26;
const TUPLE_PROTOCOL = 2;
const PROTOCOL_NUMBER = 1;
const INFO_TCP = 1;
const INFO_SCTP = 3;
const STATE = 1;
const IPS_DST_NAT = 0x20;
const ESTABLISHED = { tcp: 3, sctp: 4 } as const;

export interface TrackedConnection {
  /** NFPROTO_IPV4 2, NFPROTO_IPV6 10. */
  readonly family: number;
  /** Number of the transport protocol. */
  readonly protocol: number;
  /** 32 hexadecimal digits. */
  readonly label: string;
  readonly state: 'established' | 'other';
  /** What deletes it, valid as long as the message. */
  readonly tuple: Uint8Array;
  readonly id: Uint8Array | undefined;
  readonly zone: Uint8Array | undefined;
}

/** A request for connections whose destination was translated; older kernels answer with all. */
export function translatedDump(): {
  readonly call: string;
  readonly type: number;
  readonly body: Uint8Array;
} {
  const writer = new NetlinkWriter();
  writer.raw(new Uint8Array(HEADER_BYTES));
  writer.u32be(STATUS, IPS_DST_NAT).u32be(STATUS_MASK, IPS_DST_NAT);
  return {
    call: 'IPCTNL_MSG_CT_GET',
    type: (SUBSYSTEM << 8) | GET,
    body: writer.bytes.slice(),
  };
}

/** Undefined for connections without a label, and for damaged messages. */
export function decodeConnection(payload: Uint8Array): TrackedConnection | undefined {
  if (payload.length < HEADER_BYTES) return undefined;
  const attributes = decodeAttributes(payload, HEADER_BYTES);
  const label = attributes.get(LABEL);
  const tuple = attributes.get(ORIGINAL_TUPLE);
  if (label?.length !== 16 || tuple === undefined) return undefined;
  const transport = decodeAttributes(tuple, 0).get(TUPLE_PROTOCOL);
  const protocol = transport && readU8(decodeAttributes(transport, 0).get(PROTOCOL_NUMBER));
  if (protocol === undefined) return undefined;
  return {
    family: payload[0] ?? 0,
    protocol,
    label: toHex(label),
    state: stateOf(attributes.get(PROTOCOL_INFO)),
    tuple,
    id: attributes.get(ID),
    zone: attributes.get(ZONE),
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
  const forms = decodeAttributes(info, 0);
  const isIn = (form: number, state: number): boolean => {
    const attributes = forms.get(form);
    return attributes !== undefined && readU8(decodeAttributes(attributes, 0).get(STATE)) === state;
  };
  return isIn(INFO_TCP, ESTABLISHED.tcp) || isIn(INFO_SCTP, ESTABLISHED.sctp)
    ? 'established'
    : 'other';
}
