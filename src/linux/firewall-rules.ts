/** The tables of the firewall guard, as messages: one set of addresses and one sign of life a class. */
import { type IpAddress, ipFamily, ipToBytes } from '../base/ip.ts';
import {
  addElements,
  appendRule,
  deleteTable,
  type NftElement,
  type NftFamily,
  type NftMessage,
  type NftTable,
  newBaseChain,
  newSet,
  newTable,
  removeElements,
} from '../wire/netlink/nftables.ts';
import type { NftExpression } from '../wire/netlink/nftables-expression.ts';
import type { NftField } from '../wire/netlink/nftables-fields.ts';

/** Before connection tracking, and before rules of others that would answer. */
const PRIORITY_RAW = -300;
/** The length of an attribute has 16 bits. */
const ELEMENTS_PER_MESSAGE = 1000;
const IPPROTO_ICMPV6 = 58;
const NEIGHBOUR_SOLICITATION = 135;
const NFPROTO_IPV4 = 2;
const NFPROTO_IPV6 = 10;

const INET_ALIVE: readonly Uint8Array[] = [
  Uint8Array.of(NFPROTO_IPV4),
  Uint8Array.of(NFPROTO_IPV6),
];
const ARP_ALIVE: readonly Uint8Array[] = [Uint8Array.of(0x08, 0x00)];

const FAMILIES: readonly NftFamily[] = ['inet', 'arp'];

export function tablesOf(name: string): readonly NftTable[] {
  return FAMILIES.map((family) => ({ family, name }));
}

/** Makes empty tables, also where there are some of this name. */
export function freshTables(name: string): readonly NftMessage[] {
  return tablesOf(name).flatMap((table) => [
    newTable(table),
    deleteTable(table),
    newTable(table),
    ...chainsOf(table),
  ]);
}

export function withoutTables(name: string): readonly NftMessage[] {
  return tablesOf(name).flatMap((table) => [newTable(table), deleteTable(table)]);
}

function chainsOf(table: NftTable): readonly NftMessage[] {
  if (table.family === 'arp') {
    return (['input', 'output'] as const).map((hook) =>
      newBaseChain(table, { name: hook, hook, priority: 0 }),
    );
  }
  return (['prerouting', 'output'] as const).map((hook) =>
    newBaseChain(table, { name: hook, hook, priority: PRIORITY_RAW }),
  );
}

/** Sets and rules of one validity; `position` is another one for each class of a batch. */
export function newClass(
  name: string,
  validityMs: number,
  position: number,
): readonly NftMessage[] {
  const [inet, arp] = tables(name);
  const sets = setNames(validityMs);
  const id = position * 10;
  const set = (table: NftTable, setName: string, key: NftField, offset: number): NftMessage =>
    newSet(table, {
      name: setName,
      key,
      elements: setName === sets.alive ? 'expiring' : 'lasting',
      id: id + offset,
    });
  const rule = (chain: string, match: readonly NftExpression[]): NftMessage =>
    appendRule(inet, chain, [...match, meta('nfproto'), ...unlessAlive(sets.alive)]);
  const arpRule = (chain: string, offset: number): NftMessage =>
    appendRule(arp, chain, [
      load('network', offset, 4),
      isIn(sets.ipv4),
      load('network', 2, 2),
      ...unlessAlive(sets.alive),
    ]);
  return [
    set(inet, sets.alive, 'nf_proto', 1),
    set(inet, sets.ipv4, 'ipv4_addr', 2),
    set(inet, sets.ipv6, 'ipv6_addr', 3),
    rule('prerouting', [...ofFamily(NFPROTO_IPV4), load('network', 16, 4), isIn(sets.ipv4)]),
    rule('prerouting', [...ofFamily(NFPROTO_IPV6), load('network', 24, 16), isIn(sets.ipv6)]),
    rule('prerouting', [
      ...ofFamily(NFPROTO_IPV6),
      meta('l4proto'),
      equals(IPPROTO_ICMPV6),
      load('transport', 0, 1),
      equals(NEIGHBOUR_SOLICITATION),
      load('transport', 8, 16),
      isIn(sets.ipv6),
    ]),
    // What this host says from such an address would lead neighbours to it.
    rule('output', [...ofFamily(NFPROTO_IPV4), load('network', 12, 4), isIn(sets.ipv4)]),
    rule('output', [...ofFamily(NFPROTO_IPV6), load('network', 8, 16), isIn(sets.ipv6)]),
    set(arp, sets.alive, 'ether_type', 4),
    set(arp, sets.ipv4, 'ipv4_addr', 5),
    // The target and the sender of ARP between Ethernet addresses.
    arpRule('input', 24),
    arpRule('output', 14),
  ];
}

/** Makes the sign of life new; only a removal between two additions does so on every kernel. */
export function renewal(name: string, validityMs: number): readonly NftMessage[] {
  return eachAlive(name, validityMs).flatMap(({ table, set, keys }) => {
    const lasting = keys.map((key) => ({ key, timeoutMs: validityMs }));
    return [
      addElements(table, set, lasting),
      removeElements(table, set, asElements(keys)),
      addElements(table, set, lasting),
    ];
  });
}

/** A sign of life for `restMs`, where there is none. */
export function firstSign(name: string, validityMs: number, restMs: number): readonly NftMessage[] {
  return eachAlive(name, validityMs).map(({ table, set, keys }) =>
    addElements(
      table,
      set,
      keys.map((key) => ({ key, timeoutMs: restMs })),
    ),
  );
}

export function changeAddresses(
  kind: 'add' | 'remove',
  name: string,
  validityMs: number,
  addresses: readonly IpAddress[],
): readonly NftMessage[] {
  const [inet, arp] = tables(name);
  const sets = setNames(validityMs);
  const change = kind === 'add' ? addElements : removeElements;
  const messages: NftMessage[] = [];
  for (const family of [4, 6] as const) {
    const keys = addresses.filter((each) => ipFamily(each) === family).map(ipToBytes);
    for (let from = 0; from < keys.length; from += ELEMENTS_PER_MESSAGE) {
      const elements = asElements(keys.slice(from, from + ELEMENTS_PER_MESSAGE));
      messages.push(change(inet, family === 4 ? sets.ipv4 : sets.ipv6, elements));
      if (family === 4) messages.push(change(arp, sets.ipv4, elements));
    }
  }
  return messages;
}

function tables(name: string): readonly [NftTable, NftTable] {
  return [
    { family: 'inet', name },
    { family: 'arp', name },
  ];
}

function setNames(validityMs: number) {
  return {
    alive: `alive_${validityMs}`,
    ipv4: `ipv4_${validityMs}`,
    ipv6: `ipv6_${validityMs}`,
  } as const;
}

function eachAlive(name: string, validityMs: number) {
  const [inet, arp] = tables(name);
  const set = setNames(validityMs).alive;
  return [
    { table: inet, set, keys: INET_ALIVE },
    { table: arp, set, keys: ARP_ALIVE },
  ];
}

function asElements(keys: readonly Uint8Array[]): readonly NftElement[] {
  return keys.map((key) => ({ key }));
}

function meta(key: 'nfproto' | 'l4proto'): NftExpression {
  return { kind: 'meta', key };
}

function load(base: 'network' | 'transport', offset: number, lengthBytes: number): NftExpression {
  return { kind: 'payload', base, offset, lengthBytes };
}

function equals(value: number): NftExpression {
  return { kind: 'equals', data: Uint8Array.of(value) };
}

function isIn(set: string): NftExpression {
  return { kind: 'lookup', set, match: 'in' };
}

function ofFamily(protocol: number): readonly NftExpression[] {
  return [meta('nfproto'), equals(protocol)];
}

/** The register holds what the sign of life is looked up by. */
function unlessAlive(set: string): readonly NftExpression[] {
  return [{ kind: 'lookup', set, match: 'not-in' }, { kind: 'counter' }, { kind: 'drop' }];
}
