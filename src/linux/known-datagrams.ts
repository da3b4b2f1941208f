/**
 * A master says the same ten times a second: what was made of a packet serves for the next one that is
 * equal to it, but for the number that the IPv4 header counts up and the checksum over it.
 */
import type { ReceivedDatagram } from '../ports/network.ts';

interface Known {
  readonly packet: Uint8Array;
  readonly datagram: ReceivedDatagram;
}

/** The second byte of an advert is its VRID. */
const VRID_AT = 1;

export class KnownDatagrams {
  readonly #byVrid: (Known | undefined)[] = new Array(256).fill(undefined);

  /** Looks at `length` bytes of `buffer` from `at` on, and makes nothing of them. */
  find(buffer: Uint8Array, at: number, length: number): ReceivedDatagram | undefined {
    const known = this.#byVrid[buffer[vridAt(buffer, at)] ?? 0];
    if (known === undefined || known.packet.length !== length) return undefined;
    return isSame(known.packet, buffer, at) ? known.datagram : undefined;
  }

  /** Returns the datagram with a payload that stays. */
  keep(packet: Uint8Array, datagram: ReceivedDatagram): ReceivedDatagram {
    const payload = datagram.payload.slice();
    const kept: ReceivedDatagram = { ...datagram, payload, constancy: 'kept' };
    this.#byVrid[packet[vridAt(packet, 0)] ?? 0] = { packet: packet.slice(), datagram: kept };
    return kept;
  }
}

function vridAt(buffer: Uint8Array, at: number): number {
  return at + ((buffer[at] ?? 0) & 0x0f) * 4 + VRID_AT;
}

function isSame(packet: Uint8Array, buffer: Uint8Array, from: number): boolean {
  for (let at = packet.length - 1; at > 11; at--) {
    if (packet[at] !== buffer[from + at]) return false;
  }
  for (let at = 0; at < 4; at++) if (packet[at] !== buffer[from + at]) return false;
  for (let at = 6; at < 10; at++) if (packet[at] !== buffer[from + at]) return false;
  return true;
}
