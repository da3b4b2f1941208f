/** What the table has besides services: where the kernel calls it, and the sets that services share. */
import { fromHex } from '../../../base/hex.ts';
import type { NftBase, NftChange, NftSetForm } from '../../../wire/netlink/nftables-changes.ts';
import type { NftExpression } from '../../../wire/netlink/nftables-expression.ts';
import { LABEL_MASK, SHARED, TIMEOUTS } from './names.ts';
import { labelOfConnection } from './service-rules.ts';

/** Whose connections get this host's address for their source, so that answers come back through it. */
export type Masquerading =
  /** Local clients, and clients in the server's own network. */
  'where-needed' | 'always';

export const SET_FORMS: Readonly<Record<string, NftSetForm>> = {
  [SHARED.services4]: { key: ['ipv4_addr', 'inet_proto', 'inet_service'], data: 'chain' },
  [SHARED.services6]: { key: ['ipv6_addr', 'inet_proto', 'inet_service'], data: 'chain' },
  [SHARED.anyPort4]: { key: ['ipv4_addr', 'inet_proto'], data: 'chain' },
  [SHARED.anyPort6]: { key: ['ipv6_addr', 'inet_proto'], data: 'chain' },
  [SHARED.marks]: { key: ['nf_proto', 'mark'], data: 'chain' },
  [SHARED.transports]: { key: ['inet_proto'] },
  // A label is sixteen bytes, and the program nft knows no other field of that size.
  [SHARED.endpoints4]: {
    key: ['ipv6_addr'],
    data: ['ipv4_addr', 'inet_service'],
    counters: 'each',
  },
  [SHARED.endpoints6]: {
    key: ['ipv6_addr'],
    data: ['ipv6_addr', 'inet_service'],
    counters: 'each',
  },
  [SHARED.hosts4]: { key: ['ipv6_addr'], data: ['ipv4_addr'], counters: 'each' },
  [SHARED.hosts6]: { key: ['ipv6_addr'], data: ['ipv6_addr'], counters: 'each' },
  [SHARED.trafficIn]: { key: ['ipv6_addr'], counters: 'each' },
  [SHARED.trafficOut]: { key: ['ipv6_addr'], counters: 'each' },
  [SHARED.onLink4]: { key: ['ipv4_addr', 'ipv4_addr'], ranges: 'fields' },
  [SHARED.onLink6]: { key: ['ipv6_addr', 'ipv6_addr'], ranges: 'fields' },
};

/** A label behind a word that says nothing (service-rules.ts tells why). */
const LABEL_FIELDS = ['nf_proto', 'ipv6_addr'] as const;

export const SLOTS_FORM: NftSetForm = { key: ['integer'], data: LABEL_FIELDS };

/** So many clients are remembered for a service; more of them are served, and not remembered. */
const CLIENTS_MAX = 1_000_000;

export function clientsForm(family: 4 | 6): NftSetForm {
  return {
    key: [family === 4 ? 'ipv4_addr' : 'ipv6_addr'],
    data: LABEL_FIELDS,
    dynamic: { sizeMax: CLIENTS_MAX },
  };
}

const PRIORITY_DSTNAT = -100;
const PRIORITY_SRCNAT = 100;
/** Behind the translation, so that its first packet is counted as well. */
const PRIORITY_COUNT = -90;
const LOOPBACK = 1;
const NFPROTO = { 4: 2, 6: 10 } as const;
const RTN_LOCAL = 2;
const DIRECTION = { original: 0, reply: 1 } as const;
const CT_STATE_NEW = 8;
/** TCP, UDP and SCTP. */
const TRANSPORTS = ['06', '11', '84'] as const;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

const CHAINS: readonly (readonly [string, NftBase])[] = [
  ['arriving', { type: 'nat', hook: 'prerouting', priority: PRIORITY_DSTNAT }],
  ['local', { type: 'nat', hook: 'output', priority: PRIORITY_DSTNAT }],
  ['leaving', { type: 'nat', hook: 'postrouting', priority: PRIORITY_SRCNAT }],
  ['count_arriving', { type: 'filter', hook: 'prerouting', priority: PRIORITY_COUNT }],
  ['count_local', { type: 'filter', hook: 'output', priority: PRIORITY_COUNT }],
];

/** An empty chain that tells in which form the table is; another number for each form of its sets. */
const FORM = 'form_1';

export const FRAME_CHAINS: ReadonlySet<string> = new Set([FORM, ...CHAINS.map(([name]) => name)]);

/** Whether a table with these chains is in the form that we write. */
export function formOf(chains: ReadonlySet<string>): 'ours' | 'other' {
  return chains.has(FORM) ? 'ours' : 'other';
}

/** Sets that are not there yet, and all chains with their rules, which replace what those had. */
export function frameChanges(
  present: ReadonlySet<string>,
  masquerading: Masquerading,
  timeouts: 'own' | 'usual',
): readonly NftChange[] {
  const changes: NftChange[] = [];
  for (const [set, form] of Object.entries(SET_FORMS)) {
    if (!present.has(set)) changes.push({ kind: 'add-set', set, form });
  }
  changes.push({ kind: 'add-chain', chain: FORM });
  const transports = TRANSPORTS.map((key) => ({ key }));
  changes.push({ kind: 'add-elements', set: SHARED.transports, elements: transports });
  for (const [chain, base] of CHAINS) {
    changes.push({ kind: 'add-chain', chain, base }, { kind: 'delete-rules', chain });
    for (const expressions of rulesOf(chain, masquerading, timeouts)) {
      changes.push({ kind: 'append-rule', chain, expressions });
    }
  }
  return changes;
}

function rulesOf(
  chain: string,
  masquerading: Masquerading,
  timeouts: 'own' | 'usual',
): readonly (readonly NftExpression[])[] {
  switch (chain) {
    case 'arriving':
    case 'local':
      return dispatchRules();
    case 'leaving':
      return leavingRules(masquerading);
    case 'count_arriving':
      // What this host says to itself was counted when it left.
      return [
        [meta('iif'), same(machineOrder(LOOPBACK)), { kind: 'return' }],
        ...countingRules(timeouts),
      ];
    default:
      return countingRules(timeouts);
  }
}

/** Marks come first, as in IPVS; then address and port, then an address with all ports. */
function dispatchRules(): readonly (readonly NftExpression[])[] {
  const byAddress = (family: 4 | 6): readonly (readonly NftExpression[])[] => {
    const size = family === 4 ? 4 : 16;
    const words = size / 4;
    const address: readonly NftExpression[] = [
      meta('nfproto'),
      same(Uint8Array.of(NFPROTO[family])),
      payload('network', family === 4 ? 16 : 24, size),
      { kind: 'meta', key: 'l4proto', to: words },
    ];
    return [
      [
        ...address,
        { ...payload('transport', 2, 2), to: words + 1 },
        { kind: 'dispatch', set: family === 4 ? SHARED.services4 : SHARED.services6 },
      ],
      [...address, { kind: 'dispatch', set: family === 4 ? SHARED.anyPort4 : SHARED.anyPort6 }],
    ];
  };
  return [
    [
      meta('l4proto'),
      { kind: 'lookup', set: SHARED.transports, match: 'in' },
      meta('nfproto'),
      { kind: 'meta', key: 'mark', to: 1 },
      { kind: 'dispatch', set: SHARED.marks },
    ],
    ...byAddress(4),
    ...byAddress(6),
  ];
}

function leavingRules(masquerading: Masquerading): readonly (readonly NftExpression[])[] {
  const onOneLink = (family: 4 | 6): readonly NftExpression[] => {
    const size = family === 4 ? 4 : 16;
    const source = family === 4 ? 12 : 8;
    return [
      meta('nfproto'),
      same(Uint8Array.of(NFPROTO[family])),
      payload('network', source, size),
      { ...payload('network', source + size, size), to: size / 4 },
      { kind: 'lookup', set: family === 4 ? SHARED.onLink4 : SHARED.onLink6, match: 'in' },
      { kind: 'masquerade' },
    ];
  };
  const where: readonly (readonly NftExpression[])[] =
    masquerading === 'always'
      ? [[{ kind: 'masquerade' }]]
      : [
          [{ kind: 'source-type' }, same(machineOrder(RTN_LOCAL)), { kind: 'masquerade' }],
          onOneLink(4),
          onOneLink(6),
        ];
  return [
    returnUnlessOurs(),
    [meta('oif'), same(machineOrder(LOOPBACK)), { kind: 'return' }],
    ...where,
  ];
}

function countingRules(timeouts: 'own' | 'usual'): readonly (readonly NftExpression[])[] {
  const count = (direction: 'original' | 'reply', set: string): readonly NftExpression[] => [
    { kind: 'ct', key: 'direction' },
    same(Uint8Array.of(DIRECTION[direction])),
    ...labelOfConnection(LABEL_MASK),
    { kind: 'lookup', set, match: 'in' },
  ];
  const begin = (protocol: 'tcp' | 'udp'): readonly NftExpression[] => [
    { kind: 'ct', key: 'state' },
    { kind: 'and', register: 0, mask: machineOrder(CT_STATE_NEW) },
    { kind: 'differs', data: new Uint8Array(4) },
    meta('l4proto'),
    same(Uint8Array.of(PROTOCOLS[protocol])),
    { kind: 'set-timeouts', object: TIMEOUTS[protocol] },
  ];
  return [
    returnUnlessOurs(),
    count('original', SHARED.trafficIn),
    count('reply', SHARED.trafficOut),
    ...(timeouts === 'own' ? [begin('tcp'), begin('udp')] : []),
  ];
}

function returnUnlessOurs(): readonly NftExpression[] {
  return [
    ...labelOfConnection(LABEL_MASK),
    { kind: 'equals', data: fromHex('0'.repeat(LABEL_MASK.length)) },
    { kind: 'return' },
  ];
}

function meta(key: 'iif' | 'oif' | 'nfproto' | 'l4proto'): NftExpression {
  return { kind: 'meta', key };
}

function payload(base: 'network' | 'transport', offset: number, lengthBytes: number) {
  return { kind: 'payload', base, offset, lengthBytes } as const;
}

function same(data: Uint8Array): NftExpression {
  return { kind: 'equals', data };
}

/** As the kernel has numbers in its memory. */
function machineOrder(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
