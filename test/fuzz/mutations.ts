import type { Rng } from '../../src/base/rng.ts';

/** What packets are made from: those of one decoder, and what any decoder takes. */
export interface MutationSeeds {
  readonly own: readonly Uint8Array[];
  readonly all: readonly Uint8Array[];
}

type Mutation = (rng: Rng, packet: Uint8Array, all: readonly Uint8Array[]) => Uint8Array;

const RANDOM_BYTES_MAX = 300;
const INTERESTING = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
/** Lengths, in bytes, that lie where a field of two or four bytes tells one. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 20, 0x7fff, 0x8000, 0xfffc, 0xffff];

/** Those that keep the length come first, as what is behind a damaged length is seldom read. */
const MUTATIONS: readonly Mutation[] = [
  changeByte,
  changeByte,
  flipBit,
  flipBit,
  changeWord,
  swapBytes,
  truncate,
  extend,
  remove,
  repeat,
  splice,
];

/** One in ten is random, one in ten as it was, and the rest mutated some times. */
export function makePacket(rng: Rng, { own, all }: MutationSeeds): Uint8Array {
  const way = rng.next();
  if (way < 0.1) return randomBytes(rng, rng.integer(0, RANDOM_BYTES_MAX));
  let packet: Uint8Array = rng.pick(own).slice();
  if (way < 0.2) return packet;
  for (let round = rng.integer(1, 5); round > 0; round--) {
    packet = rng.pick(MUTATIONS)(rng, packet, all);
  }
  return packet;
}

function changeByte(rng: Rng, packet: Uint8Array): Uint8Array {
  if (packet.length === 0) return packet;
  const at = position(rng, packet);
  const kind = rng.integer(0, 2);
  if (kind === 0) packet[at] = rng.integer(0, 255);
  else if (kind === 1) packet[at] = rng.pick(INTERESTING);
  else packet[at] = (packet[at] ?? 0) + rng.integer(-4, 4);
  return packet;
}

function flipBit(rng: Rng, packet: Uint8Array): Uint8Array {
  if (packet.length === 0) return packet;
  const at = position(rng, packet);
  packet[at] = (packet[at] ?? 0) ^ (1 << rng.integer(0, 7));
  return packet;
}

/** A length of two or four bytes, in either order, that is wrong by little or by much. */
function changeWord(rng: Rng, packet: Uint8Array): Uint8Array {
  if (packet.length < 4) return packet;
  const at = rng.integer(0, packet.length - 4);
  const value = rng.chance(0.5) ? rng.pick(LENGTHS) : packet.length - at + rng.integer(-4, 4);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const littleEndian = rng.chance(0.5);
  if (rng.chance(0.5)) view.setUint16(at, value, littleEndian);
  else view.setUint32(at, rng.chance(0.2) ? -1 - value : value, littleEndian);
  return packet;
}

function swapBytes(rng: Rng, packet: Uint8Array): Uint8Array {
  if (packet.length === 0) return packet;
  const left = position(rng, packet);
  const right = position(rng, packet);
  const byte = packet[left] ?? 0;
  packet[left] = packet[right] ?? 0;
  packet[right] = byte;
  return packet;
}

function truncate(rng: Rng, packet: Uint8Array): Uint8Array {
  return packet.slice(0, rng.integer(0, packet.length));
}

function extend(rng: Rng, packet: Uint8Array): Uint8Array {
  return join(packet, randomBytes(rng, rng.integer(1, RANDOM_BYTES_MAX)));
}

function remove(rng: Rng, packet: Uint8Array): Uint8Array {
  const { start, end } = range(rng, packet);
  return join(packet.subarray(0, start), packet.subarray(end));
}

/** A part of it once more, as where an attribute comes twice. */
function repeat(rng: Rng, packet: Uint8Array): Uint8Array {
  const { start, end } = range(rng, packet);
  return join(packet.subarray(0, end), packet.subarray(start));
}

/** Goes on as another packet does. */
function splice(rng: Rng, packet: Uint8Array, all: readonly Uint8Array[]): Uint8Array {
  const other = rng.pick(all);
  const cut = rng.integer(0, packet.length);
  return join(packet.subarray(0, cut), other.subarray(rng.integer(0, other.length)));
}

function position(rng: Rng, packet: Uint8Array): number {
  return rng.integer(0, packet.length - 1);
}

function range(rng: Rng, { length }: Uint8Array): { start: number; end: number } {
  const start = rng.integer(0, length);
  return { start, end: rng.integer(start, Math.min(length, start + 32)) };
}

function randomBytes(rng: Rng, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = rng.integer(0, 255);
  return bytes;
}

export function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
