import type { IpAddress } from '../../src/base/ip.ts';
import { close, sendto } from '../../src/linux/ffi/libc.ts';
import { openSocket } from '../../src/linux/ffi/open-socket.ts';
import { encodeSockaddrIn } from '../../src/linux/ffi/sockaddr.ts';
import { SOCK_RAW } from '../../src/linux/ffi/socket-numbers.ts';
import { isSysError, type SysError } from '../../src/ports/sys-error.ts';

const AF_INET = 2;
const IPPROTO_SCTP = 132;

/** Sends the first packet of an association, from a kernel that need not know the protocol. */
export function sctpInit(to: IpAddress, port: number): SysError | 'sent' {
  const kind = { domain: AF_INET, type: SOCK_RAW, protocol: IPPROTO_SCTP } as const;
  const fd = openSocket({ ...kind, mode: 'non-blocking' }, []);
  if (isSysError(fd)) return fd;
  const packet = new Uint8Array(32);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 40_000);
  view.setUint16(2, port);
  // INIT, its length, initiate tag, window, streams out and in, first number.
  view.setUint8(12, 1);
  view.setUint16(14, 20);
  view.setUint32(16, 0x12345678);
  view.setUint32(20, 65_536);
  view.setUint16(24, 1);
  view.setUint16(26, 1);
  view.setUint32(28, 1);
  view.setUint32(8, crc32c(packet), true);
  const address = encodeSockaddrIn(to);
  const result = sendto(fd, packet, packet.length, 0, address, address.length);
  close(fd);
  if (result < 0) throw new Error(`sendto: ${result}`);
  return 'sent';
}

function crc32c(bytes: Uint8Array): number {
  let state = 0xffffffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1;
  }
  return ~state >>> 0;
}
