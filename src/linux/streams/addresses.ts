import { type IpAddress, ipFamily, ipFromBytes } from '../../base/ip.ts';
import type { Endpoint } from '../../ports/streams.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  encodeSockaddrAbstract,
  encodeSockaddrIn,
  encodeSockaddrIn6,
  encodeSockaddrUnix,
  littleEndian,
  withPort,
} from '../ffi/sockaddr.ts';

/** struct sockaddr_storage. */
export const SOCKADDR_BYTES = 128;

export function familyOf(endpoint: Endpoint): number {
  if (endpoint.kind !== 'ip') return AF_UNIX;
  return ipFamily(endpoint.ip) === 4 ? AF_INET : AF_INET6;
}

export function encodeEndpoint(endpoint: Endpoint): Uint8Array {
  switch (endpoint.kind) {
    case 'unix':
      return encodeSockaddrUnix(endpoint.path);
    case 'abstract':
      return encodeSockaddrAbstract(endpoint.path);
    case 'ip': {
      const { ip, port } = endpoint;
      const bytes = ipFamily(ip) === 4 ? encodeSockaddrIn(ip) : encodeSockaddrIn6(ip, 0);
      return withPort(bytes, port);
    }
  }
}

const encoded = new WeakMap<Endpoint, Uint8Array>();

/** The same, remembered for an endpoint that comes again: a server's. Nobody writes into it. */
export function encodeKnownEndpoint(endpoint: Endpoint): Uint8Array {
  const known = encoded.get(endpoint);
  if (known !== undefined) return known;
  const bytes = encodeEndpoint(endpoint);
  encoded.set(endpoint, bytes);
  return bytes;
}

/** What the kernel wrote; IPv4 within IPv6 is IPv4. */
export function decodeEndpoint(bytes: Uint8Array, length: number): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = length >= 2 ? view.getUint16(0, littleEndian) : AF_UNIX;
  if (family === AF_INET)
    return { kind: 'ip', ip: ipFromBytes(bytes.slice(4, 8)), port: view.getUint16(2) };
  if (family === AF_INET6) {
    const address = bytes.slice(8, 24);
    const isMapped = address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 255;
    const ip: IpAddress = ipFromBytes(isMapped ? address.slice(12) : address);
    return { kind: 'ip', ip, port: view.getUint16(2) };
  }
  const name = bytes.subarray(2, Math.max(2, length));
  if (name.length > 0 && name[0] === 0)
    return { kind: 'abstract', path: new TextDecoder().decode(name.subarray(1)) };
  const end = name.indexOf(0);
  const path = new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
  return { kind: 'unix', path };
}
