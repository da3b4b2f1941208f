import type { FrameSender } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EINVAL, sysError } from './ffi/errno.ts';
import { close, sendto } from './ffi/libc.ts';
import { highPriority, openSocket, sendBuffer } from './ffi/open-socket.ts';
import { AF_PACKET, encodeSockaddrLinkLayer } from './ffi/sockaddr.ts';
import { SOCK_RAW } from './ffi/socket-numbers.ts';

const ETHERNET_HEADER_BYTES = 14;

/** Frames with their link-layer header, on any interface, by one socket that receives nothing. */
export function openFrameSender(): FrameSender | SysError {
  const fd = openSocket({ domain: AF_PACKET, type: SOCK_RAW, protocol: 0, mode: 'non-blocking' }, [
    sendBuffer(1 << 20),
    highPriority(),
  ]);
  if (isSysError(fd)) return fd;
  let phase: 'open' | 'closed' = 'open';
  return {
    send: (interfaceIndex, frame) => {
      if (phase === 'closed') return sysError('sendto', EINVAL, 'the socket is closed');
      if (frame.length < ETHERNET_HEADER_BYTES) return sysError('sendto', EINVAL, 'no frame');
      const etherType = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
      const to = encodeSockaddrLinkLayer(interfaceIndex, etherType, frame.subarray(0, 6));
      const result = sendto(fd, frame, frame.length, 0, to, to.length);
      return result < 0 ? sysError('sendto', result) : undefined;
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      close(fd);
    },
  };
}
