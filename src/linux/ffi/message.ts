import { recvmsg, sendmsg } from './libc.ts';
import { allocateMemory } from './memory.ts';
import { littleEndian } from './sockaddr.ts';

/*
 * struct msghdr and struct iovec of a 64-bit machine, in front of what they point to:
 *
 *      0  void *msg_name      8  uint32_t msg_namelen
 *     16  iovec *msg_iov     24  size_t msg_iovlen
 *     32  void *msg_control  40  size_t msg_controllen
 *     48  int msg_flags
 *     56  void *iov_base     64  size_t iov_len
 */
const HEADER_BYTES = 72;
const CONTROL_HEADER_BYTES = 16;

export const MSG_CTRUNC = 8;
export const MSG_TRUNC = 0x20;

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** One reusable message for sendmsg and recvmsg; what it receives is valid until it is used again. */
export interface MessageBuffer {
  receive(fd: number, flags: number): number;
  /** MSG_TRUNC, MSG_CTRUNC of what came last. */
  flags(): number;
  name(): Uint8Array;
  data(lengthBytes: number): Uint8Array;
  controls(): ControlMessage[];
  send(
    fd: number,
    message: {
      readonly name: Uint8Array;
      readonly data: Uint8Array;
      readonly controls: readonly ControlMessage[];
    },
    flags: number,
  ): number;
  free(): void;
}

export function allocateMessage(sizes: {
  readonly name: number;
  readonly control: number;
  readonly data: number;
}): MessageBuffer {
  const nameAt = HEADER_BYTES;
  const controlAt = align8(nameAt + sizes.name);
  const dataAt = align8(controlAt + sizes.control);
  const memory = allocateMemory(dataAt + sizes.data);
  const { view, bytes, address } = memory;
  const word = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), littleEndian);
  };
  const prepare = (name: number, control: number, data: number): void => {
    word(0, name === 0 ? 0 : address + nameAt);
    view.setUint32(8, name, littleEndian);
    word(16, address + 56);
    word(24, 1);
    word(32, control === 0 ? 0 : address + controlAt);
    word(40, control);
    view.setInt32(48, 0, littleEndian);
    word(56, address + dataAt);
    word(64, data);
  };
  const controlLength = () => Number(view.getBigUint64(40, littleEndian));

  return {
    receive: (fd, flags) => {
      prepare(sizes.name, sizes.control, sizes.data);
      return recvmsg(fd, address, flags);
    },
    flags: () => view.getInt32(48, littleEndian),
    name: () => bytes.subarray(nameAt, nameAt + view.getUint32(8, littleEndian)),
    data: (lengthBytes) => bytes.subarray(dataAt, dataAt + Math.min(lengthBytes, sizes.data)),
    controls: () => {
      const end = controlAt + Math.min(controlLength(), sizes.control);
      return readControlMessages(bytes, view, controlAt, end);
    },
    send: (fd, message, flags) => {
      if (message.data.length > sizes.data) return -90; // EMSGSIZE
      let at = controlAt;
      for (const { level, type, data } of message.controls) {
        word(at, CONTROL_HEADER_BYTES + data.length);
        view.setInt32(at + 8, level, littleEndian);
        view.setInt32(at + 12, type, littleEndian);
        bytes.set(data, at + CONTROL_HEADER_BYTES);
        at = align8(at + CONTROL_HEADER_BYTES + data.length);
      }
      bytes.set(message.name, nameAt);
      bytes.set(message.data, dataAt);
      prepare(message.name.length, at - controlAt, message.data.length);
      return sendmsg(fd, address, flags);
    },
    free: memory.free,
  };
}

/** Those that lie one after the other in `bytes`, which `view` shows as well. */
export function readControlMessages(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  end: number,
): ControlMessage[] {
  const found: ControlMessage[] = [];
  for (let at = from; at + CONTROL_HEADER_BYTES <= end; ) {
    const length = Number(view.getBigUint64(at, littleEndian));
    if (length < CONTROL_HEADER_BYTES || at + length > end) break;
    found.push({
      level: view.getInt32(at + 8, littleEndian),
      type: view.getInt32(at + 12, littleEndian),
      data: bytes.subarray(at + CONTROL_HEADER_BYTES, at + length),
    });
    at += align8(length);
  }
  return found;
}

function align8(size: number): number {
  return (size + 7) & ~7;
}
