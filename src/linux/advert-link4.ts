import { ipToBytes, isMulticast } from '../base/ip.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AdvertLink, AdvertLinkOptions, ReceivedDatagram } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeIpv4, encodeIpv4Header } from '../wire/ipv4.ts';
import { openCrowdedReader } from './crowded-reader.ts';
import { EINTR, EINVAL, sysError } from './ffi/errno.ts';
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
import { AF_INET, encodeSockaddrIn } from './ffi/sockaddr.ts';
import {
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  MSG_DONTROUTE,
  SOCK_RAW,
  SOL_IP,
} from './ffi/socket-numbers.ts';
import { KnownDatagrams } from './known-datagrams.ts';

const IPPROTO_VRRP = 112;
const IPPROTO_RAW = 255;
/** Internetwork control (RFC 791), as RFC 9568 leaves to the implementation and keepalived has it. */
const TOS = 0xc0;
const RECEIVE_BUFFER_BYTES = 1 << 20;
const DATAGRAMS_PER_TURN = 64;

const DATAGRAMS_PER_CALL = 32;
const LARGEST_PACKET_BYTES = 16_384;

/** All links use one: its datagrams are looked at before it is used again. */
let batch: DatagramBatch | undefined;
/** For what came too early. */
const ignored = new Uint8Array(1);

/** Adverts over IPv4: one socket hears them, one sends them with a header of our own. */
export function openAdvertLink4(
  watcher: FdWatcher,
  options: AdvertLinkOptions,
  onDatagram: (datagram: ReceivedDatagram) => void,
): AdvertLink | SysError {
  const receiver = openReceiver(options);
  if (isSysError(receiver)) return receiver;
  const sender = openSender(options);
  if (isSysError(sender)) {
    close(receiver);
    return sender;
  }
  const { transport } = options;
  let phase: 'open' | 'closed' = 'open';
  let identification = 1;

  // Until it was bound to the device, the socket heard other interfaces.
  while (recv(receiver, ignored, ignored.length, 0) >= 0);

  const known = new KnownDatagrams();
  const take = (packet: Uint8Array): void => {
    const datagram = known.find(packet) ?? decode(packet);
    if (datagram !== undefined) onDatagram(datagram);
  };
  const decode = (bytes: Uint8Array): ReceivedDatagram | undefined => {
    const packet = decodeIpv4(bytes);
    if (!packet.ok) return undefined;
    const { source, destination, ttl, payload } = packet.value;
    if (transport.kind === 'unicast' && destination !== transport.source) return undefined;
    return known.keep(bytes, { source, destination, ttl, payload });
  };
  batch ??= allocateDatagramBatch(DATAGRAMS_PER_CALL, LARGEST_PACKET_BYTES);
  const { receive, data } = batch;
  const watch = openCrowdedReader(watcher, receiver, () => {
    for (let total = 0; total < DATAGRAMS_PER_TURN; ) {
      const count = receive(receiver);
      if (count === -EINTR) continue;
      if (count <= 0) return total === 0 ? 'empty' : 'read';
      for (let index = 0; index < count && phase === 'open'; index++) {
        const packet = data(index);
        if (packet !== undefined) take(packet);
      }
      if (phase !== 'open' || count < DATAGRAMS_PER_CALL) break;
      total += count;
    }
    return 'read';
  });
  if (isSysError(watch)) {
    close(receiver);
    close(sender);
    return watch;
  }

  return {
    send: ({ pdu, source, destination, ttl }) => {
      if (phase === 'closed') return sysError('sendto', EINVAL, 'the socket is closed');
      const header = encodeIpv4Header({
        source,
        destination,
        ttl,
        tos: TOS,
        identification,
        protocol: IPPROTO_VRRP,
        payloadLength: pdu.length,
      });
      // The kernel would put a number of its own in the place of 0.
      identification = (identification % 0xffff) + 1;
      const packet = new Uint8Array(header.length + pdu.length);
      packet.set(header);
      packet.set(pdu, header.length);
      const flags = isMulticast(destination) ? MSG_DONTROUTE : 0;
      const to = encodeSockaddrIn(destination);
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
