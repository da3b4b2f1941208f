/** Addresses and the networks that they lie in. */
import { type IpAddress, ipFamily, ipToBytes } from '../base/ip.ts';
import type { HostAddress, HostLink } from './facts.ts';

export function isInNetwork(
  address: IpAddress,
  network: { readonly address: IpAddress; readonly prefixLength: number },
): boolean {
  if (ipFamily(address) !== ipFamily(network.address)) return false;
  const own = ipToBytes(address);
  const other = ipToBytes(network.address);
  for (let bit = 0; bit < network.prefixLength; bit += 8) {
    const bits = Math.min(8, network.prefixLength - bit);
    const mask = (0xff << (8 - bits)) & 0xff;
    if (((own[bit / 8] ?? 0) & mask) !== ((other[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}

export function isSameNetwork(a: HostAddress, b: HostAddress): boolean {
  return a.prefixLength === b.prefixLength && isInNetwork(a.address, b);
}

export function findLink(links: readonly HostLink[], name: string): HostLink | undefined {
  return links.find((link) => link.name === name);
}
