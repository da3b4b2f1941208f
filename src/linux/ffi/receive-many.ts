import { recvmmsg } from './libc.ts';
import { allocateMemory } from './memory.ts';
import { MSG_TRUNC } from './message.ts';
import { littleEndian } from './sockaddr.ts';
import { SO_TIMESTAMPNS, SOL_SOCKET } from './socket-numbers.ts';

/*
 * struct mmsghdr of a 64-bit machine: a struct msghdr (message.ts), then at 56 the length of what came.
 * struct iovec: the address, then at 8 the length. A control message has 16 bytes of its own in front.
 */
const HEADER_BYTES = 64;
const IOVECS_BYTES = 32;
const CONTROL_HEADER_BYTES = 16;
const STAMP_BYTES = 32;
/**
 * What most datagrams fit into. They lie close together, so that reading many of them does not go
 * through memory by pages; of longer ones the rest lies elsewhere.
 */
const HEAD_BYTES = 256;

/** Takes many datagrams out of a socket in one call; what it has is valid until the next one. */
export interface DatagramBatch {
  readonly countMax: number;
  /** How many came, or the errno as a negative number. */
  receive(fd: number): number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where in it a datagram begins. */
  offset(index: number): number;
  /** Undefined where the datagram was longer than a slot. */
  size(index: number): number | undefined;
  /** Where the sender's address begins, of as many bytes as were asked for. */
  nameOffset(index: number): number;
  /** Where a struct timespec lies that says when it came; undefined where it was not stamped. */
  stampOffset(index: number): number | undefined;
  /** Where the other control messages begin and end. */
  controlOffset(index: number): number;
  controlEnd(index: number): number;
}

export interface DatagramBatchSizes {
  readonly countMax: number;
  readonly slotBytes: number;
  /** Of the senders' addresses. */
  readonly nameBytes?: number;
  /** Of all control messages of a datagram; a multiple of 8. */
  readonly controlBytes?: number;
}

export function allocateDatagramBatch({
  countMax,
  slotBytes,
  nameBytes = 0,
  controlBytes = 0,
}: DatagramBatchSizes): DatagramBatch {
  const headBytes = Math.min(HEAD_BYTES, slotBytes);
  const nameRoom = (nameBytes + 7) & ~7;
  const iovecsAt = countMax * HEADER_BYTES;
  const namesAt = iovecsAt + countMax * IOVECS_BYTES;
  const controlsAt = namesAt + countMax * nameRoom;
  const headsAt = controlsAt + countMax * controlBytes;
  const slotsAt = headsAt + countMax * headBytes;
  const { address, bytes, view } = allocateMemory(slotsAt + countMax * slotBytes);
  const word = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), littleEndian);
  };
  const lowAt = littleEndian ? 0 : 4;
  const length = (at: number): number => view.getUint32(at + lowAt, littleEndian);
  for (let index = 0; index < countMax; index++) {
    const header = index * HEADER_BYTES;
    const iovecs = iovecsAt + index * IOVECS_BYTES;
    word(header, nameBytes === 0 ? 0 : address + namesAt + index * nameRoom);
    word(header + 16, address + iovecs);
    word(header + 24, 2);
    word(header + 32, controlBytes === 0 ? 0 : address + controlsAt + index * controlBytes);
    word(iovecs, address + headsAt + index * headBytes);
    word(iovecs + 8, headBytes);
    word(iovecs + 16, address + slotsAt + index * slotBytes + headBytes);
    word(iovecs + 24, slotBytes - headBytes);
  }
  const renew = (index: number): void => {
    const header = index * HEADER_BYTES;
    view.setUint32(header + 8, nameBytes, littleEndian);
    view.setUint32(header + 40 + lowAt, controlBytes, littleEndian);
  };
  for (let index = 0; index < countMax; index++) renew(index);
  /** The kernel has written there how much it has given. */
  let used = 0;

  const isStamped = (index: number): boolean => {
    const at = controlsAt + index * controlBytes;
    return (
      length(index * HEADER_BYTES + 40) >= STAMP_BYTES &&
      length(at) === STAMP_BYTES &&
      view.getInt32(at + 8, littleEndian) === SOL_SOCKET &&
      view.getInt32(at + 12, littleEndian) === SO_TIMESTAMPNS
    );
  };
  return {
    countMax,
    receive: (fd) => {
      for (let index = 0; index < used; index++) renew(index);
      const count = recvmmsg(fd, address, countMax, 0, 0);
      used = Math.max(count, 0);
      return count;
    },
    bytes,
    view,
    offset: (index) => {
      const head = headsAt + index * headBytes;
      if (view.getUint32(index * HEADER_BYTES + 56, littleEndian) <= headBytes) return head;
      const slot = slotsAt + index * slotBytes;
      bytes.copyWithin(slot, head, head + headBytes);
      return slot;
    },
    size: (index) => {
      const at = index * HEADER_BYTES;
      if ((view.getInt32(at + 48, littleEndian) & MSG_TRUNC) !== 0) return undefined;
      return view.getUint32(at + 56, littleEndian);
    },
    nameOffset: (index) => namesAt + index * nameRoom,
    stampOffset: (index) =>
      isStamped(index) ? controlsAt + index * controlBytes + CONTROL_HEADER_BYTES : undefined,
    controlOffset: (index) =>
      controlsAt + index * controlBytes + (isStamped(index) ? STAMP_BYTES : 0),
    controlEnd: (index) =>
      controlsAt + index * controlBytes + Math.min(length(index * HEADER_BYTES + 40), controlBytes),
  };
}
