import type { IpAddress } from '../base/ip.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AddressClaim, ClaimWatch, WatchedInterface } from '../ports/neighbour-watch.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeArp } from '../wire/arp.ts';
import { ETHERTYPE_ARP } from '../wire/ethernet.ts';
import { encodeArpClaimFilter } from '../wire/packet-filter.ts';
import { EINTR } from './ffi/errno.ts';
import { bind, recv } from './ffi/libc.ts';
import { openSocket, receiveBuffer } from './ffi/open-socket.ts';
import { AF_PACKET, encodeSockaddrLinkLayer } from './ffi/sockaddr.ts';
import { attachFilter } from './ffi/socket-filter.ts';
import { SOCK_RAW } from './ffi/socket-numbers.ts';
import { openPacedReader } from './paced-reader.ts';

/** Some thousand frames with the kernel's own bookkeeping. */
const BUFFER_BYTES = 512 * 1024;
const UNSPECIFIED = '0.0.0.0' as IpAddress;

/** A frame is looked at before the next one is read. */
const received = new Uint8Array(2048);

/** Claims by ARP; the kernel drops everything else before it costs us anything. */
export function openArpClaims(
  watcher: FdWatcher,
  { interfaceIndex, onFlood }: WatchedInterface,
  onClaim: (claim: AddressClaim) => void,
): ClaimWatch | SysError {
  const address = encodeSockaddrLinkLayer(interfaceIndex, ETHERTYPE_ARP);
  // Protocol 0 until it is bound: nothing comes in that the filter has not seen.
  const fd = openSocket({ domain: AF_PACKET, type: SOCK_RAW, protocol: 0, mode: 'non-blocking' }, [
    receiveBuffer(BUFFER_BYTES),
    {
      call: 'setsockopt(SO_ATTACH_FILTER)',
      need: 'required',
      run: (each) => attachFilter(each, encodeArpClaimFilter([])),
    },
    { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
  ]);
  if (isSysError(fd)) return fd;

  const reader = openPacedReader(watcher, fd, {
    onFlood,
    readOne: () => {
      const length = recv(fd, received, received.length, 0);
      if (length < 0) return length === -EINTR ? 'read' : 'empty';
      const packet = decodeArp(received.subarray(0, length));
      // A probe claims nothing.
      if (packet.ok && packet.value.senderAddress !== UNSPECIFIED) {
        onClaim({ address: packet.value.senderAddress, mac: packet.value.senderMac });
      }
      return 'read';
    },
  });
  if (isSysError(reader)) return reader;
  let phase: 'open' | 'closed' = 'open';
  return {
    expect: (addresses) => {
      // Where the kernel has no room for another program, the one before stays.
      if (phase === 'open') attachFilter(fd, encodeArpClaimFilter(addresses));
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      reader.close();
    },
  };
}
