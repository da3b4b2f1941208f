import { type IpFamily, ipFamily } from '../../../base/ip.ts';
import type { VirtualAddress } from '../../model/vrrp.ts';
import { readAddressLine } from './addresses.ts';
import { type Context, notePosition } from './context.ts';
import type { Values } from './values.ts';

export interface VirtualAddresses {
  readonly addresses: readonly VirtualAddress[];
  readonly excluded: readonly VirtualAddress[];
}

/** What one advert can carry: its count is one byte, its packet not larger than an Ethernet frame. */
const ADVERTISED_MAX: Readonly<Record<IpFamily, number>> = { 4: 255, 6: 90 };

export function readVirtualAddresses(
  values: Values,
  instance: string,
  family: IpFamily,
  context: Context,
): VirtualAddresses {
  const seen = new Set<string>();
  const read = (keyword: string): VirtualAddress[] =>
    values
      .all(keyword)
      .flatMap(({ block }) => block?.lines ?? [])
      .flatMap((line) => {
        const placed = readAddressLine(line, context.report);
        if (placed === undefined) return [];
        const { address, at } = placed;
        if (keyword === 'virtual_ipaddress' && ipFamily(address.address) !== family) {
          context.report.add(
            'wrong-family',
            at,
            `${address.address} is not IPv${family}, the family of this instance: it is left out`,
            'put it into virtual_ipaddress_excluded, or into an instance of its own',
          );
          return [];
        }
        // The same link-local address may be wanted on two interfaces.
        const key = `${address.address} ${address.interface ?? ''}`;
        if (seen.has(key)) {
          context.report.add('duplicate-address', at, `${address.address} is listed twice`);
          return [];
        }
        seen.add(key);
        notePosition(context, `instance/${instance}/address/${address.address}`, at);
        if (address.interface !== undefined) {
          notePosition(context, `instance/${instance}/device/${address.interface}`, at);
        }
        return [address];
      });
  const addresses = read('virtual_ipaddress');
  const excluded = read('virtual_ipaddress_excluded');
  return fit({ addresses, excluded }, instance, family, context);
}

/** What an advert cannot carry is held like the others, but not advertised. */
function fit(
  { addresses, excluded }: VirtualAddresses,
  instance: string,
  family: IpFamily,
  context: Context,
): VirtualAddresses {
  const max = ADVERTISED_MAX[family];
  const first = addresses[max];
  if (first === undefined) return { addresses, excluded };
  const at = context.positions.get(`instance/${instance}/address/${first.address}`);
  if (at !== undefined) {
    context.report.add(
      'too-many-addresses',
      at,
      `an advert carries ${max} addresses; ${addresses.length - max} from here on are not advertised`,
      'move them into virtual_ipaddress_excluded',
    );
  }
  return { addresses: addresses.slice(0, max), excluded: [...addresses.slice(max), ...excluded] };
}
