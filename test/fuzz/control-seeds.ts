/** What the kernel and other programs say: netlink datagrams, requests, answers, output. */
import type { IpAddress } from '../../src/base/ip.ts';
import { writeAddress } from '../../src/wire/netlink/address.ts';
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_MTU,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
} from '../../src/wire/netlink/constants.ts';
import { littleEndian, MESSAGE_HEADER_BYTES } from '../../src/wire/netlink/message.ts';
import { NetlinkWriter } from '../../src/wire/netlink/writer.ts';

const ip = (text: string) => text as IpAddress;
const IFLA_STATS = 23;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const NFT_NEWTABLE = 10 << 8;
const NFT_TABLE_NAME = 1;
const EEXIST = 17;
const HEADER = { flags: 0, sequence: 7 };

function write(type: number, fill: (writer: NetlinkWriter) => unknown, flags = 0): Uint8Array {
  const writer = new NetlinkWriter();
  writer.begin({ ...HEADER, type, flags });
  fill(writer);
  return writer.end().bytes.slice();
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setInt32(index * 4, value, littleEndian);
  return bytes;
}

function writeLink(writer: NetlinkWriter): void {
  // Family and hardware type, index, flags, change.
  writer.raw(words(1 << 16, 2, 0x1043, 0));
  writer.text(IFLA_IFNAME, 'eth0').u32(IFLA_MTU, 1500);
  writer.attribute(IFLA_ADDRESS, Uint8Array.of(2, 0, 0, 0, 0, 10));
  writer.attribute(IFLA_STATS, new Uint8Array(96));
  writer.nested(IFLA_LINKINFO, (info) => {
    info.text(1, 'vlan').nested(2, (data) => data.u32(1, 100));
  });
  writer.nested(IFLA_AF_SPEC, (families) => {
    families.nested(2, (inet) => inet.u32(1, 1, 2, 3)).nested(10, (inet6) => inet6.u32(1, 4));
  });
}

/** One element with a value and a counter, and one with a chain, of a set of nftables. */
function writeElements(writer: NetlinkWriter): void {
  writer
    .raw(Uint8Array.of(1, 0, 0, 0))
    .text(1, 'holdfast')
    .text(2, 'set');
  writer.nested(3, (list) => {
    list.nested(1, (element) => {
      element.nested(1, (key) => key.attribute(1, new Uint8Array(16)));
      element.nested(2, (data) => data.attribute(1, new Uint8Array(8)));
      element.nested(7, (expression) => {
        expression.text(1, 'counter').nested(2, (data) => data.u64be(1, 100).u64be(2, 3));
      });
    });
    list.nested(1, (element) => {
      element.nested(1, (key) => key.attribute(1, new Uint8Array(4)));
      element.nested(2, (data) => data.nested(2, (verdict) => verdict.u32be(1, 0).text(2, 'to')));
    });
  });
}

/** A tracked connection with what is read of it. */
function writeConnection(writer: NetlinkWriter): void {
  writer.raw(Uint8Array.of(2, 0, 0, 0));
  writer.nested(1, (tuple) => {
    tuple.nested(1, (addresses) => addresses.u32be(1, 1).u32be(2, 2));
    tuple.nested(2, (transport) => transport.u8(1, 6));
  });
  writer.nested(4, (info) => info.nested(1, (tcp) => tcp.u8(1, 3)));
  writer.u32be(12, 7).attribute(22, new Uint8Array(16).fill(1));
}

const request4 = {
  kind: 'add',
  interfaceIndex: 2,
  address: ip('192.0.2.51'),
  prefixLength: 24,
  label: 'eth0:v',
  broadcast: ip('192.0.2.255'),
  flags: 0x80,
  protocol: 112,
  validLifetimeSeconds: 60,
} as const;
const request6 = {
  kind: 'add',
  interfaceIndex: 2,
  address: ip('2001:db8::51'),
  peer: ip('2001:db8::1'),
  prefixLength: 64,
  flags: 0x82,
} as const;

const linkDatagrams = [RTM_NEWLINK, RTM_DELLINK].map((type) => write(type, writeLink));
const addressDatagrams = [request4, request6].flatMap((request) =>
  [RTM_NEWADDR, RTM_DELADDR].map((type) =>
    write(type, (writer) => writeAddress(writer, request), NLM_F_MULTI),
  ),
);
const original = write(RTM_NEWADDR, (writer) => writeAddress(writer, request4));

function writeError(writer: NetlinkWriter, requestBytes: Uint8Array): void {
  writer.raw(words(-EEXIST)).raw(requestBytes);
  writer.text(NLMSGERR_ATTR_MSG, 'ipv4: Address already assigned').u32(NLMSGERR_ATTR_OFFS, 24);
}

const acknowledgementDatagrams = [
  write(NLMSG_ERROR, (writer) => writer.raw(words(0)).raw(original.subarray(0, 16))),
  write(NLMSG_ERROR, (writer) => writer.raw(words(-EEXIST)).raw(original)),
  write(NLMSG_ERROR, (writer) => writeError(writer, original), NLM_F_ACK_TLVS),
  write(
    NLMSG_ERROR,
    (writer) => writeError(writer, original.subarray(0, MESSAGE_HEADER_BYTES)),
    NLM_F_ACK_TLVS | NLM_F_CAPPED,
  ),
];
const doneDatagrams = [
  write(NLMSG_DONE, (writer) => writer.raw(words(0)), NLM_F_MULTI),
  write(
    NLMSG_DONE,
    (writer) => writer.raw(words(0)).text(NLMSGERR_ATTR_MSG, 'no such thing'),
    NLM_F_MULTI | NLM_F_ACK_TLVS,
  ),
];
const tableDatagrams = [1, 3].map((family) =>
  write(NFT_NEWTABLE, (writer) => {
    writer.raw(Uint8Array.of(family, 0, 0, 0)).text(NFT_TABLE_NAME, 'holdfast_51');
    writer.u32be(2, 0).u32be(3, 4).u64be(4, 9);
  }),
);

function bodiesOf(datagrams: readonly Uint8Array[]): Uint8Array[] {
  return datagrams.map((datagram) => datagram.subarray(MESSAGE_HEADER_BYTES));
}

export const links = bodiesOf(linkDatagrams);
export const addresses = bodiesOf(addressDatagrams);
export const tables = bodiesOf(tableDatagrams);
export const elements = bodiesOf([write(NFT_NEWTABLE, writeElements)]);
export const connections = bodiesOf([write(NFT_NEWTABLE, writeConnection)]);
/** Whole datagrams, as flags of the header decide how they are read. */
export const acknowledgements = acknowledgementDatagrams;
export const dones = doneDatagrams;
/** That change something where there is nothing yet. */
export const news = [
  Uint8Array.from([...linkDatagrams, ...addressDatagrams].flatMap((each) => [...each])),
  ...[...linkDatagrams.slice(0, 1), ...addressDatagrams.slice(0, 1)],
];
export const datagrams = [
  ...news,
  ...[...linkDatagrams, ...addressDatagrams, ...tableDatagrams],
  ...[...acknowledgementDatagrams, ...doneDatagrams],
];
/** As behind the fixed part of a message. */
export const attributes = links.map((link) => link.subarray(16));

function lines(...values: readonly unknown[]): Uint8Array {
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
  return Uint8Array.from(Buffer.from(text));
}

export const requests = [
  lines({ op: 'status' }, { op: 'metrics', id: 'a' }),
  lines({ op: 'events', since: 3, limit: 5, follow: true, instance: 'VI_1', id: 1 }),
  lines({ op: 'priority', instance: 'VI_ä', priority: 120 }, { op: 'handover', instance: 'x' }),
  lines({ op: 'explain', instance: 'VI_1' }, { op: 'drain' }, { op: 'reload', id: 1.5 }),
];
/** Words that are none, numbers out of range, and a line without an end. */
export const strangeRequests = [
  lines({ op: 'statuz' }, { op: '__proto__' }, { op: 'constructor', id: {} }),
  lines([[[[{ op: 'status' }]]]], null, 'incomplete', { op: 'priority', priority: 1e308 }),
  new Uint8Array(3000).fill('['.charCodeAt(0)),
  new Uint8Array(5000).fill('a'.charCodeAt(0)),
];

const page = { events: [{ number: 4, at: 1, kind: 'state' }], next: 5, lost: 0 };
export const answers = [
  lines({ schema: 1, id: 1, ok: true, result: page }),
  lines({ schema: 1, id: 9, ok: true, result: {} }, { schema: 1, id: 1, ok: true, result: page }),
];
export const strangeAnswers = [
  lines({ schema: 1, id: 1, ok: false, error: { code: 'busy', message: 'later' } }),
  lines({ schema: 1, id: 1, ok: false }),
  lines({ schema: 1, id: 1, ok: false, error: null }, { ok: true }, null),
];

export const outputs = [
  Uint8Array.from(Buffer.from('checking\ncurl: (7) Failed to connect to 192.0.2.9\n')),
  Uint8Array.from(Buffer.from('\u001b[31mschlecht\u202e 😀\u0000\r\n\r\n')),
];
export const strangeOutputs = [
  new Uint8Array(),
  Uint8Array.of(10, 13, 32, 10),
  new Uint8Array(4096).fill(0xf0),
];
