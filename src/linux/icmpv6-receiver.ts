import { type IpAddress, ipFromBytes, ipToBytes } from '../base/ip.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { ICMPV6_PROTOCOL, type NdpDatagram } from '../wire/ndp.ts';
import { EINTR } from './ffi/errno.ts';
import { allocateMessage, MSG_TRUNC } from './ffi/message.ts';
import {
  bindToDevice,
  encodeInt,
  openSocket,
  option,
  receiveBuffer,
  type SocketStep,
} from './ffi/open-socket.ts';
import { AF_INET6, littleEndian } from './ffi/sockaddr.ts';
import {
  IPV6_ADD_MEMBERSHIP,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  SOCK_RAW,
  SOL_IPV6,
} from './ffi/socket-numbers.ts';
import { openPacedReader, type PacedReader } from './paced-reader.ts';

const ICMPV6_FILTER = 1;
const FILTER_BYTES = 32;
const LARGEST_MESSAGE_BYTES = 9000;
const BUFFER_BYTES = 512 * 1024;

export interface Icmpv6Options {
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  /** ICMPv6 types; the kernel drops all others. */
  readonly types: readonly number[];
  /** Groups to be joined. */
  readonly groups: readonly IpAddress[];
  readonly onFlood: () => void;
}

/** ICMPv6 messages of some types that reach one interface; the kernel has checked their sums. */
export function openIcmpv6Receiver(
  watcher: FdWatcher,
  options: Icmpv6Options,
  onMessage: (message: NdpDatagram) => void,
): PacedReader | SysError {
  const { interfaceIndex, onFlood } = options;
  const fd = openSocket(
    { domain: AF_INET6, type: SOCK_RAW, protocol: ICMPV6_PROTOCOL, mode: 'non-blocking' },
    socketSteps(options),
  );
  if (isSysError(fd)) return fd;
  const incoming = allocateMessage({ name: 28, control: 256, data: LARGEST_MESSAGE_BYTES });
  const reader = openPacedReader(watcher, fd, {
    onFlood,
    readOne: () => {
      const length = incoming.receive(fd, 0);
      if (length < 0) return length === -EINTR ? 'read' : 'empty';
      const name = incoming.name();
      if ((incoming.flags() & MSG_TRUNC) !== 0 || name.length < 24) return 'read';
      const controls = incoming.controls();
      const packetInfo = controls.find(({ type }) => type === IPV6_PKTINFO)?.data;
      const hopLimit = controls.find(({ type }) => type === IPV6_HOPLIMIT)?.data;
      if (packetInfo === undefined || hopLimit === undefined) return 'read';
      // Until it was bound to the device, the socket heard other interfaces.
      if (readInt(packetInfo, 16) !== interfaceIndex) return 'read';
      onMessage({
        source: ipFromBytes(name.subarray(8, 24)),
        destination: ipFromBytes(packetInfo.subarray(0, 16)),
        hopLimit: readInt(hopLimit, 0),
        payload: incoming.data(length),
      });
      return 'read';
    },
  });
  if (isSysError(reader)) {
    incoming.free();
    return reader;
  }
  let phase: 'open' | 'closed' = 'open';
  return {
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      reader.close();
      // The reader may be on the stack, with its message still in use.
      setImmediate(incoming.free);
    },
  };
}

function socketSteps(options: Icmpv6Options): SocketStep[] {
  const { interfaceIndex, interfaceName, types, groups } = options;
  // A bit that is set keeps a type out.
  const filter = new Uint8Array(FILTER_BYTES).fill(0xff);
  const words = new DataView(filter.buffer);
  for (const type of types) {
    const at = (type >> 5) * 4;
    words.setUint32(at, words.getUint32(at, littleEndian) & ~(1 << (type & 31)), littleEndian);
  }
  return [
    { ...option(ICMPV6_PROTOCOL, ICMPV6_FILTER, filter), call: 'setsockopt(ICMP6_FILTER)' },
    bindToDevice(interfaceIndex, interfaceName),
    receiveBuffer(BUFFER_BYTES),
    option(SOL_IPV6, IPV6_RECVPKTINFO, 1),
    option(SOL_IPV6, IPV6_RECVHOPLIMIT, 1),
    ...groups.map((group) => {
      const membership = new Uint8Array(20);
      membership.set(ipToBytes(group));
      membership.set(encodeInt(interfaceIndex), 16);
      return { ...option(SOL_IPV6, IPV6_ADD_MEMBERSHIP, membership), call: 'IPV6_JOIN_GROUP' };
    }),
  ];
}

function readInt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(at, littleEndian);
}
