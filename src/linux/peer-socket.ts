import { type IpAddress, type IpFamily, ipFromBytes, ipToBytes } from '../base/ip.ts';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import type {
  PeerDatagram,
  PeerMembership,
  PeerNetwork,
  PeerReceiver,
  PeerSocket,
} from '../ports/peer-network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EINTR, EINVAL, sysError } from './ffi/errno.ts';
import { bind, close, setsockopt } from './ffi/libc.ts';
import {
  allocateMessage,
  type ControlMessage,
  type MessageBuffer,
  MSG_CTRUNC,
  MSG_TRUNC,
} from './ffi/message.ts';
import {
  encodeInt,
  highPriority,
  openSocket,
  option,
  receiveBuffer,
  type SocketStep,
} from './ffi/open-socket.ts';
import {
  AF_INET,
  AF_INET6,
  encodeSockaddrIn,
  encodeSockaddrIn6,
  littleEndian,
  withPort,
} from './ffi/sockaddr.ts';
import {
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_HOPLIMIT,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_TCLASS,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './ffi/socket-numbers.ts';

/** No service is registered for it; docs/peer-protocol.md. */
export const PEER_PORT = 7112;

/** As adverts have it. */
const TRAFFIC_CLASS = 0xc0;
/** A router would have taken one off: what comes in with 255 was sent on this segment (RFC 5082). */
const MULTICAST_TTL = 255;
/** net.ipv4.igmp_max_memberships allows 20 for one socket. */
const MEMBERSHIPS_MAX = 16;
const LARGEST_BYTES = 2048;
/** Two messages of each of 255 routers that fail together; what has waited for longer is worth nothing. */
const RECEIVE_BUFFER_BYTES = 1 << 18;
const DATAGRAMS_PER_TURN = 16;
const PAUSE_MS = 100;

/** Side messages over UDP. */
export function createPeerNetwork(watcher: FdWatcher): PeerNetwork {
  return { open: (family, onDatagram) => openPeerSocket(watcher, family, onDatagram) };
}

/** As many descriptors as the memberships take; all hear for one receiver, the first one sends. */
function openPeerSocket(
  watcher: FdWatcher,
  family: IpFamily,
  onDatagram: PeerReceiver,
): PeerSocket | SysError {
  const parts = { watcher, family, onDatagram };
  const first = PeerDescriptor.open(parts);
  if (isSysError(first)) return first;
  const descriptors = [first];
  return {
    join: (membership) => {
      let roomy = descriptors.find(({ memberships }) => memberships.size < MEMBERSHIPS_MAX);
      if (roomy === undefined) {
        const another = PeerDescriptor.open(parts);
        if (isSysError(another)) return another;
        descriptors.push(another);
        roomy = another;
      }
      return roomy.join(membership);
    },
    leave: (membership) => {
      for (const descriptor of descriptors) descriptor.leave(membership);
    },
    send: (datagram) => first.send(datagram),
    close: () => {
      for (const descriptor of descriptors) descriptor.close();
    },
  };
}

interface DescriptorParts {
  readonly watcher: FdWatcher;
  readonly family: IpFamily;
  readonly onDatagram: PeerReceiver;
}

class PeerDescriptor {
  readonly #parts: DescriptorParts;
  readonly #fd: number;
  readonly #incoming: MessageBuffer;
  readonly #outgoing: MessageBuffer;
  readonly memberships = new Set<string>();
  #watch: FdWatch | undefined;
  #pause: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';

  static open(parts: DescriptorParts): PeerDescriptor | SysError {
    const { family } = parts;
    const fd = openSocket(
      {
        domain: family === 4 ? AF_INET : AF_INET6,
        type: SOCK_DGRAM,
        protocol: 0,
        mode: 'non-blocking',
      },
      family === 4 ? steps4() : steps6(),
    );
    if (isSysError(fd)) return fd;
    const descriptor = new PeerDescriptor(parts, fd);
    const error = descriptor.#listen();
    if (error === undefined) return descriptor;
    descriptor.close();
    return error;
  }

  private constructor(parts: DescriptorParts, fd: number) {
    this.#parts = parts;
    this.#fd = fd;
    this.#incoming = allocateMessage({ name: 28, control: 256, data: LARGEST_BYTES });
    this.#outgoing = allocateMessage({ name: 28, control: 64, data: LARGEST_BYTES });
  }

  join(membership: PeerMembership): SysError | undefined {
    const error = this.#changeMembership(membership, 'join');
    if (error === undefined) this.memberships.add(keyOf(membership));
    return error;
  }

  leave(membership: PeerMembership): void {
    if (this.memberships.delete(keyOf(membership))) this.#changeMembership(membership, 'leave');
  }

  send(datagram: Parameters<PeerSocket['send']>[0]): SysError | undefined {
    if (this.#phase === 'closed') return sysError('sendmsg', EINVAL, 'the socket is closed');
    const { payload, destination, path } = datagram;
    const { family } = this.#parts;
    // Of a link-local address the interface is part; otherwise the packet information has it.
    const name =
      family === 4
        ? encodeSockaddrIn(destination)
        : encodeSockaddrIn6(destination, path?.interfaceIndex ?? 0);
    const controls = path === undefined ? [] : [packetInfo(family, path)];
    const result = this.#outgoing.send(
      this.#fd,
      { name: withPort(name, PEER_PORT), data: payload, controls },
      0,
    );
    return result < 0 ? sysError('sendmsg', result) : undefined;
  }

  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#pause);
    this.#watch?.close();
    close(this.#fd);
    // The receive loop may be on the stack, with its datagram still in use.
    setImmediate(() => {
      this.#incoming.free();
      this.#outgoing.free();
    });
  }

  #listen(): SysError | undefined {
    const watch = this.#parts.watcher.watch(this.#fd, () => this.#receive());
    if (isSysError(watch)) return watch;
    this.#watch = watch;
    return undefined;
  }

  #receive(): void {
    const incoming = this.#incoming;
    for (let count = 0; count < DATAGRAMS_PER_TURN && this.#phase === 'open'; count++) {
      const length = incoming.receive(this.#fd, 0);
      if (length === -EINTR) continue;
      if (length < 0) return;
      if ((incoming.flags() & (MSG_TRUNC | MSG_CTRUNC)) !== 0) continue;
      const datagram = readDatagram(this.#parts.family, incoming, length);
      if (datagram === undefined || this.#parts.onDatagram(datagram) === 'more') continue;
      this.#rest();
      return;
    }
  }

  /** Somebody floods us: it costs nothing more than the kernel's buffer for a while. */
  #rest(): void {
    if (this.#phase === 'closed') return;
    this.#watch?.close();
    this.#watch = undefined;
    this.#pause = setTimeout(() => {
      if (this.#listen() !== undefined) this.#rest();
    }, PAUSE_MS);
  }

  #changeMembership(
    { group, interfaceIndex }: PeerMembership,
    change: 'join' | 'leave',
  ): SysError | undefined {
    const isIpv4 = this.#parts.family === 4;
    const level = isIpv4 ? SOL_IP : SOL_IPV6;
    const join = isIpv4 ? IP_ADD_MEMBERSHIP : IPV6_ADD_MEMBERSHIP;
    const leave = isIpv4 ? IP_DROP_MEMBERSHIP : IPV6_DROP_MEMBERSHIP;
    // struct ip_mreqn has an address of ours in between; struct ipv6_mreq has not.
    const request = new Uint8Array(isIpv4 ? 12 : 20);
    request.set(ipToBytes(group));
    request.set(encodeInt(interfaceIndex), isIpv4 ? 8 : 16);
    const name = change === 'join' ? join : leave;
    const result = setsockopt(this.#fd, level, name, request, request.length);
    return result < 0 ? sysError(`setsockopt(${change} group)`, result) : undefined;
  }
}

function steps4(): SocketStep[] {
  return [
    option(SOL_SOCKET, SO_REUSEADDR, 1),
    receiveBuffer(RECEIVE_BUFFER_BYTES),
    option(SOL_IP, IP_MULTICAST_ALL, 0),
    option(SOL_IP, IP_PKTINFO, 1),
    option(SOL_IP, IP_RECVTTL, 1),
    option(SOL_IP, IP_MULTICAST_TTL, MULTICAST_TTL),
    option(SOL_IP, IP_MULTICAST_LOOP, 0),
    option(SOL_IP, IP_TOS, TRAFFIC_CLASS),
    highPriority(),
    bindTo(encodeSockaddrIn('0.0.0.0' as IpAddress)),
  ];
}

function steps6(): SocketStep[] {
  return [
    option(SOL_SOCKET, SO_REUSEADDR, 1),
    receiveBuffer(RECEIVE_BUFFER_BYTES),
    option(SOL_IPV6, IPV6_V6ONLY, 1),
    option(SOL_IPV6, IPV6_MULTICAST_ALL, 0, 'optional'),
    option(SOL_IPV6, IPV6_RECVPKTINFO, 1),
    option(SOL_IPV6, IPV6_RECVHOPLIMIT, 1),
    option(SOL_IPV6, IPV6_MULTICAST_HOPS, MULTICAST_TTL),
    option(SOL_IPV6, IPV6_MULTICAST_LOOP, 0),
    option(SOL_IPV6, IPV6_TCLASS, TRAFFIC_CLASS),
    highPriority(),
    bindTo(encodeSockaddrIn6('::' as IpAddress, 0)),
  ];
}

function bindTo(address: Uint8Array): SocketStep {
  const name = withPort(address, PEER_PORT);
  return { call: 'bind', need: 'required', run: (fd) => bind(fd, name, name.length) };
}

/** Which interface and which source: struct in_pktinfo, struct in6_pktinfo. */
function packetInfo(
  family: IpFamily,
  { interfaceIndex, source }: { readonly interfaceIndex: number; readonly source: IpAddress },
): ControlMessage {
  const data = new Uint8Array(family === 4 ? 12 : 20);
  data.set(encodeInt(interfaceIndex), family === 4 ? 0 : 16);
  data.set(ipToBytes(source), family === 4 ? 4 : 0);
  return family === 4
    ? { level: SOL_IP, type: IP_PKTINFO, data }
    : { level: SOL_IPV6, type: IPV6_PKTINFO, data };
}

function readDatagram(
  family: IpFamily,
  message: MessageBuffer,
  length: number,
): PeerDatagram | undefined {
  const controls = message.controls();
  const find = (level: number, type: number) =>
    controls.find((control) => control.level === level && control.type === type)?.data;
  const isIpv4 = family === 4;
  const info = isIpv4 ? find(SOL_IP, IP_PKTINFO) : find(SOL_IPV6, IPV6_PKTINFO);
  const ttl = isIpv4 ? find(SOL_IP, IP_TTL) : find(SOL_IPV6, IPV6_HOPLIMIT);
  const name = message.name();
  if (info === undefined || ttl === undefined || name.length < (isIpv4 ? 8 : 24)) return undefined;
  return {
    source: ipFromBytes(isIpv4 ? name.subarray(4, 8) : name.subarray(8, 24)),
    destination: ipFromBytes(isIpv4 ? info.subarray(8, 12) : info.subarray(0, 16)),
    interfaceIndex: readInt(info, isIpv4 ? 0 : 16),
    ttl: readInt(ttl, 0),
    payload: message.data(length),
  };
}

function readInt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(at, littleEndian);
}

function keyOf({ group, interfaceIndex }: PeerMembership): string {
  return `${group} ${interfaceIndex}`;
}
