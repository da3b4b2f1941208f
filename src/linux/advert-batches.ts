import type { DatagramListener, ReceivedDatagram } from '../ports/network.ts';
import { timespecUs } from './arrivals.ts';
import type { ReadTime } from './crowded-reader.ts';
import { EINTR } from './ffi/errno.ts';
import type { DatagramBatch } from './ffi/receive-many.ts';
import { Repetitions } from './repetitions.ts';

/** More than lies in a socket. */
const DATAGRAMS_PER_TURN = 2048;
/** Of those that are not known: all that a master of all VRIDs says. */
const STRANGE_PER_TURN = 256;

export interface AdvertBatchesParts {
  readonly fd: number;
  readonly batch: DatagramBatch;
  /** What was made of an equal one before. */
  find(index: number, length: number): ReceivedDatagram | undefined;
  decode(index: number, length: number): ReceivedDatagram | undefined;
  readonly onDatagram: DatagramListener;
  /** A callback may close the socket. */
  isOpen(): boolean;
}

/** Reads what lies in a socket for adverts, and says how many datagrams that were. */
export function createAdvertBatches(parts: AdvertBatchesParts): (when: ReadTime) => number {
  const { fd, batch, find, decode, onDatagram, isOpen } = parts;
  const repetitions = new Repetitions((datagram, late) => {
    if (isOpen()) onDatagram(datagram, late);
  });
  let strange = 0;

  function take(index: number, when: ReadTime): void {
    const length = batch.size(index);
    if (length === undefined) return;
    const again = find(index, length);
    if (again === undefined) strange++;
    const datagram = again ?? decode(index, length);
    if (datagram === undefined) return;
    const stampAt = when === 'late' ? batch.stampOffset(index) : undefined;
    if (stampAt === undefined) {
      repetitions.flush();
      onDatagram(datagram);
      return;
    }
    const stampUs = timespecUs(batch.view, stampAt);
    if (again === undefined) repetitions.pass(datagram, stampUs);
    else repetitions.note(datagram, stampUs);
  }

  return (when) => {
    if (when === 'late') repetitions.begin();
    let total = 0;
    strange = 0;
    while (total < DATAGRAMS_PER_TURN && strange < STRANGE_PER_TURN && isOpen()) {
      const count = batch.receive(fd);
      if (count === -EINTR) continue;
      if (count <= 0) break;
      total += count;
      for (let index = 0; index < count && isOpen(); index++) take(index, when);
      if (count < batch.countMax) break;
    }
    repetitions.flush();
    return total;
  };
}
