import { createHmac } from 'node:crypto';
import type { IpAddress } from '../../src/base/ip.ts';
import type { MacAddress } from '../../src/base/mac.ts';
import { micros } from '../../src/base/time.ts';
import { encodeGratuitousArp } from '../../src/wire/arp.ts';
import { decodeIpv4, encodeIpv4Header } from '../../src/wire/ipv4.ts';
import { decodeIpv6, encodeIpv6Header } from '../../src/wire/ipv6.ts';
import { encodeNeighbourSolicitation } from '../../src/wire/ndp.ts';
import { type SignPeerMessage, sealPeerMessage } from '../../src/wire/peer.ts';
import type { PeerMessage } from '../../src/wire/peer-types.ts';
import { encodeAdvert } from '../../src/wire/vrrp.ts';
import { readRecorded } from '../golden/wire/recorded.ts';
import { join } from './mutations.ts';

const ip = (text: string) => text as IpAddress;
const MAC = '02:00:00:00:00:0a' as MacAddress;
const VRRP = 112;

export const ends4 = { source: ip('192.0.2.1'), destination: ip('224.0.0.18') };
export const ends6 = { source: ip('fe80::1'), destination: ip('ff02::12') };

export const sign: SignPeerMessage = (bytes) => createHmac('sha256', 'key').update(bytes).digest();

const frames = ['keepalived-2.2.7.txt', 'linux-6.18-groups.txt'].flatMap((file) => [
  ...readRecorded(file),
]);

function framesNamed(pattern: RegExp): Uint8Array[] {
  return frames.filter(([name]) => pattern.test(name)).map(([, frame]) => frame);
}

function packetsNamed(pattern: RegExp): Uint8Array[] {
  return framesNamed(pattern).map((frame) => frame.subarray(14));
}

function payloadsNamed(pattern: RegExp): Uint8Array[] {
  return packetsNamed(pattern).map((packet) => {
    const decoded = (packet[0] ?? 0) >> 4 === 4 ? decodeIpv4(packet) : decodeIpv6(packet);
    return decoded.ok ? decoded.value.payload : new Uint8Array();
  });
}

// --- adverts ---

const common = { vrid: 51, priority: 100, advertInterval: micros(1_000_000) };
const addresses4 = Array.from({ length: 255 }, (_, index) => ip(`198.51.100.${index}`));
const addresses6 = Array.from({ length: 20 }, (_, index) => ip(`2001:db8::${index + 1}`));
const password = Uint8Array.from(Buffer.from('s3cret'));

const ADVERTS4 = /^advert-.*(v2-none|v2-pass|ipv4)/;
const ADVERTS6 = /^advert-.*ipv6/;

export const adverts4 = [
  ...payloadsNamed(ADVERTS4),
  encodeAdvert(
    { ...common, version: 2, addresses: addresses4.slice(0, 3), password },
    { family: 4, checksum: { kind: 'plain' } },
  ),
  encodeAdvert(
    { ...common, version: 3, addresses: addresses4 },
    { family: 4, checksum: { kind: 'pseudo-header', ...ends4 } },
  ),
];

export const adverts6 = [
  ...payloadsNamed(ADVERTS6),
  ...([2, 3] as const).map((version) =>
    encodeAdvert(
      { ...common, version, addresses: addresses6 },
      { family: 6, checksum: { kind: 'pseudo-header', ...ends6 } },
    ),
  ),
];

function packet4(payload: Uint8Array): Uint8Array {
  const fields = { ...ends4, ttl: 255, tos: 0xc0, identification: 7, protocol: VRRP };
  return join(encodeIpv4Header({ ...fields, payloadLength: payload.length }), payload);
}

/** With so many bytes of options that do nothing. */
function withOptions(packet: Uint8Array, bytes: number): Uint8Array {
  const options = new Uint8Array(bytes).fill(1);
  const longer = join(join(packet.subarray(0, 20), options), packet.subarray(20));
  longer[0] = 0x40 | ((20 + bytes) / 4);
  longer[2] = longer.length >> 8;
  longer[3] = longer.length;
  return longer;
}

function asFragment(packet: Uint8Array, field: number): Uint8Array {
  const fragment = packet.slice();
  fragment[6] = field >> 8;
  fragment[7] = field;
  return fragment;
}

const advertPackets4Made = adverts4.map(packet4);

export const advertPackets4 = [
  ...packetsNamed(ADVERTS4),
  ...advertPackets4Made,
  ...advertPackets4Made.map((packet) => withOptions(packet, 4)),
  ...advertPackets4Made.map((packet) => withOptions(packet, 40)),
];

/** Fragments, authentication headers, and the longest trailer that was ever told of. */
export const strangeAdvertPackets4 = [
  ...packetsNamed(/^ah-/),
  ...advertPackets4Made.flatMap((packet) =>
    [0x2000, 0x2001, 0x1fff].map((field) => asFragment(packet, field)),
  ),
  ...adverts4.map((advert) => packet4(join(advert, new Uint8Array(28).fill(0x5a)))),
];

export const advertPackets6 = [
  ...packetsNamed(ADVERTS6),
  ...adverts6.map((advert) => {
    const fields = { ...ends6, hopLimit: 255, trafficClass: 0xc0, nextHeader: VRRP };
    return join(encodeIpv6Header({ ...fields, payloadLength: advert.length }), advert);
  }),
];

// --- neighbours and groups ---

export const arpFrames = [
  ...framesNamed(/^g?arp-/),
  encodeGratuitousArp({ mac: MAC, address: ip('192.0.2.51'), hardwareType: 1 }),
];

export const ndpFrames = [
  ...framesNamed(/^n[as]-/),
  encodeNeighbourSolicitation({ mac: MAC, source: ip('::'), target: ip('2001:db8::57') }),
];
export const ndpMessages = ndpFrames.map((frame) => frame.subarray(54));

export const igmpPackets = packetsNamed(/^igmp-/);
export const igmpReports = payloadsNamed(/^igmp-.*join/);
export const strangeIgmpReports = payloadsNamed(/^igmp-/);
/** Behind a header with hop-by-hop options. */
export const mldReports = payloadsNamed(/^mld-v[12]-join|^mld-v2/).map((payload) =>
  payload.subarray(8),
);
export const mldPackets = packetsNamed(/^mld-/);

export const ipv4Packets = [...advertPackets4, ...strangeAdvertPackets4, ...igmpPackets];
export const ipv6Packets = [
  ...advertPackets6,
  ...mldPackets,
  ...ndpFrames.map((frame) => frame.subarray(14)),
];
export const allFrames = frames.map(([, frame]) => frame);

// --- side messages ---

const short: PeerMessage = {
  family: 4,
  vrid: 51,
  sender: ends4.source,
  session: '0123456789abcdef',
  counter: 1,
  state: 'master',
  priority: 100,
  preempts: 'yes',
  heard: [{ peer: ip('192.0.2.2'), session: 'fedcba9876543210', counter: 2 }],
  alternates: [ip('2001:db8::1'), ip('198.51.100.1')],
  resignation: { why: 'stopping', successor: ip('192.0.2.2') },
};
const long: PeerMessage = {
  ...short,
  family: 6,
  sender: ends6.source,
  state: 'drained',
  heard: Array.from({ length: 32 }, (_, counter) => ({
    peer: ip('fe80::2'),
    session: 'fedcba9876543210',
    counter,
  })),
  resignation: { why: 'lowered', successor: ip('fe80::2') },
};

export const peerMessages = [short, long].map((message) => sealPeerMessage(message, sign));
