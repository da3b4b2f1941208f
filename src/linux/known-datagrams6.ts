/** What was made of the packets that were heard last over IPv6; see known-datagrams.ts. */
import type { ReceivedDatagram } from '../ports/network.ts';
import type { DatagramBatch } from './ffi/receive-many.ts';

interface Known {
  /** From whom, and how it came: the control messages but for the time stamp. */
  readonly name: Uint8Array;
  readonly controls: Uint8Array;
  readonly payload: Uint8Array;
  readonly datagram: ReceivedDatagram;
}

/** The second byte of an advert is its VRID. */
const VRID_AT = 1;
/** struct sockaddr_in6, of which the sender's port and flow are always 0. */
const NAME_BYTES = 28;

export class KnownDatagrams6 {
  readonly #batch: DatagramBatch;
  readonly #byVrid: (Known | undefined)[] = new Array(256).fill(undefined);

  constructor(batch: DatagramBatch) {
    this.#batch = batch;
  }

  /** Looks at one of the batch, `length` bytes long, and makes nothing of it. */
  find(index: number, length: number): ReceivedDatagram | undefined {
    const { bytes, controlEnd, controlOffset, nameOffset, offset } = this.#batch;
    const at = offset(index);
    const known = this.#byVrid[length > VRID_AT ? (bytes[at + VRID_AT] ?? 0) : 0];
    if (known === undefined || known.payload.length !== length) return undefined;
    const controls = controlOffset(index);
    if (controlEnd(index) - controls !== known.controls.length) return undefined;
    return isSame(known.payload, bytes, at) &&
      isSame(known.controls, bytes, controls) &&
      isSame(known.name, bytes, nameOffset(index))
      ? known.datagram
      : undefined;
  }

  /** Returns the datagram with a payload that stays. */
  keep(index: number, datagram: ReceivedDatagram): ReceivedDatagram {
    const { bytes, controlEnd, controlOffset, nameOffset } = this.#batch;
    const payload = datagram.payload.slice();
    const kept: ReceivedDatagram = { ...datagram, payload, constancy: 'kept' };
    const name = nameOffset(index);
    this.#byVrid[payload[VRID_AT] ?? 0] = {
      name: bytes.slice(name, name + NAME_BYTES),
      controls: bytes.slice(controlOffset(index), controlEnd(index)),
      payload,
      datagram: kept,
    };
    return kept;
  }
}

function isSame(known: Uint8Array, buffer: Uint8Array, from: number): boolean {
  for (let at = known.length - 1; at >= 0; at--) {
    if (known[at] !== buffer[from + at]) return false;
  }
  return true;
}
