/**
 * IP addresses as canonical text (RFC 5952 for IPv6): comparable with ===, serialisable, readable in
 * a log. The byte form is computed where bytes are needed.
 */
export type IpAddress = string & { readonly kind: 'ip' };
export type IpFamily = 4 | 6;

export function ipFamily(address: IpAddress): IpFamily {
  return address.includes(':') ? 6 : 4;
}

/** Strict text to canonical address: dotted quad without leading zeros, or RFC 4291 text without a zone. */
export function parseIp(text: string): IpAddress | undefined {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return bytes === undefined ? undefined : ipFromBytes(bytes);
}

/** The 4 or 16 bytes of an address, in network order. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const bytes = ipFamily(address) === 6 ? parseIpv6(address) : parseIpv4(address);
  if (bytes === undefined) throw new RangeError(`not an IP address: ${address}`);
  return bytes;
}

/** Canonical text of 4 or 16 bytes. */
export function ipFromBytes(bytes: Uint8Array): IpAddress {
  return (bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes)) as IpAddress;
}

/** Numeric order within one family; IPv4 sorts before IPv6. */
export function compareIp(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const left = ipToBytes(a);
  const right = ipToBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isMulticast(address: IpAddress): boolean {
  const first = ipToBytes(address)[0] ?? 0;
  return ipFamily(address) === 6 ? first === 0xff : first >= 224 && first <= 239;
}

/** fe80::/10, or 169.254.0.0/16. */
export function isLinkLocal(address: IpAddress): boolean {
  const [first = 0, second = 0] = ipToBytes(address);
  return ipFamily(address) === 6
    ? first === 0xfe && (second & 0xc0) === 0x80
    : first === 169 && second === 254;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    bytes[index] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  let head = text;
  const bytes = new Uint8Array(16);
  let groupCount = 8;
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const quad = parseIpv4(text.slice(lastColon + 1));
    if (quad === undefined) return undefined;
    bytes.set(quad, 12);
    groupCount = 6;
    head = text.slice(0, lastColon);
    if (head.endsWith(':')) head += ':';
  }
  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const left = splitGroups(halves[0] ?? '');
  const right = halves.length === 2 ? splitGroups(halves[1] ?? '') : [];
  if (left === undefined || right === undefined) return undefined;
  const given = left.length + right.length;
  if (halves.length === 2 ? given > groupCount - 1 : given !== groupCount) return undefined;
  writeGroups(bytes, left, 0);
  writeGroups(bytes, right, groupCount - right.length);
  return bytes;
}

function splitGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(Number.parseInt(part, 16));
  }
  return groups;
}

function writeGroups(bytes: Uint8Array, groups: readonly number[], at: number): void {
  for (const [index, group] of groups.entries()) {
    bytes[(at + index) * 2] = group >> 8;
    bytes[(at + index) * 2 + 1] = group & 0xff;
  }
}

function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.map((group) => group.toString(16)).join(':');
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}
