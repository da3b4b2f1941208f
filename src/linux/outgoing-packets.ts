/**
 * IPv4 packets with a header of our own, put together once: of those that a master sends ten times a
 * second only the number changes.
 */
import { isMulticast } from '../base/ip.ts';
import type { OutgoingDatagram } from '../ports/network.ts';
import { encodeIpv4Header } from '../wire/ipv4.ts';
import { encodeSockaddrIn } from './ffi/sockaddr.ts';
import { MSG_DONTROUTE } from './ffi/socket-numbers.ts';

const IPPROTO_VRRP = 112;
/** Internetwork control (RFC 791), as RFC 9568 leaves to the implementation and keepalived has it. */
const TOS = 0xc0;
const IDENTIFICATION_AT = 4;

export interface OutgoingPacket {
  readonly packet: Uint8Array;
  /** struct sockaddr_in. */
  readonly to: Uint8Array;
  /** Of sendto. */
  readonly flags: number;
}

interface Prepared extends OutgoingPacket {
  readonly datagram: OutgoingDatagram;
}

export class OutgoingPackets {
  readonly #byPdu = new WeakMap<Uint8Array, Prepared>();
  #identification = 0;

  /** Valid until the same PDU is asked for again. The kernel reckons the header's checksum (raw(7)). */
  next(datagram: OutgoingDatagram): OutgoingPacket {
    const before = this.#byPdu.get(datagram.pdu);
    const prepared =
      before !== undefined && isSame(before.datagram, datagram) ? before : this.#prepare(datagram);
    // The kernel would put a number of its own in the place of 0.
    this.#identification = (this.#identification % 0xffff) + 1;
    prepared.packet[IDENTIFICATION_AT] = this.#identification >> 8;
    prepared.packet[IDENTIFICATION_AT + 1] = this.#identification;
    return prepared;
  }

  #prepare(datagram: OutgoingDatagram): Prepared {
    const { pdu, source, destination, ttl } = datagram;
    const header = encodeIpv4Header({
      source,
      destination,
      ttl,
      tos: TOS,
      identification: 0,
      protocol: IPPROTO_VRRP,
      payloadLength: pdu.length,
    });
    const packet = new Uint8Array(header.length + pdu.length);
    packet.set(header);
    packet.set(pdu, header.length);
    const to = encodeSockaddrIn(destination);
    const flags = isMulticast(destination) ? MSG_DONTROUTE : 0;
    const prepared = { datagram, packet, to, flags };
    this.#byPdu.set(pdu, prepared);
    return prepared;
  }
}

function isSame(left: OutgoingDatagram, right: OutgoingDatagram): boolean {
  if (left === right) return true;
  return (
    left.source === right.source && left.destination === right.destination && left.ttl === right.ttl
  );
}
