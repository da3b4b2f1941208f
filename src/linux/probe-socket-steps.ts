/** How sockets of health checks are set up before they know their target. */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { ProbeTarget } from '../ports/probe-sockets.ts';
import { bind, connect, setsockopt } from './ffi/libc.ts';
import { encodeInt, option, type SocketStep } from './ffi/open-socket.ts';
import {
  AF_INET,
  AF_INET6,
  encodeSockaddrIn,
  encodeSockaddrIn6,
  withPort,
} from './ffi/sockaddr.ts';
import {
  IP_BIND_ADDRESS_NO_PORT,
  IP_RECVERR,
  IPV6_RECVERR,
  SO_BINDTODEVICE,
  SO_LINGER,
  SO_MARK,
  SO_REUSEADDR,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './ffi/socket-numbers.ts';

export function domainOf({ address }: ProbeTarget): number {
  return ipFamily(address) === 4 ? AF_INET : AF_INET6;
}

/** Source, interface and mark. */
export function sourceSteps(target: ProbeTarget): SocketStep[] {
  const { source, sourcePort = 0, interface: link, firewallMark } = target;
  const steps: SocketStep[] = [];
  if (firewallMark !== 0) steps.push(named('SO_MARK', option(SOL_SOCKET, SO_MARK, firewallMark)));
  // Before bind(): of a link-local source the interface is part.
  if (link !== undefined) steps.push(bindToInterface(link));
  if (source === undefined && sourcePort === 0) return steps;
  // The port is chosen when the target is known, so that one source has enough for many targets.
  if (sourcePort === 0) steps.push(option(SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1, 'optional'));
  else steps.push(option(SOL_SOCKET, SO_REUSEADDR, 1));
  const anyAddress = (ipFamily(target.address) === 4 ? '0.0.0.0' : '::') as IpAddress;
  const name = withPort(encodeAddress(source ?? anyAddress), sourcePort);
  return [...steps, { call: 'bind', need: 'required', run: (fd) => bind(fd, name, name.length) }];
}

/**
 * A port of our own that has to be there for the next check too must not wait in TIME_WAIT: such a
 * connection is ended by a reset.
 */
export function lingerSteps({ sourcePort = 0 }: ProbeTarget): SocketStep[] {
  // struct linger { int onoff; int seconds }
  const linger = new Uint8Array(8);
  linger.set(encodeInt(1));
  return sourcePort === 0 ? [] : [option(SOL_SOCKET, SO_LINGER, linger)];
}

/** That no host and no network are unreachable is told of sockets without connections only if asked for. */
export function icmpErrorSteps({ address }: ProbeTarget): SocketStep[] {
  return ipFamily(address) === 4
    ? [option(SOL_IP, IP_RECVERR, 1)]
    : [option(SOL_IPV6, IPV6_RECVERR, 1)];
}

export function connectStep({ address, port }: ProbeTarget): SocketStep {
  const name = withPort(encodeAddress(address), port);
  return { call: 'connect', need: 'required', run: (fd) => connect(fd, name, name.length) };
}

function encodeAddress(address: IpAddress): Uint8Array {
  return ipFamily(address) === 4 ? encodeSockaddrIn(address) : encodeSockaddrIn6(address, 0);
}

function bindToInterface(link: string): SocketStep {
  const name = new TextEncoder().encode(`${link}\0`);
  return {
    call: `SO_BINDTODEVICE ${link}`,
    need: 'required',
    run: (fd) => setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length),
  };
}

function named(call: string, step: SocketStep): SocketStep {
  return { ...step, call };
}
