/** What things are called in the table, and which connections belong to which server. */
import type { ServerId, ServiceId } from '../plane.ts';

/** Sets and chains that are there once. */
export const SHARED = {
  services4: 'services4',
  services6: 'services6',
  anyPort4: 'any_port4',
  anyPort6: 'any_port6',
  marks: 'marks',
  /** What has ports. */
  transports: 'transports',
  /** Servers with a port of their own, and those that get the packet's. */
  endpoints4: 'endpoints4',
  endpoints6: 'endpoints6',
  hosts4: 'hosts4',
  hosts6: 'hosts6',
  trafficIn: 'traffic_in',
  trafficOut: 'traffic_out',
  /** Networks of this host, each with itself: both ends of a packet are on one. */
  onLink4: 'on_link4',
  onLink6: 'on_link6',
} as const;

export const TIMEOUTS = { tcp: 'tcp_timeouts', udp: 'udp_timeouts' } as const;

/** The chain of a service, in letters that the program nft reads: `tcp-192.0.2.100-80`. */
export function chainOf(service: ServiceId): string {
  return service.replace(/[[\]]/g, '').replace(/[ :]/g, '-');
}

export function slotsOf(service: ServiceId): string {
  return `slots-${chainOf(service)}`;
}

export function clientsOf(service: ServiceId): string {
  return `clients-${chainOf(service)}`;
}

/** Of the 16 bytes of a connection's label we use the last eight; others may use the rest. */
export const LABEL_MASK = '0000000000000000ffffffffffffffff';

/**
 * The label of the connections to one server of one service, as 32 hexadecimal digits. It follows from
 * the names alone, so that a new process, or a server that comes back, knows its connections again.
 * Two of ten thousand are equal with a chance of 1 to 10^11.
 */
export function labelOf(service: ServiceId, server: ServerId): string {
  const text = `${service} ${server}`;
  return `${'0'.repeat(16)}${hash(text, 0x9e3779b9)}${hash(text, 0x85ebca6b)}`;
}

/** MurmurHash3's mixing, over 16-bit characters; eight digits, never all zero. */
function hash(text: string, seed: number): string {
  let state = seed;
  for (let at = 0; at < text.length; at++) {
    const mixed = Math.imul(text.charCodeAt(at) * 0x10001, 0xcc9e2d51);
    state ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    state = Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64;
  }
  return finish(state ^ text.length)
    .toString(16)
    .padStart(8, '0');
}

/** Spreads every bit over all 32. */
export function finish(value: number): number {
  let state = value;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) | 0) >>> 0 || 1;
}
