/** Where else this host can be reached when the interface of a virtual router is cut off. */
import { type IpAddress, type IpFamily, ipFamily, isLinkLocal } from '../base/ip.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';
import { linkStateOf } from './kernel-facts.ts';

const ALTERNATES_MAX = 4;
const SCOPE_GLOBAL = 0;
const IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;
const UNFIT = IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TENTATIVE;
/** IFA_PROTO of virtual addresses, another daemon's among them. */
const PROTOCOL_VRRP = 112;

export interface HostAddresses {
  readonly links: readonly LinkFacts[];
  readonly addresses: readonly AddressFacts[];
  isVirtual(address: IpAddress): boolean;
}

export interface AlternatesQuery {
  /** The interface of the virtual router. */
  readonly interface: string;
  readonly family: IpFamily;
  /** Source of its adverts. */
  readonly sender: IpAddress;
}

/**
 * One address of each family for each other interface that works. In front of them what the kernel
 * takes for the source of its group reports, where adverts have another one: by it the others tell
 * that it is a holdfast that listens.
 */
export function chooseAlternates(
  { links, addresses, isVirtual }: HostAddresses,
  { interface: own, family, sender }: AlternatesQuery,
): readonly IpAddress[] {
  const chosen: IpAddress[] = [];
  for (const link of links) {
    if (link.loopback || (link.name !== own && linkStateOf(link) !== 'up')) continue;
    const usable = addresses.filter(
      (facts) =>
        facts.interfaceIndex === link.index &&
        facts.protocol !== PROTOCOL_VRRP &&
        (facts.flags & UNFIT) === 0 &&
        !isVirtual(facts.address),
    );
    const first = (wanted: IpFamily, also: (facts: AddressFacts) => boolean) =>
      usable.find((facts) => ipFamily(facts.address) === wanted && also(facts))?.address;
    if (link.name === own) {
      const reporter = first(family, ({ address }) => family === 4 || isLinkLocal(address));
      if (reporter !== undefined && reporter !== sender) chosen.unshift(reporter);
      continue;
    }
    const isGlobal = ({ address, scope }: AddressFacts): boolean =>
      scope === SCOPE_GLOBAL && !isLinkLocal(address);
    for (const each of [first(4, isGlobal), first(6, isGlobal)]) {
      if (each !== undefined) chosen.push(each);
    }
  }
  return chosen.slice(0, ALTERNATES_MAX);
}
