import { type IpAddress, ipToBytes } from '../../base/ip.ts';

export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** struct sockaddr_in with port 0. */
export function encodeSockaddrIn(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, littleEndian);
  bytes.set(ipToBytes(address), 4);
  return bytes;
}

/** struct sockaddr_in6 with port 0; the scope is the interface of link-local and multicast. */
export function encodeSockaddrIn6(address: IpAddress, scopeId: number): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, littleEndian);
  bytes.set(ipToBytes(address), 8);
  view.setUint32(24, scopeId, littleEndian);
  return bytes;
}

/** The port of a sockaddr_in or sockaddr_in6 stands at the same place. */
export function withPort(address: Uint8Array, port: number): Uint8Array {
  new DataView(address.buffer, address.byteOffset).setUint16(2, port);
  return address;
}

/** struct sockaddr_nl of a socket whose port id the kernel chooses. */
export function encodeSockaddrNetlink(groups: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_NETLINK, littleEndian);
  view.setUint32(8, groups, littleEndian);
  return bytes;
}

/** struct sockaddr_ll for `etherType` on one interface. */
export function encodeSockaddrLinkLayer(
  interfaceIndex: number,
  etherType: number,
  destination: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, littleEndian);
  view.setUint16(2, etherType);
  view.setInt32(4, interfaceIndex, littleEndian);
  const hardware = destination.subarray(0, 8);
  bytes[11] = hardware.length;
  bytes.set(hardware, 12);
  return bytes;
}

/** struct sockaddr_un of a path in the file system. */
export function encodeSockaddrUnix(path: string): Uint8Array {
  const text = new TextEncoder().encode(path);
  const bytes = new Uint8Array(2 + text.length + 1);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(text, 2);
  return bytes;
}

/** struct sockaddr_un of a name that is no file: it belongs to the network namespace. */
export function encodeSockaddrAbstract(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(3 + text.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(text, 3);
  return bytes;
}
