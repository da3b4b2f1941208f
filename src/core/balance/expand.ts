/** The services that one virtual server stands for: one, or one for each entry of its group. */
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes } from '../../base/ip.ts';
import {
  RANGE_ADDRESSES_MAX,
  type VirtualServer,
  type VirtualServerGroup,
} from '../../config/model/virtual-server.ts';
import { type ServiceId, type ServiceMatch, serviceId } from './plane.ts';

export interface Service {
  readonly id: ServiceId;
  readonly match: ServiceMatch;
}

export function servicesOf(
  virtual: VirtualServer,
  groups: ReadonlyMap<string, VirtualServerGroup>,
): readonly Service[] {
  const { key, protocol = 'tcp', family } = virtual;
  switch (key.kind) {
    case 'address':
      return [named({ kind: 'address', protocol, address: key.address, port: key.port })];
    case 'mark':
      return [named({ kind: 'mark', mark: key.mark, family })];
    case 'group':
      return (groups.get(key.group)?.entries ?? []).flatMap((entry) => {
        const theirs = entry.kind === 'mark' ? (entry.family ?? family) : ipFamily(entry.first);
        if (theirs !== family && !isTunnelled(virtual)) return [];
        if (entry.kind === 'mark')
          return [named({ kind: 'mark', mark: entry.mark, family: theirs })];
        const { first, last, port } = entry;
        return addressesBetween(first, last).map((address) =>
          named({ kind: 'address', protocol, address, port }),
        );
      });
  }
}

function named(match: ServiceMatch): Service {
  return { id: serviceId(match), match };
}

/** Only in a tunnel do packets reach a server of the other family. */
function isTunnelled({ realServers }: VirtualServer): boolean {
  return realServers.every(({ forwarding }) => forwarding.method === 'tunnel');
}

/** Both ends belong to it. */
function addressesBetween(first: IpAddress, last: IpAddress): readonly IpAddress[] {
  const addresses: IpAddress[] = [first];
  if (first === last || ipFamily(first) !== ipFamily(last)) return addresses;
  const bytes = ipToBytes(first);
  while (addresses.length < RANGE_ADDRESSES_MAX) {
    let index = bytes.length - 1;
    while (index >= 0 && bytes[index] === 255) bytes[index--] = 0;
    if (index < 0) return addresses;
    bytes[index] = (bytes[index] ?? 0) + 1;
    const address = ipFromBytes(bytes);
    addresses.push(address);
    if (address === last) return addresses;
  }
  return addresses;
}
