import { ipToBytes } from '../base/ip.ts';
import type { AdvertLink, AdvertLinkOptions, ReceivedDatagram } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeIpv4 } from '../wire/ipv4.ts';
import { createAdvertBatches } from './advert-batches.ts';
import { type AdvertLinkParts, openAdvertReader } from './advert-reader.ts';
import { EINVAL, sysError } from './ffi/errno.ts';
import { close, recv, sendto } from './ffi/libc.ts';
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
import { AF_INET } from './ffi/sockaddr.ts';
import {
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  SOCK_RAW,
  SOL_IP,
} from './ffi/socket-numbers.ts';
import { KnownDatagrams } from './known-datagrams.ts';
import { OutgoingPackets } from './outgoing-packets.ts';

const IPPROTO_VRRP = 112;
const IPPROTO_RAW = 255;
/** For what comes in a quarter of a second. */
const RECEIVE_BUFFER_BYTES = 1 << 21;

const DATAGRAMS_PER_CALL = 64;
/** 255 addresses take 1 kB, and a header at most 60 bytes. */
const LARGEST_PACKET_BYTES = 2048;
/** A time stamp. */
const CONTROL_BYTES = 32;

/** All links use one: its datagrams are looked at before it is used again. */
let batch: DatagramBatch | undefined;
/** For what came too early. */
const ignored = new Uint8Array(1);

/** Adverts over IPv4: one socket hears them, one sends them with a header of our own. */
export function openAdvertLink4(parts: AdvertLinkParts): AdvertLink | SysError {
  const { options, onDatagram } = parts;
  const receiver = openReceiver(options);
  if (isSysError(receiver)) return receiver;
  const sender = openSender(options);
  if (isSysError(sender)) {
    close(receiver);
    return sender;
  }
  const { transport } = options;
  let phase: 'open' | 'closed' = 'open';
  const packets = new OutgoingPackets();

  // Until it was bound to the device, the socket heard other interfaces.
  while (recv(receiver, ignored, ignored.length, 0) >= 0);

  const known = new KnownDatagrams();
  const decode = (bytes: Uint8Array): ReceivedDatagram | undefined => {
    const packet = decodeIpv4(bytes);
    if (!packet.ok) return undefined;
    const { source, destination, ttl, payload } = packet.value;
    if (transport.kind === 'unicast' && destination !== transport.source) return undefined;
    return known.keep(bytes, { source, destination, ttl, payload });
  };
  batch ??= allocateDatagramBatch({
    countMax: DATAGRAMS_PER_CALL,
    slotBytes: LARGEST_PACKET_BYTES,
    controlBytes: CONTROL_BYTES,
  });
  const { bytes, offset } = batch;
  const readAll = createAdvertBatches({
    fd: receiver,
    batch,
    find: (index, length) => known.find(bytes, offset(index), length),
    decode: (index, length) => decode(bytes.subarray(offset(index), offset(index) + length)),
    onDatagram,
    isOpen: () => phase === 'open',
  });
  const watch = openAdvertReader(parts, receiver, readAll);
  if (isSysError(watch)) {
    close(receiver);
    close(sender);
    return watch;
  }

  return {
    readWaiting: () => watch.readWaiting(),
    send: (datagram) => {
      if (phase === 'closed') return sysError('sendto', EINVAL, 'the socket is closed');
      const { packet, to, flags } = packets.next(datagram);
      const result = sendto(sender, packet, packet.length, flags, to, to.length);
      return result < 0 ? sysError('sendto', result) : undefined;
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      watch.close();
      close(receiver);
      close(sender);
    },
  };
}

function openReceiver(options: AdvertLinkOptions): number | SysError {
  const { interfaceIndex, interfaceName, transport } = options;
  const steps: SocketStep[] = [
    bindToDevice(interfaceIndex, interfaceName),
    receiveBuffer(RECEIVE_BUFFER_BYTES),
    option(SOL_IP, IP_MULTICAST_ALL, 0, 'optional'),
  ];
  if (transport.kind === 'multicast') {
    const membership = encodeMreqn(ipToBytes(transport.group), interfaceIndex);
    steps.push({ ...option(SOL_IP, IP_ADD_MEMBERSHIP, membership), call: 'IP_ADD_MEMBERSHIP' });
  }
  return openSocket(
    { domain: AF_INET, type: SOCK_RAW, protocol: IPPROTO_VRRP, mode: 'non-blocking' },
    steps,
  );
}

function openSender(options: AdvertLinkOptions): number | SysError {
  const { interfaceIndex, interfaceName } = options;
  const outgoing = encodeMreqn(new Uint8Array(4), interfaceIndex);
  // IPPROTO_RAW: the header is ours, and nothing is received.
  return openSocket(
    { domain: AF_INET, type: SOCK_RAW, protocol: IPPROTO_RAW, mode: 'non-blocking' },
    [
      bindToDevice(interfaceIndex, interfaceName),
      { ...option(SOL_IP, IP_MULTICAST_IF, outgoing), call: 'IP_MULTICAST_IF' },
      option(SOL_IP, IP_MULTICAST_LOOP, 0),
      highPriority(),
    ],
  );
}

/** struct ip_mreqn: group, local address (any), interface index. */
function encodeMreqn(group: Uint8Array, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(group);
  bytes.set(encodeInt(interfaceIndex), 8);
  return bytes;
}
