import { type Micros, micros } from '../base/time.ts';
import { clockGettime } from './ffi/libc.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
/** Between two readings nobody slews a clock by so much; whoever sets it does. */
const TOLERANCE_US = 1000;

const [LOW_AT, HIGH_AT] = littleEndian ? [0, 4] : [4, 0];

/** struct timespec. */
const time = new Uint8Array(16);
const view = new DataView(time.buffer);

export interface Arrivals {
  /** Before what lies in a socket is taken out. */
  begin(): void;
  /** When something came that the kernel's stamp says of; undefined where that cannot be known. */
  at(stampUs: number): Micros | undefined;
}

/**
 * When packets came that are read later. The kernel stamps them with the time of day (CLOCK_REALTIME),
 * which may be set anew while they lie there: then their stamps mean nothing.
 */
export function createArrivals(read: (clock: number) => number = readClockUs): Arrivals {
  let offsetUs: number | undefined;
  let readAtUs = 0;
  let trust: 'trusted' | 'doubted' = 'doubted';
  return {
    begin: () => {
      const before = offsetUs;
      const wallUs = read(CLOCK_REALTIME);
      readAtUs = read(CLOCK_MONOTONIC);
      offsetUs = wallUs - readAtUs;
      const isSteady = before !== undefined && Math.abs(offsetUs - before) <= TOLERANCE_US;
      trust = isSteady ? 'trusted' : 'doubted';
    },
    at: (stampUs) => {
      if (trust === 'doubted' || offsetUs === undefined) return undefined;
      return micros(Math.min(stampUs - offsetUs, readAtUs));
    },
  };
}

function readClockUs(clock: number): number {
  clockGettime(clock, time);
  return timespecUs(view, 0);
}

/** Microseconds of a struct timespec. */
export function timespecUs(from: DataView, at: number): number {
  const low = from.getUint32(at + LOW_AT, littleEndian);
  const high = from.getInt32(at + HIGH_AT, littleEndian);
  const nanoseconds = from.getUint32(at + 8 + LOW_AT, littleEndian);
  return (high * 0x1_0000_0000 + low) * 1_000_000 + Math.floor(nanoseconds / 1000);
}
