/** This host's networks, for clients whose servers would answer them past it. */
import { toHex } from '../../../base/hex.ts';
import { type IpAddress, ipFamily, ipToBytes, isLinkLocal } from '../../../base/ip.ts';
import type { NftChange, NftSetElement } from '../../../wire/netlink/nftables-changes.ts';
import { SHARED } from './names.ts';

export interface HostNetwork {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** The changes that make these the networks, and a text that is equal where they are. */
export function networkChanges(networks: readonly HostNetwork[]): {
  readonly changes: readonly NftChange[];
  readonly fingerprint: string;
} {
  const changes: NftChange[] = [];
  for (const family of [4, 6] as const) {
    const set = family === 4 ? SHARED.onLink4 : SHARED.onLink6;
    const elements = largestOf(networks.filter((each) => ipFamily(each.address) === family));
    changes.push({ kind: 'empty-set', set });
    if (elements.length > 0) changes.push({ kind: 'add-elements', set, elements });
  }
  return { changes, fingerprint: JSON.stringify(changes) };
}

/** The kernel takes no range inside another. */
function largestOf(networks: readonly HostNetwork[]): readonly NftSetElement[] {
  const ranges: { readonly first: string; readonly last: string }[] = [];
  const largestFirst = [...networks].sort((a, b) => a.prefixLength - b.prefixLength);
  for (const { address, prefixLength } of largestFirst) {
    const bytes = ipToBytes(address);
    const isAlone = prefixLength === 0 || prefixLength === bytes.length * 8;
    if (isAlone || isLinkLocal(address) || isLoopback(address)) continue;
    const own = toHex(bytes);
    if (ranges.some(({ first, last }) => first <= own && own <= last)) continue;
    ranges.push({
      first: toHex(bytes.map((byte, index) => byte & maskByte(index, prefixLength))),
      last: toHex(bytes.map((byte, index) => byte | (maskByte(index, prefixLength) ^ 0xff))),
    });
  }
  return ranges.map(({ first, last }) => ({ key: first + first, keyEnd: last + last })).sort(byKey);
}

function maskByte(index: number, prefixLength: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
  return (0xff00 >> bits) & 0xff;
}

function isLoopback(address: IpAddress): boolean {
  return address === '::1' || address.startsWith('127.');
}

function byKey(a: NftSetElement, b: NftSetElement): number {
  return a.key < b.key ? -1 : 1;
}
