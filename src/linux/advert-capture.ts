import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { encodeFilter } from '../wire/packet-filter.ts';
import { EINTR } from './ffi/errno.ts';
import { bind, close, recv, setsockopt } from './ffi/libc.ts';
import { openSocket } from './ffi/open-socket.ts';
import { AF_PACKET, encodeSockaddrLinkLayer, littleEndian } from './ffi/sockaddr.ts';
import { attachFilter } from './ffi/socket-filter.ts';
import { SOCK_RAW } from './ffi/socket-numbers.ts';

const VRRP_PROTOCOL = 112;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_MR_MULTICAST = 0;
const MAC_BYTES = 6;
const ETHERNET_HEADER_BYTES = 14;
const LOAD_BYTE = 0x30;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const WHOLE_FRAME = 0x4_0000;
const PACKETS_PER_TURN = 64;

/** EtherType, where the header names the protocol, and the hardware address of the group. */
const FAMILIES = {
  4: { etherType: 0x0800, protocolAt: 23, group: [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12] },
  6: { etherType: 0x86dd, protocolAt: 20, group: [0x33, 0x33, 0x00, 0x00, 0x00, 0x12] },
} as const;

/**
 * Hears what VRRP comes in on an interface, whoever it is for, before any rule of a firewall. The
 * packet begins with its IP header and is valid during the call only.
 */
export function openAdvertCapture(
  watcher: FdWatcher,
  options: { readonly interfaceIndex: number; readonly family: 4 | 6 },
  onPacket: (packet: Uint8Array) => void,
): { close(): void } | SysError {
  const { etherType, protocolAt, group } = FAMILIES[options.family];
  const address = encodeSockaddrLinkLayer(options.interfaceIndex, etherType);
  const filter = encodeFilter([
    [LOAD_BYTE, 0, 0, protocolAt],
    [JUMP_IF_EQUAL, 0, 1, VRRP_PROTOCOL],
    [RETURN, 0, 0, WHOLE_FRAME],
    [RETURN, 0, 0, 0],
  ]);
  const membership = encodeMembership(options.interfaceIndex, group);
  // Protocol 0 until it is bound: nothing comes in that the filter has not seen.
  const fd = openSocket({ domain: AF_PACKET, type: SOCK_RAW, protocol: 0, mode: 'non-blocking' }, [
    { call: 'setsockopt', need: 'required', run: (each) => attachFilter(each, filter) },
    {
      ...{ call: 'setsockopt', need: 'optional' },
      run: (each) =>
        setsockopt(each, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, membership.length),
    },
    { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
  ]);
  if (isSysError(fd)) return fd;
  const buffer = new Uint8Array(65_536);
  const watch = watcher.watch(fd, () => {
    for (let count = 0; count < PACKETS_PER_TURN; count++) {
      const length = recv(fd, buffer, buffer.length, 0);
      if (length === -EINTR) continue;
      if (length < 0) return;
      if (length > ETHERNET_HEADER_BYTES) onPacket(buffer.subarray(ETHERNET_HEADER_BYTES, length));
    }
  });
  if (isSysError(watch)) {
    close(fd);
    return watch;
  }
  return {
    close: () => {
      watch.close();
      close(fd);
    },
  };
}

/** struct packet_mreq: 0 int ifindex, 4 uint16 type, 6 uint16 length, 8 eight bytes of address. */
function encodeMembership(interfaceIndex: number, mac: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, interfaceIndex, littleEndian);
  view.setUint16(4, PACKET_MR_MULTICAST, littleEndian);
  view.setUint16(6, MAC_BYTES, littleEndian);
  bytes.set(mac, 8);
  return bytes;
}
