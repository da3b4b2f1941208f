import { setsockopt } from './libc.ts';
import { allocateMemory } from './memory.ts';
import { littleEndian } from './sockaddr.ts';
import { SO_ATTACH_FILTER, SOL_SOCKET } from './socket-numbers.ts';

const INSTRUCTION_BYTES = 8;

/**
 * Puts a classic packet filter before a socket, in the place of the one that may be there. Answers as
 * setsockopt does. struct sock_fprog: 0 uint16 instructions, 8 their address.
 */
export function attachFilter(fd: number, program: Uint8Array): number {
  const memory = allocateMemory(program.length);
  try {
    memory.bytes.set(program);
    const descriptor = new Uint8Array(16);
    const view = new DataView(descriptor.buffer);
    view.setUint16(0, program.length / INSTRUCTION_BYTES, littleEndian);
    view.setBigUint64(8, BigInt(memory.address), littleEndian);
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, descriptor, descriptor.length);
  } finally {
    // The kernel has made a copy.
    memory.free();
  }
}
