import type { IpAddress } from '../../base/ip.ts';
import type { VirtualAddress, VrrpInstanceModel } from './vrrp.ts';

type Listed = Pick<VrrpInstanceModel, 'addresses' | 'excludedAddresses'>;

/** Everything that a master holds, whether it is advertised or not. */
export function virtualAddressesOf({ addresses, excludedAddresses }: Listed): VirtualAddress[] {
  return [...addresses, ...excludedAddresses];
}

export function vipsOf(instance: Listed): IpAddress[] {
  return virtualAddressesOf(instance).map(({ address }) => address);
}
