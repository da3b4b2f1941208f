import { ipFromBytes, ipToBytes, isMulticast } from '../base/ip.ts';
import type { AdvertLink, AdvertLinkOptions } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { type AdvertLinkParts, openAdvertReader } from './advert-reader.ts';
import { EINTR, EINVAL, sysError } from './ffi/errno.ts';
import { close } from './ffi/libc.ts';
import { allocateMessage, type ControlMessage, MSG_TRUNC } from './ffi/message.ts';
import {
  bindToDevice,
  encodeInt,
  highPriority,
  openSocket,
  option,
  receiveBuffer,
  type SocketStep,
} from './ffi/open-socket.ts';
import { AF_INET6, encodeSockaddrIn6, littleEndian } from './ffi/sockaddr.ts';
import {
  IPV6_ADD_MEMBERSHIP,
  IPV6_CHECKSUM,
  IPV6_HOPLIMIT,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  MSG_DONTROUTE,
  SOCK_RAW,
  SOL_IPV6,
} from './ffi/socket-numbers.ts';

const IPPROTO_VRRP = 112;
const TRAFFIC_CLASS = 0xc0;
/** Where the checksum stands in an advertisement (RFC 9568 §5.1). */
const CHECKSUM_AT = 6;
/** 255 addresses take 4 kB. */
const LARGEST_PDU_BYTES = 16_384;
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** All that a master of all VRIDs says. */
const DATAGRAMS_PER_TURN = 256;

/**
 * Adverts over IPv6: one socket for both ways. The kernel makes the header, fills the checksum in
 * and drops what has a wrong one.
 */
export function openAdvertLink6(parts: AdvertLinkParts): AdvertLink | SysError {
  const { options, onDatagram } = parts;
  const fd = openSocket(
    { domain: AF_INET6, type: SOCK_RAW, protocol: IPPROTO_VRRP, mode: 'non-blocking' },
    socketSteps(options),
  );
  if (isSysError(fd)) return fd;
  const { transport, interfaceIndex } = options;
  const incoming = allocateMessage({ name: 28, control: 256, data: LARGEST_PDU_BYTES });
  const outgoing = allocateMessage({ name: 28, control: 96, data: LARGEST_PDU_BYTES });
  let phase: 'open' | 'closed' = 'open';

  const watch = openAdvertReader(parts, fd, () => {
    let count = 0;
    while (count < DATAGRAMS_PER_TURN && phase === 'open') {
      const length = incoming.receive(fd, 0);
      if (length === -EINTR) continue;
      if (length < 0) break;
      count++;
      const { destination, arrivedOn, hopLimit } = readControls(incoming.controls());
      const name = incoming.name();
      const damaged = (incoming.flags() & MSG_TRUNC) !== 0 || name.length < 24;
      // Until it was bound to the device, the socket heard other interfaces.
      if (damaged || destination === undefined || arrivedOn !== interfaceIndex) continue;
      if (transport.kind === 'unicast' && destination !== transport.source) continue;
      onDatagram({
        source: ipFromBytes(name.subarray(8, 24)),
        destination,
        ttl: hopLimit,
        payload: incoming.data(length),
      });
    }
    return count;
  });
  const free = (): void => {
    incoming.free();
    outgoing.free();
  };
  if (isSysError(watch)) {
    close(fd);
    free();
    return watch;
  }

  return {
    readWaiting: () => watch.readWaiting(),
    send: ({ pdu, source, destination, ttl }) => {
      if (phase === 'closed') return sysError('sendmsg', EINVAL, 'the socket is closed');
      const packetInfo = new Uint8Array(20);
      packetInfo.set(ipToBytes(source));
      packetInfo.set(encodeInt(interfaceIndex), 16);
      const result = outgoing.send(
        fd,
        {
          name: encodeSockaddrIn6(destination, interfaceIndex),
          data: pdu,
          controls: [
            { level: SOL_IPV6, type: IPV6_PKTINFO, data: packetInfo },
            { level: SOL_IPV6, type: IPV6_HOPLIMIT, data: encodeInt(ttl) },
          ],
        },
        isMulticast(destination) ? MSG_DONTROUTE : 0,
      );
      return result < 0 ? sysError('sendmsg', result) : undefined;
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watch.close();
      close(fd);
      // The receive loop may be on the stack, with its datagram still in use.
      setImmediate(free);
    },
  };
}

function socketSteps(options: AdvertLinkOptions): SocketStep[] {
  const { interfaceIndex, interfaceName, transport } = options;
  const steps: SocketStep[] = [
    bindToDevice(interfaceIndex, interfaceName),
    receiveBuffer(RECEIVE_BUFFER_BYTES),
    { ...option(SOL_IPV6, IPV6_CHECKSUM, CHECKSUM_AT), call: 'IPV6_CHECKSUM' },
    option(SOL_IPV6, IPV6_MULTICAST_ALL, 0, 'optional'),
    option(SOL_IPV6, IPV6_RECVPKTINFO, 1),
    option(SOL_IPV6, IPV6_RECVHOPLIMIT, 1),
    option(SOL_IPV6, IPV6_MULTICAST_IF, interfaceIndex),
    option(SOL_IPV6, IPV6_MULTICAST_LOOP, 0),
    option(SOL_IPV6, IPV6_MULTICAST_HOPS, 255),
    option(SOL_IPV6, IPV6_UNICAST_HOPS, 255),
    option(SOL_IPV6, IPV6_TCLASS, TRAFFIC_CLASS),
    highPriority(),
  ];
  if (transport.kind === 'multicast') {
    const membership = new Uint8Array(20);
    membership.set(ipToBytes(transport.group));
    membership.set(encodeInt(interfaceIndex), 16);
    steps.push({ ...option(SOL_IPV6, IPV6_ADD_MEMBERSHIP, membership), call: 'IPV6_JOIN_GROUP' });
  }
  return steps;
}

function readControls(controls: readonly ControlMessage[]) {
  const packetInfo = controls.find(({ type }) => type === IPV6_PKTINFO)?.data;
  const hopLimit = controls.find(({ type }) => type === IPV6_HOPLIMIT)?.data;
  return {
    destination: packetInfo && ipFromBytes(packetInfo.subarray(0, 16)),
    arrivedOn: packetInfo && readInt(packetInfo, 16),
    hopLimit: hopLimit && readInt(hopLimit, 0),
  };
}

function readInt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(at, littleEndian);
}
