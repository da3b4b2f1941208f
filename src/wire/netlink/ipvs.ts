/** IPVS as generic netlink speaks it (linux/ip_vs.h): services, their destinations, the sync daemon. */
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes } from '../../base/ip.ts';
import { AF_INET, AF_INET6 } from './constants.ts';
import { GENERIC_HEADER_BYTES, genericHeader } from './generic.ts';
import {
  ATTRIBUTE_HEADER_BYTES,
  type Attributes,
  decodeAttributes,
  littleEndian,
  readText,
  readU32,
  viewOf,
} from './message.ts';
import type { NetlinkWriter } from './writer.ts';

export const IPVS_FAMILY_NAME = 'IPVS';
const VERSION = 1;

export const IPVS_COMMANDS = {
  NEW_SERVICE: 1,
  SET_SERVICE: 2,
  DEL_SERVICE: 3,
  GET_SERVICE: 4,
  NEW_DEST: 5,
  SET_DEST: 6,
  DEL_DEST: 7,
  GET_DEST: 8,
  NEW_DAEMON: 9,
  DEL_DAEMON: 10,
  SET_CONFIG: 12,
  FLUSH: 17,
} as const;

export type IpvsCommand = keyof typeof IPVS_COMMANDS;

const CMD_ATTR = { SERVICE: 1, DEST: 2, DAEMON: 3, TCP: 4, TCP_FIN: 5, UDP: 6 } as const;
const SVC = {
  ...{ AF: 1, PROTOCOL: 2, ADDR: 3, PORT: 4, FWMARK: 5, SCHED_NAME: 6, FLAGS: 7, TIMEOUT: 8 },
  ...{ NETMASK: 9, STATS: 10, PE_NAME: 11, STATS64: 12 },
} as const;
const DEST = {
  ...{ ADDR: 1, PORT: 2, FWD_METHOD: 3, WEIGHT: 4, U_THRESH: 5, L_THRESH: 6, ACTIVE: 7 },
  ...{ INACTIVE: 8, PERSISTENT: 9, STATS: 10, ADDR_FAMILY: 11, STATS64: 12, TUN_TYPE: 13 },
  ...{ TUN_PORT: 14, TUN_FLAGS: 15 },
} as const;
const DAEMON = {
  ...{ STATE: 1, INTERFACE: 2, SYNC_ID: 3, MAX_LENGTH: 4, GROUP: 5, GROUP6: 6, PORT: 7, TTL: 8 },
} as const;
const STATS = { CONNECTIONS: 1, PACKETS_IN: 2, PACKETS_OUT: 3, BYTES_IN: 4, BYTES_OUT: 5 } as const;

export const SVC_F_PERSISTENT = 0x1;
export const SVC_F_HASHED = 0x2;
export const SVC_F_ONEPACKET = 0x4;
export const SVC_F_SCHED1 = 0x8;
export const SVC_F_SCHED2 = 0x10;
export const SVC_F_SCHED3 = 0x20;

/** IP_VS_CONN_F_*: how packets reach a destination. */
export const FORWARD_METHODS = { masquerade: 0, tunnel: 2, direct: 3 } as const;
const FORWARD_MASK = 7;
export const TUNNEL_TYPES = { ipip: 0, gue: 1, gre: 2 } as const;
export const TUNNEL_FLAGS = { none: 0, full: 1, remote: 2 } as const;
export const DAEMON_STATES = { master: 1, backup: 2 } as const;
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Of persistence: each client for itself. */
export const WHOLE_ADDRESS = ipFromBytes(Uint8Array.of(255, 255, 255, 255));

/** Of a union nf_inet_addr. */
const ADDRESS_BYTES = 16;

/** What a service is known by. */
export type IpvsServiceKey =
  | {
      readonly kind: 'address';
      readonly protocol: keyof typeof PROTOCOLS;
      readonly address: IpAddress;
      readonly port: number;
    }
  | { readonly kind: 'mark'; readonly mark: number; readonly family: 4 | 6 };

export interface IpvsServiceFields {
  readonly key: IpvsServiceKey;
  readonly scheduler: string;
  /** SVC_F_*, without SVC_F_HASHED, which is the kernel's. */
  readonly flags: number;
  /** Of persistence, in seconds; 0 without. */
  readonly timeoutSeconds: number;
  /** IPv4: an address; IPv6: a prefix length. */
  readonly netmask: IpAddress | number;
  readonly engine?: string;
}

export interface IpvsDestinationFields {
  readonly address: IpAddress;
  readonly port: number;
  /** One of FORWARD_METHODS. */
  readonly method: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
}

export interface IpvsDaemonFields {
  readonly state: keyof typeof DAEMON_STATES;
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength?: number;
  readonly group?: IpAddress;
  readonly port?: number;
  readonly ttl?: number;
}

export interface IpvsCounters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

export interface IpvsService extends IpvsServiceFields {
  readonly counters: IpvsCounters;
}

export interface IpvsDestination extends IpvsDestinationFields {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly counters: IpvsCounters;
}

const HEADERS = new Map(
  Object.values(IPVS_COMMANDS).map((number) => [number, genericHeader(number, VERSION)]),
);

export function ipvsHeader(command: IpvsCommand): Uint8Array {
  const number = IPVS_COMMANDS[command];
  return HEADERS.get(number) ?? genericHeader(number, VERSION);
}

// --- writing ---

export function writeService(writer: NetlinkWriter, service: IpvsServiceFields): void {
  writer.nested(CMD_ATTR.SERVICE, () => {
    writeKey(writer, service.key);
    const { scheduler, flags, timeoutSeconds, netmask, engine } = service;
    writer.text(SVC.SCHED_NAME, scheduler);
    if (engine !== undefined) writer.text(SVC.PE_NAME, engine);
    // The mask: all flags are set as they are given.
    writer.u32(SVC.FLAGS, flags, 0xffffffff);
    writer.u32(SVC.TIMEOUT, timeoutSeconds);
    if (typeof netmask === 'number') writer.u32(SVC.NETMASK, netmask);
    else writer.attribute(SVC.NETMASK, ipToBytes(netmask));
  });
}

/** Only what names a service. */
export function writeServiceKey(writer: NetlinkWriter, key: IpvsServiceKey): void {
  writer.nested(CMD_ATTR.SERVICE, () => writeKey(writer, key));
}

export function ipvsFamily(key: IpvsServiceKey): 4 | 6 {
  return key.kind === 'mark' ? key.family : ipFamily(key.address);
}

function writeKey(writer: NetlinkWriter, key: IpvsServiceKey): void {
  const family = ipvsFamily(key);
  writer.u16(SVC.AF, family === 4 ? AF_INET : AF_INET6);
  if (key.kind === 'mark') {
    writer.u32(SVC.FWMARK, key.mark);
    return;
  }
  writer.u16(SVC.PROTOCOL, PROTOCOLS[key.protocol]);
  writer.address(SVC.ADDR, key.address, ADDRESS_BYTES);
  writer.u16be(SVC.PORT, key.port);
}

/** In the attribute of a service or of a server: where its address stands, and its port behind that. */
export const PLACE = {
  ofService: 6 * ATTRIBUTE_HEADER_BYTES,
  ofServer: 4 * ATTRIBUTE_HEADER_BYTES,
  portBehindAddress: ADDRESS_BYTES + ATTRIBUTE_HEADER_BYTES,
} as const;

export function writeDestination(
  writer: NetlinkWriter,
  destination: IpvsDestinationFields,
  detail: 'whole' | 'key',
): void {
  const { address, port } = destination;
  writer.nested(CMD_ATTR.DEST, () => {
    writer.u16(DEST.ADDR_FAMILY, ipFamily(address) === 4 ? AF_INET : AF_INET6);
    writer.address(DEST.ADDR, address, ADDRESS_BYTES);
    writer.u16be(DEST.PORT, port);
    if (detail === 'key') return;
    writer.u32(DEST.FWD_METHOD, destination.method);
    writer.u32(DEST.WEIGHT, destination.weight);
    writer.u32(DEST.U_THRESH, destination.upperThreshold);
    writer.u32(DEST.L_THRESH, destination.lowerThreshold);
    if (destination.method !== FORWARD_METHODS.tunnel || destination.tunnelType === 0) return;
    // Kernels before 5.3 know ipip alone, and none of these.
    writer.u8(DEST.TUN_TYPE, destination.tunnelType);
    writer.u16be(DEST.TUN_PORT, destination.tunnelPort);
    writer.u16(DEST.TUN_FLAGS, destination.tunnelFlags);
  });
}

export function writeDaemon(writer: NetlinkWriter, daemon: IpvsDaemonFields): void {
  const { state, syncId, maxLength, group, port, ttl } = daemon;
  writer.nested(CMD_ATTR.DAEMON, () => {
    writer.u32(DAEMON.STATE, DAEMON_STATES[state]);
    writer.text(DAEMON.INTERFACE, daemon.interface);
    writer.u32(DAEMON.SYNC_ID, syncId);
    if (maxLength !== undefined) writer.u16(DAEMON.MAX_LENGTH, maxLength);
    if (group !== undefined) {
      const type = ipFamily(group) === 4 ? DAEMON.GROUP : DAEMON.GROUP6;
      writer.attribute(type, ipToBytes(group));
    }
    if (port !== undefined) writer.u16(DAEMON.PORT, port);
    if (ttl !== undefined) writer.u8(DAEMON.TTL, ttl);
  });
}

/** Whole seconds; 0 leaves one as it is. */
export function writeTimeouts(
  writer: NetlinkWriter,
  { tcp, tcpFin, udp }: { readonly tcp: number; readonly tcpFin: number; readonly udp: number },
): void {
  writer.u32(CMD_ATTR.TCP, tcp).u32(CMD_ATTR.TCP_FIN, tcpFin).u32(CMD_ATTR.UDP, udp);
}

// --- reading ---

/** One service of a dump; undefined where it is cut short or of a kind unknown to us. */
export function decodeService(payload: Uint8Array): IpvsService | undefined {
  const outer = decodeAttributes(payload, GENERIC_HEADER_BYTES).get(CMD_ATTR.SERVICE);
  if (outer === undefined) return undefined;
  const attributes = decodeAttributes(outer, 0);
  const family = familyOf(readU16(attributes.get(SVC.AF)));
  const scheduler = readText(attributes.get(SVC.SCHED_NAME));
  if (family === undefined || scheduler === undefined) return undefined;
  const key = decodeKey(attributes, family);
  if (key === undefined) return undefined;
  const flags = readU32(attributes.get(SVC.FLAGS)) ?? 0;
  const engine = readText(attributes.get(SVC.PE_NAME));
  const netmask = attributes.get(SVC.NETMASK);
  return {
    key,
    scheduler,
    flags: flags & ~SVC_F_HASHED,
    timeoutSeconds: readU32(attributes.get(SVC.TIMEOUT)) ?? 0,
    netmask: family === 4 ? (readAddress(netmask, 4) ?? WHOLE_ADDRESS) : (readU32(netmask) ?? 128),
    ...(engine !== undefined && engine !== '' && { engine }),
    counters: decodeCounters(attributes.get(SVC.STATS64), attributes.get(SVC.STATS)),
  };
}

function decodeKey(attributes: Attributes, family: 4 | 6): IpvsServiceKey | undefined {
  const mark = readU32(attributes.get(SVC.FWMARK));
  if (mark !== undefined && mark !== 0) return { kind: 'mark', mark, family };
  const number = readU16(attributes.get(SVC.PROTOCOL));
  const protocol = (['tcp', 'udp', 'sctp'] as const).find((name) => PROTOCOLS[name] === number);
  const address = readAddress(attributes.get(SVC.ADDR), family);
  const port = readU16be(attributes.get(SVC.PORT));
  if (protocol === undefined || address === undefined || port === undefined) return undefined;
  return { kind: 'address', protocol, address, port };
}

/** One destination of a dump; `family` is that of its service, for kernels that do not tell. */
export function decodeDestination(payload: Uint8Array, family: 4 | 6): IpvsDestination | undefined {
  const outer = decodeAttributes(payload, GENERIC_HEADER_BYTES).get(CMD_ATTR.DEST);
  if (outer === undefined) return undefined;
  const attributes = decodeAttributes(outer, 0);
  const own = familyOf(readU16(attributes.get(DEST.ADDR_FAMILY)) ?? 0) ?? family;
  const address = readAddress(attributes.get(DEST.ADDR), own);
  const port = readU16be(attributes.get(DEST.PORT));
  if (address === undefined || port === undefined) return undefined;
  const number = (type: number): number => readU32(attributes.get(type)) ?? 0;
  return {
    address,
    port,
    method: number(DEST.FWD_METHOD) & FORWARD_MASK,
    weight: number(DEST.WEIGHT),
    upperThreshold: number(DEST.U_THRESH),
    lowerThreshold: number(DEST.L_THRESH),
    tunnelType: attributes.get(DEST.TUN_TYPE)?.[0] ?? 0,
    tunnelPort: readU16be(attributes.get(DEST.TUN_PORT)) ?? 0,
    tunnelFlags: readU16(attributes.get(DEST.TUN_FLAGS)) ?? 0,
    activeConnections: number(DEST.ACTIVE),
    inactiveConnections: number(DEST.INACTIVE),
    persistentConnections: number(DEST.PERSISTENT),
    counters: decodeCounters(attributes.get(DEST.STATS64), attributes.get(DEST.STATS)),
  };
}

/** Kernels before 4.1 have 32 bits for all but bytes. */
function decodeCounters(large?: Uint8Array, small?: Uint8Array): IpvsCounters {
  const attributes = decodeAttributes(large ?? small ?? new Uint8Array(), 0);
  const count = (type: number): bigint => readCount(attributes.get(type));
  return {
    connections: count(STATS.CONNECTIONS),
    packetsIn: count(STATS.PACKETS_IN),
    packetsOut: count(STATS.PACKETS_OUT),
    bytesIn: count(STATS.BYTES_IN),
    bytesOut: count(STATS.BYTES_OUT),
  };
}

function readCount(bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined || bytes.length < 4) return 0n;
  const view = viewOf(bytes);
  return bytes.length >= 8
    ? view.getBigUint64(0, littleEndian)
    : BigInt(view.getUint32(0, littleEndian));
}

function familyOf(number: number | undefined): 4 | 6 | undefined {
  return number === AF_INET ? 4 : number === AF_INET6 ? 6 : undefined;
}

function readAddress(bytes: Uint8Array | undefined, family: 4 | 6): IpAddress | undefined {
  const length = family === 4 ? 4 : 16;
  if (bytes === undefined || bytes.length < length) return undefined;
  return ipFromBytes(bytes.slice(0, length));
}

function readU16(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined || bytes.length < 2
    ? undefined
    : viewOf(bytes).getUint16(0, littleEndian);
}

function readU16be(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined || bytes.length < 2 ? undefined : viewOf(bytes).getUint16(0);
}
