import { createHmac } from 'node:crypto';
import { toHex } from '../../src/base/hex.ts';
import type { IpAddress } from '../../src/base/ip.ts';
import { createRng, type Rng } from '../../src/base/rng.ts';
import { decodeArp } from '../../src/wire/arp.ts';
import { decodeIgmpReport } from '../../src/wire/igmp.ts';
import { decodeIpv4 } from '../../src/wire/ipv4.ts';
import { decodeIpv6 } from '../../src/wire/ipv6.ts';
import { decodeMldReport } from '../../src/wire/mld.ts';
import { decodeNdp, decodeNdpMessage } from '../../src/wire/ndp.ts';
import { openPeerMessage, type SignPeerMessage, sealPeerMessage } from '../../src/wire/peer.ts';
import type { PeerMessage } from '../../src/wire/peer-types.ts';
import { decodeAdvert, decodeAdvertPacket } from '../../src/wire/vrrp.ts';
import { readRecorded } from '../golden/wire/recorded.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
}

export interface DecoderTally {
  /** `ok` and the reasons of failure, with how often each came out. */
  readonly outcomes: Map<string, number>;
  totalNs: number;
  slowestNs: number;
  /** The packet that took longest, in hexadecimal. */
  slowest: string;
}

export interface FuzzReport {
  readonly packets: number;
  readonly decoders: Readonly<Record<string, DecoderTally>>;
  readonly exceptions: readonly { decoder: string; packet: string; error: string }[];
}

type Decoded = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const ipv4 = { source: '192.0.2.1', destination: '224.0.0.18', ttl: 255 };
const ipv6 = { source: 'fe80::1', destination: 'ff02::12', ttl: undefined };
const ndp = {
  source: 'fe80::1' as IpAddress,
  destination: 'ff02::1' as IpAddress,
  hopLimit: 255,
};
type Context = Parameters<typeof decodeAdvert>[1];

const sign: SignPeerMessage = (bytes) => createHmac('sha256', 'key').update(bytes).digest();
/** So that what follows the authentication sees mutated packets too. */
const signAnything: SignPeerMessage = () => new Uint8Array(16);

const decoders: Readonly<Record<string, (packet: Uint8Array) => Decoded>> = {
  'advert over ipv4': (packet) => decodeAdvert(packet, ipv4 as Context),
  'advert over ipv6': (packet) => decodeAdvert(packet, ipv6 as Context),
  'advert packet': decodeAdvertPacket,
  ipv4: decodeIpv4,
  ipv6: decodeIpv6,
  arp: decodeArp,
  ndp: decodeNdp,
  'ndp message': (payload) => decodeNdpMessage({ ...ndp, payload }, 'checked'),
  'igmp report': decodeIgmpReport,
  'mld report': decodeMldReport,
  'peer message': (packet) => openPeerMessage(packet, sign),
  'peer message of anybody': (packet) => openPeerMessage(packet, signAnything),
};

const peerMessage: PeerMessage = {
  family: 4,
  vrid: 51,
  sender: ipv4.source as IpAddress,
  session: '0123456789abcdef',
  counter: 1,
  state: 'master',
  priority: 100,
  preempts: 'yes',
  heard: [{ peer: '192.0.2.2' as IpAddress, session: 'fedcba9876543210', counter: 2 }],
  alternates: ['2001:db8::1' as IpAddress, '198.51.100.1' as IpAddress],
  resignation: { why: 'stopping', successor: '192.0.2.2' as IpAddress },
};

/** Where a frame is cut so that each decoder sees what it reads, also behind options. */
const CUTS = [0, 14, 34, 38, 54, 62];
const RECORDINGS = ['keepalived-2.2.7.txt', 'linux-6.18-groups.txt'];
const MAX_RANDOM_BYTES = 300;
const MAX_SHOWN_BYTES = 64;
const INTERESTING = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** Decodes packets that are random, or recorded ones mutated; equal options, equal packets. */
export function fuzzPackets({ seed, count }: FuzzOptions): FuzzReport {
  const rng = createRng(seed);
  const recorded = [
    ...RECORDINGS.flatMap((file) => [...readRecorded(file).values()]),
    ...[sign, signAnything].map((signer) => sealPeerMessage(peerMessage, signer)),
  ];
  const tallies: Record<string, DecoderTally> = {};
  const exceptions: { decoder: string; packet: string; error: string }[] = [];
  for (const decoder of Object.keys(decoders)) {
    tallies[decoder] = { outcomes: new Map(), totalNs: 0, slowestNs: 0, slowest: '' };
  }
  for (let index = 0; index < count; index++) {
    const packet = makePacket(rng, recorded);
    for (const [name, decode] of Object.entries(decoders)) {
      const tally = tallies[name];
      if (tally === undefined) continue;
      const started = process.hrtime.bigint();
      let outcome: string;
      try {
        const decoded = decode(packet);
        outcome = decoded.ok ? 'ok' : decoded.reason;
      } catch (error) {
        outcome = 'exception';
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        exceptions.push({ decoder: name, packet: toHex(packet), error: text });
      }
      const elapsed = Number(process.hrtime.bigint() - started);
      tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
      tally.totalNs += elapsed;
      if (elapsed <= tally.slowestNs || outcome === 'exception') continue;
      const slowest = Math.min(
        elapsed,
        fastestOf(3, () => decode(packet)),
      );
      if (slowest <= tally.slowestNs) continue;
      tally.slowestNs = slowest;
      tally.slowest = shorten(packet);
    }
  }
  return { packets: count, decoders: tallies, exceptions };
}

/** Nanoseconds of the fastest of some runs: what is left is the packet's, not the machine's. */
function fastestOf(runs: number, run: () => unknown): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < runs; round++) {
    const started = process.hrtime.bigint();
    run();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - started));
  }
  return fastest;
}

function makePacket(rng: Rng, recorded: readonly Uint8Array[]): Uint8Array {
  if (rng.chance(0.25)) return randomBytes(rng, rng.integer(0, MAX_RANDOM_BYTES));
  const frame = rng.pick(recorded);
  const packet = Uint8Array.from(frame.subarray(rng.pick(CUTS)));
  // One in eight stays as it is, so that the valid paths are measured too.
  for (let round = rng.integer(0, 7); round > 0; round--) mutateByte(rng, packet);
  if (rng.chance(0.2)) return packet.slice(0, rng.integer(0, packet.length));
  if (rng.chance(0.2)) return append(packet, randomBytes(rng, rng.integer(1, MAX_RANDOM_BYTES)));
  return packet;
}

function mutateByte(rng: Rng, packet: Uint8Array): void {
  if (packet.length === 0) return;
  const at = rng.integer(0, packet.length - 1);
  const byte = packet[at] ?? 0;
  const kind = rng.integer(0, 3);
  if (kind === 0) packet[at] = byte ^ (1 << rng.integer(0, 7));
  else if (kind === 1) packet[at] = rng.integer(0, 255);
  else if (kind === 2) packet[at] = rng.pick(INTERESTING);
  else packet[at] = byte + rng.integer(-2, 2);
}

function randomBytes(rng: Rng, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => rng.integer(0, 255));
}

function append(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

function shorten(packet: Uint8Array): string {
  const text = toHex(packet.subarray(0, MAX_SHOWN_BYTES));
  return packet.length > MAX_SHOWN_BYTES ? `${text}... ${packet.length} bytes` : text;
}
