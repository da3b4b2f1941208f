/** Words of firewall rules, and whether a packet is what they say. */
import { isMulticast, parseIp } from '../../base/ip.ts';
import { isInNetwork } from '../networks.ts';
import type { Packet, Truth } from './rules.ts';

const PROTOCOLS: Readonly<Record<string, number>> = {
  ...{ icmp: 1, igmp: 2, tcp: 6, udp: 17, 'ipv6-icmp': 58, icmpv6: 58, esp: 50, ah: 51, gre: 47 },
  ...{ sctp: 132, vrrp: 112, carp: 112, all: -1, udplite: 136, dccp: 33, pim: 103, ospf: 89 },
};

export function isProtocol(packet: Packet, word: string): Truth {
  const number = PROTOCOLS[word] ?? (/^\d+$/.test(word) ? Number(word) : undefined);
  return number === undefined ? undefined : number === -1 || number === packet.protocol;
}

/** An address, a network as ADDRESS/LENGTH, or a range as FIRST-LAST. */
export function isAddress(packet: Packet, side: 'source' | 'destination', word: string): Truth {
  const [text = '', length] = word.split('/');
  const network = parseIp(text);
  if (network === undefined) return undefined;
  const whole = network.includes(':') ? 128 : 32;
  const prefixLength = length === undefined ? whole : Number(length);
  if (!Number.isInteger(prefixLength)) return undefined;
  if (prefixLength === 0) return true;
  const address = packet[side];
  return address === undefined
    ? undefined
    : isInNetwork(address, { address: network, prefixLength });
}

/** `+` (iptables) or `*` (nft) at the end stands for anything. */
export function isLink(packet: Packet, side: 'in' | 'out', pattern: string): Truth {
  const name = packet[side];
  if (/[+*]$/.test(pattern))
    return pattern.length === 1 ? true : name?.startsWith(pattern.slice(0, -1));
  // A packet of ours never comes in over the loopback.
  return name === undefined ? (pattern === 'lo' ? false : undefined) : name === pattern;
}

/** The first packet of a host that nobody has answered. */
export function isState(_packet: Packet, word: string): Truth {
  return word.toLowerCase() === 'new';
}

export function isPacketType(packet: Packet, word: string): Truth {
  const multicast = isMulticast(packet.destination);
  const own = packet.out === undefined ? (multicast ? 'multicast' : 'host') : 'host';
  return word === own || (word === 'unicast' && own === 'host');
}

/** What iptables calls `--dst-type`. */
export function isAddressType(packet: Packet, word: string): Truth {
  const own = isMulticast(packet.destination) ? 'MULTICAST' : 'LOCAL';
  return word.split(',').includes(own);
}
