/** What the kernel's facts mean for the engine. */
import type { IpAddress } from '../base/ip.ts';
import type { LinkState } from '../core/vrrp/types.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';

const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_OPTIMISTIC = 0x04;

export function linkStateOf(link: LinkFacts): LinkState {
  return link.adminUp && link.running ? 'up' : 'down';
}

/** Addresses of an interface that may be the source of adverts, in the kernel's order. */
export function usableAddresses(
  addresses: readonly AddressFacts[],
  interfaceIndex: number,
): readonly IpAddress[] {
  return addresses
    .filter((facts) => facts.interfaceIndex === interfaceIndex && isUsableAddress(facts))
    .map(({ address }) => address);
}

export function isUsableAddress({ flags }: Pick<AddressFacts, 'flags'>): boolean {
  if ((flags & IFA_F_DADFAILED) !== 0) return false;
  return (flags & IFA_F_TENTATIVE) === 0 || (flags & IFA_F_OPTIMISTIC) !== 0;
}
