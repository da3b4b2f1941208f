import type { Duplex } from 'node:stream';
import { Channel } from '../../src/api/channel.ts';
import { micros } from '../../src/base/time.ts';
import { Connection } from '../../src/daemon/control/connection.ts';
import { Purse } from '../../src/daemon/control/purse.ts';
import { readRequest } from '../../src/daemon/control/read-request.ts';
import { advertInput } from '../../src/daemon/received-advert.ts';
import { KnownDatagrams } from '../../src/linux/known-datagrams.ts';
import { lastLine } from '../../src/linux/last-line.ts';
import { createNetworkTables } from '../../src/linux/network-tables.ts';
import type { NetworkEvent, ReceivedDatagram } from '../../src/ports/network.ts';
import { decodeArp } from '../../src/wire/arp.ts';
import { checksumOf, sumWords } from '../../src/wire/checksum.ts';
import { decodeDnsAnswer } from '../../src/wire/dns.ts';
import { decodeEthernet } from '../../src/wire/ethernet.ts';
import { type HttpHead, HttpHeadReader } from '../../src/wire/http.ts';
import { decodeEchoReply } from '../../src/wire/icmp-echo.ts';
import { decodeIgmpReport } from '../../src/wire/igmp.ts';
import { decodeIpv4 } from '../../src/wire/ipv4.ts';
import { decodeIpv6 } from '../../src/wire/ipv6.ts';
import { decodeMldReport } from '../../src/wire/mld.ts';
import { decodeNdp, decodeNdpMessage } from '../../src/wire/ndp.ts';
import { decodeAcknowledgement, decodeDone } from '../../src/wire/netlink/acknowledgement.ts';
import { decodeAddress } from '../../src/wire/netlink/address.ts';
import { decodeConnection } from '../../src/wire/netlink/conntrack.ts';
import { decodeFamilyId } from '../../src/wire/netlink/generic.ts';
import { decodeDestination, decodeService } from '../../src/wire/netlink/ipvs.ts';
import { decodeLink } from '../../src/wire/netlink/link.ts';
import { decodeAttributes, decodeMessages, readText } from '../../src/wire/netlink/message.ts';
import { decodeTable } from '../../src/wire/netlink/nftables.ts';
import { decodeElements } from '../../src/wire/netlink/nftables-dump.ts';
import { openPeerMessage, readPeerAddressee } from '../../src/wire/peer.ts';
import { type SmtpReply, SmtpReplyReader } from '../../src/wire/smtp.ts';
import { decodeAdvert, decodeAdvertPacket, VRRP_PROTOCOL } from '../../src/wire/vrrp.ts';
import * as control from './control-seeds.ts';
import * as ipvs from './ipvs-seeds.ts';
import * as seeds from './packet-seeds.ts';
import * as probes from './probe-seeds.ts';

export type Decoded = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Who has written the bytes: no decoder ever sees those of another kind. */
export type Origin = 'network' | 'kernel' | 'connection';

export interface FuzzedDecoder {
  decode(packet: Uint8Array): Decoded;
  /** It accepts them as they are. */
  readonly valid: readonly Uint8Array[];
  /** What else is worth mutating. */
  readonly strange?: readonly Uint8Array[];
}

const OK: Decoded = { ok: true };
const refusals = new Map<string, Decoded>();

function refused(reason: string): Decoded {
  const known = refusals.get(reason);
  if (known !== undefined) return known;
  const made: Decoded = { ok: false, reason };
  refusals.set(reason, made);
  return made;
}

const ndpEnds = { ...seeds.ends6, hopLimit: 255 };

export type Decoders = Readonly<Record<string, FuzzedDecoder>>;

const network: Decoders = {
  'advert over ipv4': {
    decode: (packet) => decodeAdvert(packet, { ...seeds.ends4, ttl: 255 }),
    valid: seeds.adverts4,
  },
  'advert over ipv6': {
    decode: (packet) => decodeAdvert(packet, { ...seeds.ends6, ttl: undefined }),
    valid: seeds.adverts6,
  },
  'advert packet, ipv4': {
    decode: decodeAdvertPacket,
    valid: seeds.advertPackets4,
    strange: seeds.strangeAdvertPackets4,
  },
  'advert packet, ipv6': { decode: decodeAdvertPacket6, valid: seeds.advertPackets6 },
  'advert heard again': {
    decode: hearAgain,
    valid: seeds.advertPackets4,
    strange: seeds.strangeAdvertPackets4,
  },
  ethernet: { decode: decodeEthernet, valid: seeds.allFrames },
  ipv4: { decode: decodeIpv4, valid: seeds.ipv4Packets },
  ipv6: { decode: decodeIpv6, valid: seeds.ipv6Packets },
  arp: { decode: decodeArp, valid: seeds.arpFrames },
  'ndp frame': { decode: decodeNdp, valid: seeds.ndpFrames },
  'ndp message': {
    decode: (payload) => decodeNdpMessage({ ...ndpEnds, payload }, 'checked'),
    valid: seeds.ndpMessages,
  },
  'igmp report': {
    decode: decodeIgmpReport,
    valid: seeds.igmpReports,
    strange: seeds.strangeIgmpReports,
  },
  'igmp report, its sum put right': {
    decode: (message) => decodeIgmpReport(withSum(message)),
    valid: seeds.igmpReports,
    strange: seeds.strangeIgmpReports,
  },
  'mld report': { decode: decodeMldReport, valid: seeds.mldReports, strange: seeds.mldPackets },
  'dns answer': {
    decode: decodeDnsAnswer,
    valid: probes.dnsAnswers,
    strange: probes.dnsOthers,
  },
  'echo reply, ipv4': {
    decode: (message) => decodeEchoReply(4, message),
    valid: probes.echoReplies4,
    strange: probes.echoReplies6,
  },
  'echo reply, ipv6': {
    decode: (message) => decodeEchoReply(6, message),
    valid: probes.echoReplies6,
    strange: probes.echoReplies4,
  },
  'http head': {
    decode: readHttpHead,
    valid: probes.httpAnswers,
    strange: probes.strangeHttpAnswers,
  },
  'smtp reply': {
    decode: readSmtpReply,
    valid: probes.smtpReplies,
    strange: probes.strangeSmtpReplies,
  },
  'peer addressee': { decode: readPeerAddressee, valid: seeds.peerMessages },
  'peer message': {
    decode: (packet) => openPeerMessage(packet, seeds.sign),
    valid: seeds.peerMessages,
  },
  // So that what follows the authentication sees mutated packets too.
  'peer message of a member': {
    decode: (packet) => openPeerMessage(packet, () => packet.slice(-16)),
    valid: seeds.peerMessages,
  },
};

const kernel: Decoders = {
  'netlink messages': {
    decode: (packet) => (decodeMessages(packet).length > 0 ? OK : refused('no message')),
    valid: control.datagrams,
  },
  'netlink attributes': { decode: decodeNested, valid: control.attributes },
  'netlink link': { decode: (body) => present(decodeLink(body)), valid: control.links },
  'netlink address': { decode: (body) => present(decodeAddress(body)), valid: control.addresses },
  'netlink acknowledgement': { decode: readAcknowledgement, valid: control.acknowledgements },
  'netlink end of a dump': { decode: readDone, valid: control.dones },
  'nftables table': { decode: (body) => present(decodeTable(body)), valid: control.tables },
  'nftables elements': {
    decode: (body) => (decodeElements(body).length > 0 ? OK : refused('none')),
    valid: control.elements,
  },
  'tracked connection': {
    decode: (body) => present(decodeConnection(body)),
    valid: control.connections,
  },
  'generic netlink family': {
    decode: (body) => present(decodeFamilyId(body, 'IPVS')),
    valid: ipvs.families,
  },
  'ipvs service': { decode: (body) => present(decodeService(body)), valid: ipvs.services },
  'ipvs destination': {
    decode: (body) => present(decodeDestination(body, 4)),
    valid: ipvs.destinations,
  },
  'network news': { decode: applyNews, valid: control.news, strange: control.datagrams },
};

const connection: Decoders = {
  'control requests': {
    decode: readRequests,
    valid: control.requests,
    strange: control.strangeRequests,
  },
  'control answers': {
    decode: readAnswers,
    valid: control.answers,
    strange: control.strangeAnswers,
  },
  'last words of a script': {
    decode: readLastLine,
    valid: control.outputs,
    strange: control.strangeOutputs,
  },
};

/** All that reads bytes which others have written, each behind what is in front of it in the daemon. */
export const decodersOf: Readonly<Record<Origin, Decoders>> = { network, kernel, connection };

function present(value: unknown): Decoded {
  return value === undefined ? refused('undefined') : OK;
}

function decodeAdvertPacket6(packet: Uint8Array): Decoded {
  const ip = decodeIpv6(packet);
  if (!ip.ok) return ip;
  const { source, destination, nextHeader, hopLimit, payload } = ip.value;
  if (nextHeader !== VRRP_PROTOCOL) return refused('not-vrrp');
  return decodeAdvert(payload, { source, destination, ttl: hopLimit });
}

/** Whole, and in two pieces: the outcome is one. */
function readHttpHead(packet: Uint8Array): Decoded {
  const read = (pieces: readonly Uint8Array[]): HttpHead => {
    const reader = new HttpHeadReader();
    let head: HttpHead = { kind: 'incomplete' };
    for (const piece of pieces) if (head.kind === 'incomplete') head = reader.push(piece);
    return head;
  };
  const half = packet.length >> 1;
  const whole = read([packet]);
  const cut = read([packet.subarray(0, half), packet.subarray(half)]);
  if (whole.kind !== cut.kind) throw new Error(`whole ${whole.kind}, in pieces ${cut.kind}`);
  return whole.kind === 'head' ? OK : refused(whole.kind);
}

function readSmtpReply(packet: Uint8Array): Decoded {
  const { kind } = new SmtpReplyReader().push(packet);
  const bytewise = new SmtpReplyReader();
  let last: SmtpReply['kind'] = 'incomplete';
  for (let at = 0; at < packet.length && last === 'incomplete'; at++) {
    last = bytewise.push(packet.subarray(at, at + 1)).kind;
  }
  if (kind !== last) throw new Error(`whole ${kind}, in pieces ${last}`);
  return kind === 'reply' ? OK : refused(kind);
}

/** As the socket for adverts does it: what is known already is not read again. */
function hearAgain(packet: Uint8Array): Decoded {
  const known = new KnownDatagrams();
  let input: ReturnType<typeof advertInput> | undefined;
  for (let time = 0; time < 2; time++) {
    const datagram = known.find(packet, 0, packet.length) ?? keep(known, packet);
    if (datagram === undefined) return refused('no ipv4');
    const again = advertInput('eth0', 4, datagram);
    if (input !== undefined && input !== again) throw new Error('read twice, with two results');
    input = again;
  }
  return input?.kind === 'advertReceived' ? OK : refused('undecodable');
}

function keep(known: KnownDatagrams, packet: Uint8Array): ReceivedDatagram | undefined {
  const decoded = decodeIpv4(packet);
  if (!decoded.ok) return undefined;
  const { source, destination, ttl, payload } = decoded.value;
  return known.keep(packet, { source, destination, ttl, payload });
}

/** So that what follows the checksum sees mutated packets too. */
function withSum(message: Uint8Array): Uint8Array {
  if (message.length < 4) return message;
  const right = message.slice();
  right[2] = 0;
  right[3] = 0;
  const checksum = checksumOf(sumWords(right));
  right[2] = checksum >> 8;
  right[3] = checksum;
  return right;
}

/** Attributes within attributes, and all of them as text. */
function decodeNested(bytes: Uint8Array): Decoded {
  const attributes = decodeAttributes(bytes, 0);
  for (const attribute of attributes.values()) {
    readText(attribute);
    for (const inner of decodeAttributes(attribute, 0).values()) decodeAttributes(inner, 0);
  }
  return attributes.size > 0 ? OK : refused('none');
}

function readAcknowledgement(datagram: Uint8Array): Decoded {
  const [message] = decodeMessages(datagram);
  return message === undefined ? refused('no message') : present(decodeAcknowledgement(message));
}

function readDone(datagram: Uint8Array): Decoded {
  const [message] = decodeMessages(datagram);
  if (message === undefined) return refused('no message');
  return decodeDone(message).errno === 0 ? OK : refused('errno');
}

function applyNews(datagram: Uint8Array): Decoded {
  const messages = decodeMessages(datagram);
  if (messages.length === 0) return refused('no message');
  const tables = createNetworkTables();
  const events: NetworkEvent[] = [];
  for (const message of messages) tables.apply(message, events);
  return events.length > 0 ? OK : refused('no news');
}

const LINE_CHARACTERS_MAX = 200;
const CLIENT = { pid: 1, uid: 0, gid: 0, groups: [] };
const nothing = () => {};

/** A connection that brings the bytes and ends. */
function readRequests(packet: Uint8Array): Decoded {
  let at = 0;
  const read = (into: Uint8Array): number | 'end' => {
    if (at === packet.length) return 'end';
    const part = packet.subarray(at, at + into.length);
    into.set(part);
    at += part.length;
    return part.length;
  };
  const write = () => 0;
  const socket = { peer: CLIENT, read, write, watch: nothing, unwatch: nothing, close: nothing };
  const purse = new Purse({ perSecondUs: 1, mostUs: 1 });
  const connection = new Connection(socket, { rights: 'change', purse, at: micros(0) });
  let outcome = refused('incomplete');
  while (connection.read() !== 'end') {
    for (;;) {
      const line = connection.takeLine();
      if (line === 'too long') return outcome.ok ? outcome : refused('too long');
      if (line === 'incomplete') break;
      const result = readRequest(line);
      if (result.ok) outcome = OK;
      else if (!outcome.ok) outcome = refused(result.error.code);
    }
  }
  return outcome;
}

/** The other end of the control child's connection, which says something and ends. */
function readAnswers(packet: Uint8Array): Decoded {
  const listeners = new Map<string, (text: string) => void>();
  const stream = {
    destroyed: false,
    setEncoding: nothing,
    on: (event: string, listener: (text: string) => void) => listeners.set(event, listener),
    write: nothing,
    destroy: () => {
      stream.destroyed = true;
    },
  };
  let outcome = refused('nothing for us');
  const channel = new Channel(stream as unknown as Duplex, nothing);
  channel.follow(
    0,
    () => {
      outcome = OK;
    },
    () => {
      if (!outcome.ok) outcome = refused('an error');
    },
  );
  const text = Buffer.from(packet).toString('utf8');
  const half = text.length >> 1;
  for (const part of [text.slice(0, half), text.slice(half)]) listeners.get('data')?.(part);
  if (!outcome.ok && stream.destroyed) return refused('no answer');
  return outcome;
}

function readLastLine(output: Uint8Array): Decoded {
  const line = lastLine(output);
  if (line === undefined) return refused('nothing said');
  if (line.length > LINE_CHARACTERS_MAX || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(line)) {
    throw new Error(`no line for a log: ${JSON.stringify(line)}`);
  }
  return OK;
}
