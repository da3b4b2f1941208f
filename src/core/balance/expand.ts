/** The services that one virtual server stands for: one, or one for each entry of its group. */
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes } from '../../base/ip.ts';
import type { VirtualServer, VirtualServerGroup } from '../../config/model/virtual-server.ts';
import type { ServiceMatch } from './plane.ts';

/** A range is limited by its notation to 65536 addresses. */
const RANGE_MAX = 65_536;

export function matchesOf(
  { key, protocol = 'tcp', family }: VirtualServer,
  groups: ReadonlyMap<string, VirtualServerGroup>,
): readonly ServiceMatch[] {
  switch (key.kind) {
    case 'address':
      return [{ kind: 'address', protocol, address: key.address, port: key.port }];
    case 'mark':
      return [{ kind: 'mark', mark: key.mark, family }];
    case 'group':
      return (groups.get(key.group)?.entries ?? []).flatMap((entry) => {
        if (entry.kind === 'mark') {
          return [{ kind: 'mark', mark: entry.mark, family: entry.family ?? family }];
        }
        const { first, last, port } = entry;
        return addressesBetween(first, last).map(
          (address): ServiceMatch => ({ kind: 'address', protocol, address, port }),
        );
      });
  }
}

/** Both ends belong to it. */
function addressesBetween(first: IpAddress, last: IpAddress): readonly IpAddress[] {
  const addresses: IpAddress[] = [first];
  if (first === last || ipFamily(first) !== ipFamily(last)) return addresses;
  const bytes = ipToBytes(first);
  while (addresses.length < RANGE_MAX) {
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
