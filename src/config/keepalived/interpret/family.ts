import type { IpFamily } from '../../../base/ip.ts';
import { familyOfWord } from './addresses.ts';
import type { Values } from './values.ts';

/** The family of the first address that an instance mentions; IPv4 where it mentions none. */
export function familyOf(values: Values): IpFamily {
  for (const { definition, words, block } of values.statements) {
    switch (definition.name) {
      case 'native_ipv6':
        return 6;
      case 'unicast_src_ip':
      case 'mcast_src_ip': {
        const source = words[0] === undefined ? undefined : familyOfWord(words[0]);
        if (source !== undefined) return source;
        break;
      }
      case 'unicast_peer':
      case 'virtual_ipaddress':
        for (const line of block?.lines ?? []) {
          const family = familyOfWord(line.words[0]);
          if (family !== undefined) return family;
        }
        break;
    }
  }
  return 4;
}
