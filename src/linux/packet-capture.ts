import { type MacAddress, macFromBytes } from '../base/mac.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EINTR } from './ffi/errno.ts';
import { bind, close, recvfrom } from './ffi/libc.ts';
import { MSG_TRUNC } from './ffi/message.ts';
import { encodeInt, openSocket, receiveBuffer } from './ffi/open-socket.ts';
import { AF_PACKET, encodeSockaddrLinkLayer, littleEndian } from './ffi/sockaddr.ts';
import { SOCK_RAW } from './ffi/socket-numbers.ts';

const ETHERNET_HEADER_BYTES = 14;
const framesPerTurn = 256;
const directions = ['to-us', 'broadcast', 'multicast', 'to-others', 'outgoing'] as const;

export interface CapturedFrame {
  readonly source: MacAddress;
  readonly direction: (typeof directions)[number];
  /** The whole frame with its Ethernet header; valid only during the call. */
  readonly frame: Uint8Array;
}

export interface PacketCapture {
  close(): void;
}

/** Hears every frame of one EtherType that arrives on an interface, whoever it is for. */
export function openPacketCapture(
  watcher: FdWatcher,
  options: { readonly interfaceIndex: number; readonly etherType: number },
  onFrame: (frame: CapturedFrame) => void,
): PacketCapture | SysError {
  const address = encodeSockaddrLinkLayer(options.interfaceIndex, options.etherType);
  // Protocol 0 until it is bound: nothing of other interfaces comes in between.
  const fd = openSocket({ domain: AF_PACKET, type: SOCK_RAW, protocol: 0, mode: 'non-blocking' }, [
    receiveBuffer(4 << 20),
    { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
  ]);
  if (isSysError(fd)) return fd;
  const buffer = new Uint8Array(65_536);
  const from = new Uint8Array(20);
  const fromLength = encodeInt(from.length);
  let phase: 'open' | 'closed' = 'open';

  const watch = watcher.watch(fd, () => {
    for (let count = 0; count < framesPerTurn && phase === 'open'; count++) {
      new DataView(fromLength.buffer).setInt32(0, from.length, littleEndian);
      const length = recvfrom(fd, buffer, buffer.length, MSG_TRUNC, from, fromLength);
      if (length === -EINTR) continue;
      if (length < 0) return;
      if (length < ETHERNET_HEADER_BYTES || length > buffer.length) continue;
      onFrame({
        source: macFromBytes(buffer.subarray(6, 12)),
        direction: directions[from[10] ?? 0] ?? 'to-others',
        frame: buffer.subarray(0, length),
      });
    }
  });
  if (isSysError(watch)) {
    close(fd);
    return watch;
  }
  return {
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watch.close();
      close(fd);
    },
  };
}
