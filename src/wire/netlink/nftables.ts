/**
 * The part of nftables that holdfast speaks (linux/netfilter/nf_tables.h): tables, sets and their
 * elements, base chains, rules. Changes go in batches, which the kernel carries out whole or not at all.
 */
import { NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_REQUEST } from './constants.ts';
import { decodeAttributes, readText } from './message.ts';
import { type NftExpression, writeExpression } from './nftables-expression.ts';
import { NFT_FIELDS, type NftField } from './nftables-fields.ts';
import type { NetlinkWriter } from './writer.ts';

/*
 * struct nfgenmsg
 *
 *   0  uint8 family   1  uint8 version 0   2  be16 resource id, in batches the subsystem
 */
export const HEADER_BYTES = 4;
export const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;

const NEWTABLE = 0;
const GETTABLE = 1;
const DELTABLE = 2;
const NEWCHAIN = 3;
const NEWRULE = 6;
const NEWSET = 9;
const NEWSETELEM = 12;
const DELSETELEM = 14;

const TABLE_NAME = 1;
const CHAIN_TABLE = 1;
const CHAIN_NAME = 3;
const CHAIN_HOOK = 4;
const CHAIN_POLICY = 5;
const CHAIN_TYPE = 7;
const HOOK_NUMBER = 1;
const HOOK_PRIORITY = 2;
const RULE_TABLE = 1;
const RULE_CHAIN = 2;
const RULE_EXPRESSIONS = 4;
const LIST_ELEMENT = 1;
const SET_TABLE = 1;
const SET_NAME = 2;
const SET_FLAGS = 3;
const SET_KEY_TYPE = 4;
const SET_KEY_LENGTH = 5;
const SET_ID = 10;
const SET_USERDATA = 13;
const SET_FLAG_TIMEOUT = 0x10;
const ELEMENTS_TABLE = 1;
const ELEMENTS_SET = 2;
const ELEMENTS_LIST = 3;
const ELEMENT_KEY = 1;
const ELEMENT_TIMEOUT = 4;
const DATA_VALUE = 1;
const POLICY_ACCEPT = 1;

export type NftFamily = 'inet' | 'arp';

export const FAMILIES: Readonly<Record<NftFamily, number>> = { inet: 1, arp: 3 };
export const HOOKS: Readonly<Record<NftFamily, Readonly<Record<NftHook, number>>>> = {
  inet: { prerouting: 0, input: 1, output: 3, postrouting: 4 },
  arp: { prerouting: -1, input: 0, output: 1, postrouting: -1 },
};

export type NftHook = 'prerouting' | 'input' | 'output' | 'postrouting';

/** For the program nft: the keys are in network order. */
const BIG_ENDIAN_KEYS = Uint8Array.of(0, 4, 2, 0, 0, 0);

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
}

export interface NftElement {
  readonly key: Uint8Array;
  readonly timeoutMs?: number;
}

/** One message of a batch. */
export interface NftMessage {
  /** As the kernel calls it. */
  readonly name: string;
  readonly type: number;
  readonly family: number;
  readonly flags: number;
  write(writer: NetlinkWriter): void;
}

export function newTable(table: NftTable): NftMessage {
  return message('NEWTABLE', NEWTABLE, table, (writer) => writer.text(TABLE_NAME, table.name));
}

export function deleteTable(table: NftTable): NftMessage {
  return message('DELTABLE', DELTABLE, table, (writer) => writer.text(TABLE_NAME, table.name));
}

export function newSet(
  table: NftTable,
  set: {
    readonly name: string;
    readonly key: NftField;
    readonly elements: 'lasting' | 'expiring';
    /** Unlike that of other sets of the batch. */
    readonly id: number;
  },
): NftMessage {
  const { number, bytes } = NFT_FIELDS[set.key];
  return message('NEWSET', NEWSET, table, (writer) =>
    writer
      .text(SET_TABLE, table.name)
      .text(SET_NAME, set.name)
      .u32be(SET_FLAGS, set.elements === 'expiring' ? SET_FLAG_TIMEOUT : 0)
      .u32be(SET_KEY_TYPE, number)
      .u32be(SET_KEY_LENGTH, bytes)
      .u32be(SET_ID, set.id)
      .attribute(SET_USERDATA, BIG_ENDIAN_KEYS),
  );
}

export function addElements(
  table: NftTable,
  set: string,
  elements: readonly NftElement[],
): NftMessage {
  return message('NEWSETELEM', NEWSETELEM, table, (writer) =>
    writeElements(writer, table, set, elements),
  );
}

/** Of an element that is not there the kernel answers ENOENT, and leaves the batch undone. */
export function removeElements(
  table: NftTable,
  set: string,
  elements: readonly NftElement[],
): NftMessage {
  return message('DELSETELEM', DELSETELEM, table, (writer) =>
    writeElements(writer, table, set, elements),
  );
}

/** A chain of type filter that lets pass what no rule drops. */
export function newBaseChain(
  table: NftTable,
  chain: { readonly name: string; readonly hook: NftHook; readonly priority: number },
): NftMessage {
  return message('NEWCHAIN', NEWCHAIN, table, (writer) =>
    writer
      .text(CHAIN_TABLE, table.name)
      .text(CHAIN_NAME, chain.name)
      .text(CHAIN_TYPE, 'filter')
      .u32be(CHAIN_POLICY, POLICY_ACCEPT)
      .nested(CHAIN_HOOK, (hook) =>
        hook
          .u32be(HOOK_NUMBER, HOOKS[table.family][chain.hook])
          .u32be(HOOK_PRIORITY, chain.priority >>> 0),
      ),
  );
}

/** Behind the rules that the chain has. */
export function appendRule(
  table: NftTable,
  chain: string,
  expressions: readonly NftExpression[],
): NftMessage {
  return {
    ...message('NEWRULE', NEWRULE, table, (writer) =>
      writer
        .text(RULE_TABLE, table.name)
        .text(RULE_CHAIN, chain)
        .nested(RULE_EXPRESSIONS, (list) => {
          for (const expression of expressions) {
            list.nested(LIST_ELEMENT, (element) => writeExpression(element, expression));
          }
        }),
    ),
    flags: NLM_F_CREATE | NLM_F_APPEND,
  };
}

/**
 * Writes a batch, whose sequence numbers begin at `first`. The kernel answers the last message, and
 * every message that it refuses; what it refuses altogether it answers at the batch's beginning.
 * Returns the number of the last message.
 */
export function writeBatch(
  writer: NetlinkWriter,
  messages: readonly NftMessage[],
  first: number,
): number {
  writeBoundary(writer, BATCH_BEGIN, first);
  let sequence = first;
  for (const [index, each] of messages.entries()) {
    const ack = index === messages.length - 1 ? NLM_F_ACK : 0;
    sequence++;
    writer.begin({ type: each.type, flags: NLM_F_REQUEST | each.flags | ack, sequence });
    writer.raw(Uint8Array.of(each.family, 0, 0, 0));
    each.write(writer);
    writer.end();
  }
  writeBoundary(writer, BATCH_END, sequence + 1);
  return sequence;
}

/** A request for all tables of all families. */
export const TABLE_DUMP = {
  type: (SUBSYSTEM << 8) | GETTABLE,
  body: new Uint8Array(HEADER_BYTES),
} as const;

/** A table of a dump; undefined for families that we have no business with, and for damaged messages. */
export function decodeTable(payload: Uint8Array): NftTable | undefined {
  if (payload.length < HEADER_BYTES) return undefined;
  const family = (['inet', 'arp'] as const).find((each) => FAMILIES[each] === payload[0]);
  const name = readText(decodeAttributes(payload, HEADER_BYTES).get(TABLE_NAME));
  return family === undefined || name === undefined ? undefined : { family, name };
}

/** One request to nftables. */
export function message(
  name: string,
  number: number,
  { family }: NftTable,
  write: (writer: NetlinkWriter) => unknown,
): NftMessage {
  return {
    name: `NFT_MSG_${name}`,
    type: (SUBSYSTEM << 8) | number,
    family: FAMILIES[family],
    flags: name.startsWith('NEW') ? NLM_F_CREATE : 0,
    write,
  };
}

function writeBoundary(writer: NetlinkWriter, type: number, sequence: number): void {
  writer.begin({ type, flags: NLM_F_REQUEST, sequence });
  writer.raw(Uint8Array.of(0, 0, 0, SUBSYSTEM));
  writer.end();
}

function writeElements(
  writer: NetlinkWriter,
  table: NftTable,
  set: string,
  elements: readonly NftElement[],
): void {
  writer.text(ELEMENTS_TABLE, table.name).text(ELEMENTS_SET, set);
  writer.nested(ELEMENTS_LIST, (list) => {
    for (const { key, timeoutMs } of elements) {
      list.nested(LIST_ELEMENT, (element) => {
        if (timeoutMs !== undefined) element.u64be(ELEMENT_TIMEOUT, timeoutMs);
        element.nested(ELEMENT_KEY, (data) => data.attribute(DATA_VALUE, key));
      });
    }
  });
}
