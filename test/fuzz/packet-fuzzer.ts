import { toHex } from '../../src/base/hex.ts';
import { createRng } from '../../src/base/rng.ts';
import { type Decoders, decodersOf, type FuzzedDecoder } from './decoders.ts';
import { type MutationSeeds, makePacket } from './mutations.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Told every million packets. */
  readonly onProgress?: (done: number, report: FuzzReport) => void;
}

export interface DecoderTally {
  /** Packets that were made of its own; it gets those of others of its origin too. */
  made: number;
  given: number;
  accepted: number;
  /** The reasons, with how often each came out. */
  readonly refused: Map<string, number>;
  totalNs: number;
  /** The least of four tries: what is left is the packet's, not the machine's. */
  slowestNs: number;
  /** The packet that took longest, in hexadecimal. */
  slowest: string;
}

export interface PacketFailure {
  readonly decoder: string;
  readonly packet: string;
  readonly error: string;
}

export interface FuzzReport {
  packets: number;
  readonly decoders: Readonly<Record<string, DecoderTally>>;
  /** Exceptions, and what takes longer than a second whenever it is tried; the first of them. */
  readonly failures: PacketFailure[];
  failed: number;
}

const SLOW_NS = 1e9;
const TRIES = 3;
const SHOWN_FAILURES_MAX = 20;
const SHOWN_BYTES_MAX = 64;
const PROGRESS_PACKETS = 1_000_000;

interface Target {
  readonly name: string;
  readonly decoder: FuzzedDecoder;
  readonly seeds: MutationSeeds;
  readonly tally: DecoderTally;
  /** It, and all others that read what comes from the same origin. */
  readonly group: readonly Target[];
}

/**
 * Makes packets, each of one decoder's, and gives each to every decoder that reads what comes from there;
 * equal options, equal packets.
 */
export function fuzzPackets({ seed, count, onProgress }: FuzzOptions): FuzzReport {
  const rng = createRng(seed);
  const targets = createTargets();
  const tallies = Object.fromEntries(targets.map(({ name, tally }) => [name, tally]));
  const report: FuzzReport = { packets: 0, decoders: tallies, failures: [], failed: 0 };
  while (report.packets < count) {
    const target = rng.pick(targets);
    target.tally.made++;
    const packet = makePacket(rng, target.seeds);
    for (const each of target.group) decode(each, packet, report);
    report.packets++;
    if (report.packets % PROGRESS_PACKETS === 0) onProgress?.(report.packets, report);
  }
  return report;
}

function createTargets(): Target[] {
  const groups = Object.values(decodersOf);
  const all = groups.flatMap((group) => Object.values(group).flatMap(seedsOf));
  return groups.flatMap((group) => createGroup(group, all));
}

function createGroup(decoders: Decoders, all: readonly Uint8Array[]): Target[] {
  const group: Target[] = [];
  for (const [name, decoder] of Object.entries(decoders)) {
    const seeds = { own: seedsOf(decoder), all };
    group.push({ name, decoder, seeds, group, tally: createTally() });
  }
  return group;
}

function seedsOf({ valid, strange = [] }: FuzzedDecoder): Uint8Array[] {
  return [...valid, ...strange];
}

function createTally(): DecoderTally {
  const times = { totalNs: 0, slowestNs: 0, slowest: '' };
  return { made: 0, given: 0, accepted: 0, refused: new Map(), ...times };
}

function decode({ name, decoder, tally }: Target, packet: Uint8Array, report: FuzzReport): void {
  tally.given++;
  const started = process.hrtime.bigint();
  let reason: string | undefined;
  try {
    const decoded = decoder.decode(packet);
    if (!decoded.ok) reason = decoded.reason;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    fail(report, { decoder: name, packet: toHex(packet), error: text });
    return;
  }
  const elapsed = Number(process.hrtime.bigint() - started);
  tally.totalNs += elapsed;
  if (reason === undefined) tally.accepted++;
  else tally.refused.set(reason, (tally.refused.get(reason) ?? 0) + 1);
  if (elapsed <= tally.slowestNs) return;
  const slowest = Math.min(
    elapsed,
    fastestOf(TRIES, () => decoder.decode(packet)),
  );
  if (slowest > SLOW_NS) {
    const error = `${(slowest / 1e9).toFixed(1)} s`;
    fail(report, { decoder: name, packet: toHex(packet), error });
  }
  if (slowest <= tally.slowestNs) return;
  tally.slowestNs = slowest;
  tally.slowest = shorten(packet);
}

function fail(report: FuzzReport, failure: PacketFailure): void {
  report.failed++;
  if (report.failures.length < SHOWN_FAILURES_MAX) report.failures.push(failure);
}

/** Nanoseconds of the fastest of some runs. */
function fastestOf(runs: number, run: () => unknown): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < runs; round++) {
    const started = process.hrtime.bigint();
    run();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - started));
  }
  return fastest;
}

function shorten(packet: Uint8Array): string {
  const text = toHex(packet.subarray(0, SHOWN_BYTES_MAX));
  return packet.length > SHOWN_BYTES_MAX ? `${text}... ${packet.length} bytes` : text;
}
