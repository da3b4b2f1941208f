import { recvmmsg } from './libc.ts';
import { allocateMemory } from './memory.ts';
import { MSG_TRUNC } from './message.ts';
import { littleEndian } from './sockaddr.ts';

/*
 * struct mmsghdr of a 64-bit machine: a struct msghdr (message.ts), then at 56 the length of what came.
 * struct iovec: the address, then at 8 the length.
 */
const HEADER_BYTES = 64;
const IOVEC_BYTES = 16;

/** Takes many datagrams out of a socket in one call; what it has is valid until the next one. */
export interface DatagramBatch {
  readonly countMax: number;
  /** How many came, or the errno as a negative number. */
  receive(fd: number): number;
  /** All that came, and where in it a datagram begins: at a multiple of 8. */
  readonly bytes: Uint8Array;
  offset(index: number): number;
  /** Undefined where the datagram was longer than a slot. */
  size(index: number): number | undefined;
}

/** Without the senders' addresses and without control messages: raw IPv4 has all of it in its header. */
export function allocateDatagramBatch(countMax: number, slotBytes: number): DatagramBatch {
  const iovecsAt = countMax * HEADER_BYTES;
  const dataAt = iovecsAt + countMax * IOVEC_BYTES;
  const { address, bytes, view } = allocateMemory(dataAt + countMax * slotBytes);
  const word = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), littleEndian);
  };
  for (let index = 0; index < countMax; index++) {
    word(index * HEADER_BYTES + 16, address + iovecsAt + index * IOVEC_BYTES);
    word(index * HEADER_BYTES + 24, 1);
    word(iovecsAt + index * IOVEC_BYTES, address + dataAt + index * slotBytes);
    word(iovecsAt + index * IOVEC_BYTES + 8, slotBytes);
  }
  return {
    countMax,
    receive: (fd) => recvmmsg(fd, address, countMax, 0, 0),
    bytes,
    offset: (index) => dataAt + index * slotBytes,
    size: (index) => {
      const at = index * HEADER_BYTES;
      if ((view.getInt32(at + 48, littleEndian) & MSG_TRUNC) !== 0) return undefined;
      return view.getUint32(at + 56, littleEndian);
    },
  };
}
