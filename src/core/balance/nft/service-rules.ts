/** The rules of one service's chain, which sees the first packet of each connection. */
import { fromHex } from '../../../base/hex.ts';
import { type IpFamily, ipToBytes } from '../../../base/ip.ts';
import type { Persistence } from '../../../config/model/virtual-server.ts';
import type { NftExpression, NftRegister } from '../../../wire/netlink/nftables-expression.ts';
import type { NftScheduler } from './schedulers.ts';

export interface RuleFacts {
  readonly family: IpFamily;
  readonly scheduler: NftScheduler;
  /** Source and port are hashed, not the source alone. */
  readonly hashedPort: 'with' | 'without';
  readonly slotCount: number;
  readonly slots: string;
  /** Where the server's address is found, and whether a port is with it. */
  readonly servers: string;
  readonly serverPort: 'own' | 'kept';
  readonly persistence?: Persistence;
  readonly clients: string;
}

/*
 * Registers, by their first word. What a map has for a label begins with a word of no meaning: the program
 * nft ends in an assertion when it lists a look-up in one map of what another one has, but follows
 * registers by their first word only. It takes ours for the connection's label, which is loaded before.
 */
const FOUND: NftRegister = 0;
const LABEL: NftRegister = 1;
/** One word or four, and one for a port. */
const CLIENT: NftRegister = 5;
const SERVER: NftRegister = 10;
const SLOT: NftRegister = 15;

const IPPROTO_TCP = 6;
const HASH_SEED = 0x68667374;
const SOURCES = {
  4: { offset: 12, lengthBytes: 4, words: 1 },
  6: { offset: 8, lengthBytes: 16, words: 4 },
} as const;
const DESTINATIONS = {
  4: { offset: 16, lengthBytes: 4, words: 1 },
  6: { offset: 24, lengthBytes: 16, words: 4 },
} as const;

const loadLabel: NftExpression = { kind: 'ct', key: 'label', to: LABEL };
/** The word before a label, where one is stored. */
const loadFamily: NftExpression = { kind: 'meta', key: 'nfproto', to: FOUND };

/**
 * A client that was served lately goes to the server that served it, as long as the service has it;
 * anybody else to one that is drawn. Whoever gets to the end has found no server.
 *
 * A packet that comes while a batch takes effect is judged by the rules of before, but by the sets of after:
 * the slot that it draws, or the server in it, may be gone. The first slot is there in any case.
 */
export function serviceRules(facts: RuleFacts): readonly (readonly NftExpression[])[] {
  const { persistence, clients } = facts;
  const rules: (readonly NftExpression[])[] = [];
  if (persistence !== undefined) {
    const timeoutMs = Math.max(1000, Math.round(persistence.timeout / 1000));
    const entry = { set: clients, key: CLIENT, data: FOUND } as const;
    const known = maskedClient(facts.family, persistence);
    rules.push([
      loadLabel,
      ...known,
      { kind: 'map', set: clients, from: CLIENT, to: FOUND },
      ...findServer(facts),
      loadFamily,
      { kind: 'change-element', change: 'update', timeoutMs, ...entry },
      ...forward(facts),
    ]);
    if (facts.slotCount > 0) {
      rules.push([
        ...drawServer(facts),
        ...findServer(facts),
        // Hashing takes the registers of the client's address.
        ...known,
        loadFamily,
        // An element keeps its data when it is updated, so one whose server is gone has to go first.
        { kind: 'change-element', change: 'delete', ...entry },
        { kind: 'change-element', change: 'add', timeoutMs, ...entry },
        ...forward(facts),
      ]);
    }
  }
  if (facts.slotCount > 0) {
    rules.push([...drawServer(facts), ...findServer(facts), ...forward(facts)]);
    rules.push([...takeFirst(facts), ...findServer(facts), ...forward(facts)]);
  }
  return [...rules, ...refuse()];
}

function maskedClient(family: IpFamily, { mask }: Persistence): readonly NftExpression[] {
  return [...load('network', SOURCES[family], CLIENT), ...maskOf(family, mask)];
}

function maskOf(family: IpFamily, mask: Persistence['mask']): readonly NftExpression[] {
  const bytes =
    'netmask' in mask
      ? ipToBytes(mask.netmask)
      : prefixMask(family === 4 ? 4 : 16, mask.prefixLength);
  if (bytes.every((byte) => byte === 0xff)) return [];
  return [{ kind: 'and', register: CLIENT, mask: bytes }];
}

function prefixMask(lengthBytes: number, prefixLength: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return (0xff00 >> bits) & 0xff;
  });
}

function drawServer(facts: RuleFacts): readonly NftExpression[] {
  return [loadLabel, ...drawSlot(facts, facts.slotCount), ...serverInSlot(facts)];
}

function takeFirst(facts: RuleFacts): readonly NftExpression[] {
  return [
    loadLabel,
    { kind: 'number', mode: 'random', modulus: 1, to: SLOT },
    ...serverInSlot(facts),
  ];
}

function serverInSlot({ slots }: RuleFacts): readonly NftExpression[] {
  return [{ kind: 'map', set: slots, from: SLOT, to: FOUND }];
}

function drawSlot(
  { scheduler, family, hashedPort }: RuleFacts,
  modulus: number,
): readonly NftExpression[] {
  switch (scheduler.draw) {
    case 'turn':
      return [{ kind: 'number', mode: 'increasing', modulus, to: SLOT }];
    case 'chance':
      return [{ kind: 'number', mode: 'random', modulus, to: SLOT }];
    case 'client': {
      const { words } = SOURCES[family];
      const port = { offset: 0, lengthBytes: 2 };
      const isHashed = hashedPort === 'with';
      return [
        ...load('network', SOURCES[family], CLIENT),
        ...(isHashed ? load('transport', port, CLIENT + words) : []),
        hash((words + (isHashed ? 1 : 0)) * 4, modulus),
      ];
    }
    case 'destination': {
      const { words } = DESTINATIONS[family];
      return [...load('network', DESTINATIONS[family], CLIENT), hash(words * 4, modulus)];
    }
  }
}

function hash(lengthBytes: number, modulus: number): NftExpression {
  return { kind: 'hash', from: CLIENT, lengthBytes, modulus, seed: HASH_SEED, to: SLOT };
}

/** Ends the rule where the service has no such server any more. */
function findServer({ servers }: RuleFacts): readonly NftExpression[] {
  return [{ kind: 'map', set: servers, from: LABEL, to: SERVER }];
}

function forward({ family, serverPort }: RuleFacts): readonly NftExpression[] {
  const port = serverPort === 'own' ? { port: SERVER + SOURCES[family].words } : {};
  return [
    { kind: 'set-label', from: LABEL },
    { kind: 'dnat', family, address: SERVER, ...port },
  ];
}

function refuse(): readonly (readonly NftExpression[])[] {
  return [
    [
      { kind: 'meta', key: 'l4proto' },
      { kind: 'equals', data: Uint8Array.of(IPPROTO_TCP) },
      { kind: 'reject', answer: 'tcp-reset' },
    ],
    [{ kind: 'reject', answer: 'port-unreachable' }],
  ];
}

function load(
  base: 'network' | 'transport',
  field: { readonly offset: number; readonly lengthBytes: number },
  to: NftRegister,
): readonly NftExpression[] {
  return [{ kind: 'payload', base, offset: field.offset, lengthBytes: field.lengthBytes, to }];
}

/** Ends the rule where the connection is none of ours; else its label is in the first four words. */
export function labelOfConnection(mask: string): readonly NftExpression[] {
  return [
    { kind: 'ct', key: 'label' },
    { kind: 'and', register: 0, mask: fromHex(mask) },
  ];
}
