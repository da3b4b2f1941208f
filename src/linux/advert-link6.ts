import { ipFromBytes, ipToBytes, isMulticast } from '../base/ip.ts';
import type { AdvertLink, AdvertLinkOptions, ReceivedDatagram } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { createAdvertBatches } from './advert-batches.ts';
import { type AdvertLinkParts, openAdvertReader } from './advert-reader.ts';
import { EINVAL, sysError } from './ffi/errno.ts';
import { close } from './ffi/libc.ts';
import { allocateMessage, type ControlMessage, readControlMessages } from './ffi/message.ts';
import {
  bindToDevice,
  encodeInt,
  highPriority,
  openSocket,
  option,
  receiveBuffer,
  type SocketStep,
} from './ffi/open-socket.ts';
import { allocateDatagramBatch, type DatagramBatch } from './ffi/receive-many.ts';
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
import { KnownDatagrams6 } from './known-datagrams6.ts';

const IPPROTO_VRRP = 112;
const TRAFFIC_CLASS = 0xc0;
/** Where the checksum stands in an advertisement (RFC 9568 §5.1). */
const CHECKSUM_AT = 6;
/** 255 addresses take 4 kB. */
const LARGEST_PDU_BYTES = 6144;
/** For what comes in a quarter of a second. */
const RECEIVE_BUFFER_BYTES = 1 << 21;

const DATAGRAMS_PER_CALL = 32;
/** struct sockaddr_in6. */
const NAME_BYTES = 28;
/** A time stamp, in6_pktinfo, the hop limit. */
const CONTROL_BYTES = 96;

/** All links use one: its datagrams are looked at before it is used again. */
let batch: DatagramBatch | undefined;

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
  const outgoing = allocateMessage({ name: NAME_BYTES, control: 96, data: LARGEST_PDU_BYTES });
  let phase: 'open' | 'closed' = 'open';

  batch ??= allocateDatagramBatch({
    countMax: DATAGRAMS_PER_CALL,
    slotBytes: LARGEST_PDU_BYTES,
    nameBytes: NAME_BYTES,
    controlBytes: CONTROL_BYTES,
  });
  const incoming = batch;
  const known = new KnownDatagrams6(incoming);
  const decode = (index: number, length: number): ReceivedDatagram | undefined => {
    const { bytes, view, controlOffset, controlEnd, nameOffset, offset } = incoming;
    const controls = readControlMessages(bytes, view, controlOffset(index), controlEnd(index));
    const { destination, arrivedOn, hopLimit } = readControls(controls);
    // Until it was bound to the device, the socket heard other interfaces.
    if (destination === undefined || arrivedOn !== interfaceIndex) return undefined;
    if (transport.kind === 'unicast' && destination !== transport.source) return undefined;
    const [name, at] = [nameOffset(index), offset(index)];
    return known.keep(index, {
      source: ipFromBytes(bytes.subarray(name + 8, name + 24)),
      destination,
      ttl: hopLimit,
      payload: bytes.subarray(at, at + length),
    });
  };
  const readAll = createAdvertBatches({
    fd,
    batch,
    find: (index, length) => known.find(index, length),
    decode,
    onDatagram,
    isOpen: () => phase === 'open',
  });
  const watch = openAdvertReader(parts, fd, readAll);
  if (isSysError(watch)) {
    close(fd);
    outgoing.free();
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
      outgoing.free();
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
