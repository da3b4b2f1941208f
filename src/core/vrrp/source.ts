import { type IpAddress, isLinkLocal } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';

/**
 * The source of our adverts: the configured one if the interface has it; otherwise the first IPv4
 * address, or the first link-local IPv6 address, that is not virtual: neither ours
 * (but for the owner, whose own they are) nor `foreign`, another instance's of this host.
 */
export function selectSource(
  model: VrrpInstanceModel,
  usable: readonly IpAddress[],
  foreign: ReadonlySet<IpAddress>,
): IpAddress | undefined {
  if (model.source !== undefined) return usable.includes(model.source) ? model.source : undefined;
  const held = new Set(
    [...model.addresses, ...model.excludedAddresses].map(({ address }) => address),
  );
  const isVirtual = (address: IpAddress): boolean =>
    foreign.has(address) || (model.priority !== 255 && held.has(address));
  return usable.find(
    (address) => !isVirtual(address) && (model.family === 4 || isLinkLocal(address)),
  );
}
