/** Echo requests: by ICMP sockets where this user may have them, by raw ones where root may. */
import { randomInt } from 'node:crypto';
import { type IpFamily, ipFamily } from '../base/ip.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { EchoListener, EchoSocket, ProbeTarget } from '../ports/probe-sockets.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeEchoReply, encodeEchoRequest } from '../wire/icmp-echo.ts';
import { decodeIpv4 } from '../wire/ipv4.ts';
import { EACCES } from './ffi/errno.ts';
import { openSocket, option, type SocketStep } from './ffi/open-socket.ts';
import { IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_DGRAM, SOCK_RAW } from './ffi/socket-numbers.ts';
import { watchDatagrams } from './probe-datagrams.ts';
import { connectStep, domainOf, icmpErrorSteps, sourceSteps } from './probe-socket-steps.ts';

const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMPV6_FILTER = 1;

type EchoKind = typeof SOCK_DGRAM | typeof SOCK_RAW;

export function openProbeEcho(
  watcher: FdWatcher,
  target: ProbeTarget,
  onEvent: EchoListener,
): EchoSocket | SysError {
  const family = ipFamily(target.address);
  let kind: EchoKind = SOCK_DGRAM;
  let fd = open(target, family, kind);
  // net.ipv4.ping_group_range has not our group, which is how kernels come.
  if (isSysError(fd) && fd.call === 'socket' && fd.errno === EACCES) {
    kind = SOCK_RAW;
    fd = open(target, family, kind);
  }
  if (isSysError(fd)) return fd;
  // An ICMP socket has an identifier from the kernel, which hands it nothing else.
  const identifier = randomInt(0x10000);
  const socket = watchDatagrams(watcher, fd, (event) => {
    if (isSysError(event)) return onEvent(event);
    const message = kind === SOCK_RAW && family === 4 ? withoutHeader(event) : event;
    const reply = message === undefined ? undefined : decodeEchoReply(family, message);
    if (reply === undefined || !reply.ok) return;
    if (kind === SOCK_RAW && reply.value.identifier !== identifier) return;
    onEvent(reply.value);
  });
  if (isSysError(socket)) return socket;
  return {
    send: (sequence, payload) =>
      socket.send(encodeEchoRequest(family, { identifier, sequence, payload })),
    close: () => socket.close(),
  };
}

function open(target: ProbeTarget, family: IpFamily, type: EchoKind): number | SysError {
  const protocol = family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  // Neither kind has ports.
  const { sourcePort: _, ...way } = target;
  const portless = { ...way, port: 0 };
  return openSocket({ domain: domainOf(target), type, protocol, mode: 'non-blocking' }, [
    ...(type === SOCK_RAW ? [repliesOnly(family)] : []),
    ...sourceSteps(portless),
    ...icmpErrorSteps(portless),
    connectStep(portless),
  ]);
}

/** A raw socket gets a copy of every ICMP message of its target; a set bit keeps that type away. */
function repliesOnly(family: IpFamily): SocketStep {
  if (family === 4) return option(SOL_RAW, ICMP_FILTER, ~1);
  const types = new Uint32Array(8).fill(0xffffffff);
  types[129 >> 5] = ~(1 << (129 & 31)) >>> 0;
  return option(IPPROTO_ICMPV6, ICMPV6_FILTER, new Uint8Array(types.buffer));
}

function withoutHeader(packet: Uint8Array): Uint8Array | undefined {
  const decoded = decodeIpv4(packet);
  return decoded.ok ? decoded.value.payload : undefined;
}
