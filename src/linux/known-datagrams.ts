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
  readonly #byVrid: (Known | undefined)[] = [];

  find(packet: Uint8Array): ReceivedDatagram | undefined {
    const known = this.#byVrid[vridOf(packet)];
    return known !== undefined && isSame(known.packet, packet) ? known.datagram : undefined;
  }

  /** Returns the datagram with a payload that stays. */
  keep(packet: Uint8Array, datagram: ReceivedDatagram): ReceivedDatagram {
    const payload = datagram.payload.slice();
    const kept: ReceivedDatagram = { ...datagram, payload, constancy: 'kept' };
    this.#byVrid[vridOf(packet)] = { packet: packet.slice(), datagram: kept };
    return kept;
  }
}

function vridOf(packet: Uint8Array): number {
  return packet[((packet[0] ?? 0) & 0x0f) * 4 + VRID_AT] ?? 0;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = left.length - 1; at > 11; at--) if (left[at] !== right[at]) return false;
  for (let at = 0; at < 4; at++) if (left[at] !== right[at]) return false;
  for (let at = 6; at < 10; at++) if (left[at] !== right[at]) return false;
  return true;
}
