/** The PROXY protocol, versions 1 and 2 (haproxy.org's proxy-protocol.txt): who the client is. */
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes, parseIp } from '../base/ip.ts';

export interface ProxyAddresses {
  readonly source: { readonly ip: IpAddress; readonly port: number };
  readonly destination: { readonly ip: IpAddress; readonly port: number };
}

/** `local`: the connection is the proxy's own, or of a kind that has no addresses. */
export type ProxyHeader = { readonly length: number } & (
  | { readonly kind: 'proxied'; readonly addresses: ProxyAddresses }
  | { readonly kind: 'local' }
);

/** `incomplete`: more bytes may make it one; `malformed`: none will. */
export type ProxyHeaderResult = ProxyHeader | 'incomplete' | 'malformed';

const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const V1_BYTES_MAX = 107;
const HEAD_BYTES = 16;
/** Bytes of an address by the family and protocol; TCP only. */
const FAMILIES = { 17: 4, 33: 16 } as const;
const UNSPECIFIED = 0;

export function encodeProxyV1(addresses: ProxyAddresses | undefined): Uint8Array {
  return new TextEncoder().encode(v1Line(addresses));
}

function v1Line(addresses: ProxyAddresses | undefined): string {
  if (addresses === undefined) return 'PROXY UNKNOWN\r\n';
  const { source, destination } = sameFamily(addresses);
  const family = ipFamily(source.ip) === 4 ? 'TCP4' : 'TCP6';
  return `PROXY ${family} ${source.ip} ${destination.ip} ${source.port} ${destination.port}\r\n`;
}

export function encodeProxyV2(addresses: ProxyAddresses | undefined): Uint8Array {
  if (addresses === undefined) {
    const local = new Uint8Array(HEAD_BYTES);
    local.set(SIGNATURE);
    local[12] = 0x20;
    return local;
  }
  const { source, destination } = sameFamily(addresses);
  const from = ipToBytes(source.ip);
  const size = from.length * 2 + 4;
  const bytes = new Uint8Array(HEAD_BYTES + size);
  bytes.set(SIGNATURE);
  const view = new DataView(bytes.buffer);
  view.setUint8(12, 0x21);
  view.setUint8(13, from.length === 4 ? 0x11 : 0x21);
  view.setUint16(14, size);
  bytes.set(from, HEAD_BYTES);
  bytes.set(ipToBytes(destination.ip), HEAD_BYTES + from.length);
  view.setUint16(HEAD_BYTES + from.length * 2, source.port);
  view.setUint16(HEAD_BYTES + from.length * 2 + 2, destination.port);
  return bytes;
}

/** Either version, by its first bytes. */
export function decodeProxyHeader(bytes: Uint8Array): ProxyHeaderResult {
  if (bytes.length === 0) return 'incomplete';
  return bytes[0] === 13 ? decodeV2(bytes) : decodeV1(bytes);
}

function decodeV1(bytes: Uint8Array): ProxyHeaderResult {
  const prefix = 'PROXY ';
  for (let index = 0; index < Math.min(prefix.length, bytes.length); index++)
    if (bytes[index] !== prefix.charCodeAt(index)) return 'malformed';
  const end = bytes.indexOf(10);
  if (end < 0) return bytes.length >= V1_BYTES_MAX ? 'malformed' : 'incomplete';
  if (end >= V1_BYTES_MAX || bytes[end - 1] !== 13) return 'malformed';
  const length = end + 1;
  const line = new TextDecoder('latin1').decode(bytes.subarray(prefix.length, end - 1));
  const [family, ...words] = line.split(' ');
  if (family === 'UNKNOWN') return { kind: 'local', length };
  if (words.length !== 4 || (family !== 'TCP4' && family !== 'TCP6')) return 'malformed';
  const [source, destination] = [parseIp(words[0] ?? ''), parseIp(words[1] ?? '')];
  const [sourcePort, destinationPort] = [parsePort(words[2]), parsePort(words[3])];
  if (source === undefined || destination === undefined) return 'malformed';
  if (sourcePort === undefined || destinationPort === undefined) return 'malformed';
  const wanted = family === 'TCP4' ? 4 : 6;
  if (ipFamily(source) !== wanted || ipFamily(destination) !== wanted) return 'malformed';
  return {
    kind: 'proxied',
    length,
    addresses: {
      source: { ip: source, port: sourcePort },
      destination: { ip: destination, port: destinationPort },
    },
  };
}

/** The last 16 bits of whatever number it is, none being 0: as HAProxy reads it. */
function parsePort(word: string | undefined): number | undefined {
  if (word === undefined || !/^\d*$/.test(word)) return undefined;
  return Number(BigInt(word) & 0xffffn);
}

function decodeV2(bytes: Uint8Array): ProxyHeaderResult {
  const known = Math.min(SIGNATURE.length, bytes.length);
  for (let index = 0; index < known; index++)
    if (bytes[index] !== SIGNATURE[index]) return 'malformed';
  if (bytes.length < HEAD_BYTES) return 'incomplete';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint8(12);
  const length = HEAD_BYTES + view.getUint16(14);
  if (command >> 4 !== 2 || (command & 15) > 1) return 'malformed';
  if (bytes.length < length) return 'incomplete';
  if ((command & 15) === 0) return { kind: 'local', length };
  if (view.getUint8(13) === UNSPECIFIED) return { kind: 'local', length };
  const size = FAMILIES[view.getUint8(13) as keyof typeof FAMILIES];
  if (size === undefined || length < HEAD_BYTES + size * 2 + 4) return 'malformed';
  const at = (index: number): IpAddress =>
    ipFromBytes(bytes.slice(HEAD_BYTES + index * size, HEAD_BYTES + (index + 1) * size));
  const ports = HEAD_BYTES + size * 2;
  return {
    kind: 'proxied',
    length,
    addresses: {
      source: { ip: at(0), port: view.getUint16(ports) },
      destination: { ip: at(1), port: view.getUint16(ports + 2) },
    },
  };
}

/** One family for both: IPv4 is told within IPv6 where the other one is IPv6. */
function sameFamily(addresses: ProxyAddresses): ProxyAddresses {
  const { source, destination } = addresses;
  if (ipFamily(source.ip) === ipFamily(destination.ip)) return addresses;
  const mapped = (ip: IpAddress): IpAddress =>
    ipFamily(ip) === 6
      ? ip
      : ipFromBytes(Uint8Array.of(...new Uint8Array(10), 255, 255, ...ipToBytes(ip)));
  return {
    source: { ...source, ip: mapped(source.ip) },
    destination: { ...destination, ip: mapped(destination.ip) },
  };
}
