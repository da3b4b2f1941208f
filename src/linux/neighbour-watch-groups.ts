import { type IpAddress, ipToBytes } from '../base/ip.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { ListenerWatch, WatchedInterface } from '../ports/neighbour-watch.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeIgmpReport, IGMP_PROTOCOL } from '../wire/igmp.ts';
import { decodeIpv4 } from '../wire/ipv4.ts';
import { decodeMldReport, MLD_REPORT_V1, MLD_REPORT_V2 } from '../wire/mld.ts';
import { EINTR } from './ffi/errno.ts';
import { recv } from './ffi/libc.ts';
import { bindToDevice, encodeInt, openSocket, option, receiveBuffer } from './ffi/open-socket.ts';
import { AF_INET } from './ffi/sockaddr.ts';
import { IP_ADD_MEMBERSHIP, SOCK_RAW, SOL_IP } from './ffi/socket-numbers.ts';
import { openIcmpv6Receiver } from './icmpv6-receiver.ts';
import { openPacedReader } from './paced-reader.ts';

const BUFFER_BYTES = 64 * 1024;
/** Where reports of version 3 of IGMP and of version 2 of MLD go; earlier ones go to the group itself. */
const IGMP_ROUTERS = '224.0.0.22' as IpAddress;
const MLD_ROUTERS = 'ff02::16' as IpAddress;

type Options = WatchedInterface & { readonly group: IpAddress };
type OnListener = (host: IpAddress) => void;

const received = new Uint8Array(16_384);

export function openIgmpListeners(
  watcher: FdWatcher,
  { interfaceIndex, interfaceName, group, onFlood }: Options,
  onListener: OnListener,
): ListenerWatch | SysError {
  // struct ip_mreqn: group, local address (any), interface index.
  const membership = Uint8Array.of(
    ...ipToBytes(IGMP_ROUTERS),
    ...[0, 0, 0, 0],
    ...encodeInt(interfaceIndex),
  );
  const fd = openSocket(
    { domain: AF_INET, type: SOCK_RAW, protocol: IGMP_PROTOCOL, mode: 'non-blocking' },
    [
      bindToDevice(interfaceIndex, interfaceName),
      receiveBuffer(BUFFER_BYTES),
      { ...option(SOL_IP, IP_ADD_MEMBERSHIP, membership), call: 'IP_ADD_MEMBERSHIP' },
    ],
  );
  if (isSysError(fd)) return fd;
  // Until it was bound to the device, the socket heard other interfaces.
  while (recv(fd, received, received.length, 0) >= 0);

  return openPacedReader(watcher, fd, {
    onFlood,
    readOne: () => {
      const length = recv(fd, received, received.length, 0);
      if (length < 0) return length === -EINTR ? 'read' : 'empty';
      const packet = decodeIpv4(received.subarray(0, length));
      if (!packet.ok) return 'read';
      const groups = decodeIgmpReport(packet.value.payload);
      if (groups.ok && groups.value.includes(group)) onListener(packet.value.source);
      return 'read';
    },
  });
}

export function openMldListeners(
  watcher: FdWatcher,
  { interfaceIndex, interfaceName, group, onFlood }: Options,
  onListener: OnListener,
): ListenerWatch | SysError {
  return openIcmpv6Receiver(
    watcher,
    {
      interfaceIndex,
      interfaceName,
      types: [MLD_REPORT_V1, MLD_REPORT_V2],
      groups: [MLD_ROUTERS],
      onFlood,
    },
    ({ source, payload }) => {
      const groups = decodeMldReport(payload);
      if (groups.ok && groups.value.includes(group)) onListener(source);
    },
  );
}
