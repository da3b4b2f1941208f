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
  if (!text.includes(':')) {
    return readIpv4(text, SCRATCH, 0) ? (formatIpv4(SCRATCH, 0) as IpAddress) : undefined;
  }
  const bytes = parseIpv6(text);
  return bytes === undefined ? undefined : ipFromBytes(bytes);
}

/** The 4 or 16 bytes of an address, in network order. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const bytes = ipFamily(address) === 6 ? parseIpv6(address) : parseIpv4(address);
  if (bytes === undefined) throw new RangeError(`not an IP address: ${address}`);
  return bytes;
}

/** The same into `target`, from index `at` on. */
export function ipIntoBytes(address: IpAddress, target: Uint8Array, at: number): void {
  if (!address.includes(':') && readIpv4(address, target, at)) return;
  target.set(ipToBytes(address), at);
}

/** Canonical text of 4 or 16 bytes. */
export function ipFromBytes(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return formatIpv4(bytes, 0) as IpAddress;
  if (bytes.length === 16) return formatIpv6(bytes) as IpAddress;
  throw new RangeError(`not the length of an IP address: ${bytes.length} bytes`);
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
  // Canonical text: a first group of that range has four digits, of which none is left out.
  return /^(?:fe[89ab][0-9a-f]:|169\.254\.)/.test(address);
}

/** Each call is done with it when it returns. */
const SCRATCH = new Uint8Array(4);
const DOT = 0x2e;
const DIGIT_ZERO = 0x30;

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  return readIpv4(text, bytes, 0) ? bytes : undefined;
}

/** Into four bytes of `target`; whether it is an address. */
function readIpv4(text: string, target: Uint8Array, from: number): boolean {
  let count = 0;
  let value = 0;
  let digits = 0;
  const { length } = text;
  for (let at = 0; at <= length; at++) {
    const code = at < length ? text.charCodeAt(at) : DOT;
    if (code === DOT) {
      if (digits === 0 || count === 4) return false;
      target[from + count++] = value;
      value = 0;
      digits = 0;
      continue;
    }
    const digit = code - DIGIT_ZERO;
    const isLeadingZero = digits > 0 && value === 0;
    value = value * 10 + digit;
    digits++;
    if (digit < 0 || digit > 9 || isLeadingZero || value > 255) return false;
  }
  return count === 4;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  let groups = 0;
  /** The group before which `::` stands. */
  let gap: number | undefined;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = endOfHex(text, at);
    if (text[end] === '.') {
      const quad = parseIpv4(text.slice(at));
      if (quad === undefined || groups > 6) return undefined;
      bytes.set(quad, groups * 2);
      groups += 2;
      break;
    }
    if (end === at || end - at > 4 || groups === 8) return undefined;
    const group = Number.parseInt(text.slice(at, end), 16);
    bytes[groups * 2] = group >> 8;
    bytes[groups * 2 + 1] = group;
    groups++;
    if (end === text.length) break;
    if (text[end] !== ':' || end + 1 === text.length) return undefined;
    at = end + 1;
    if (text[at] !== ':') continue;
    if (gap !== undefined) return undefined;
    gap = groups;
    at++;
  }
  if (gap === undefined) return groups === 8 ? bytes : undefined;
  // `::` stands for at least one group (RFC 4291 §2.2).
  if (groups === 8) return undefined;
  const tail = 16 - (groups - gap) * 2;
  bytes.copyWithin(tail, gap * 2, groups * 2);
  return bytes.fill(0, gap * 2, tail);
}

function endOfHex(text: string, start: number): number {
  let end = start;
  while (end < text.length && isHexDigit(text.charCodeAt(end))) end++;
  return end;
}

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= DIGIT_ZERO && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

function formatIpv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  const run = longestZeroRun(groups);
  if (run.start === 0 && run.length === 5 && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(bytes, 12)}`;
  }
  // A single zero group is not shortened (RFC 5952 §4.2.2).
  const runEnd = run.length < 2 ? 0 : run.start + run.length;
  let text = '';
  for (const [index, group] of groups.entries()) {
    if (index >= run.start && index < runEnd) {
      if (index === run.start) text += '::';
      continue;
    }
    if (index > 0 && index !== runEnd) text += ':';
    text += group.toString(16);
  }
  return text;
}

/** The first of the longest runs of zero groups. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let bestStart = 0;
  let bestLength = 0;
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > bestLength) {
      bestStart = start;
      bestLength = index - start;
    }
    start = index + 1;
  }
  return { start: bestStart, length: bestLength };
}
