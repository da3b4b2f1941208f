import { type IpAddress, ipToBytes } from '../../../base/ip.ts';
import type { LiveServer } from '../live.ts';

/** Points of a server on the ring for each unit of its weight. */
const POINTS = 16;

/** The words of the address in network order, one upon the other: as HAProxy finds IPv4 clients. */
export function hashOfAddress(ip: IpAddress): number {
  const bytes = ipToBytes(ip);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) hash ^= view.getUint32(at);
  return hash >>> 0;
}

/** sdbm, the usual hash of text here. */
export function hashOfText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++)
    hash = (text.charCodeAt(index) + (hash << 6) + (hash << 16) - hash) | 0;
  return hash >>> 0;
}

/** Spreads neighbours over all 32 bits. */
export function spread(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Whoever comes or goes moves its own share only. */
export class Ring {
  readonly #points: readonly { readonly at: number; readonly server: LiveServer }[];

  constructor(servers: readonly LiveServer[]) {
    this.#points = servers
      .flatMap((server) =>
        Array.from({ length: server.userWeight * POINTS }, (_, index) => ({
          at: spread(Math.imul(server.config.id, 0x9e3779b1) + index),
          server,
        })),
      )
      .sort((a, b) => a.at - b.at || a.server.config.id - b.server.config.id);
  }

  find(hash: number): LiveServer | undefined {
    const wanted = spread(hash);
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#points[middle]?.at ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return (this.#points[low] ?? this.#points[0])?.server;
  }
}
