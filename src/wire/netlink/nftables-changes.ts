/** Changes of one table as plain data, and as messages. */
import { fromHex } from '../../base/hex.ts';
import { NLM_F_APPEND, NLM_F_CREATE } from './constants.ts';
import { HOOKS, message, type NftHook, type NftMessage, type NftTable } from './nftables.ts';
import { type NftExpression, writeExpression, writeGoto } from './nftables-expression.ts';
import { type NftField, paddedBytes, typeOfFields } from './nftables-fields.ts';
import type { NetlinkWriter } from './writer.ts';

export type NftChange =
  | { readonly kind: 'add-chain'; readonly chain: string; readonly base?: NftBase }
  | { readonly kind: 'delete-chain'; readonly chain: string }
  | { readonly kind: 'delete-rules'; readonly chain: string }
  | {
      readonly kind: 'append-rule';
      readonly chain: string;
      readonly expressions: readonly NftExpression[];
    }
  | { readonly kind: 'add-set'; readonly set: string; readonly form: NftSetForm }
  | { readonly kind: 'delete-set'; readonly set: string }
  | {
      readonly kind: 'add-elements' | 'remove-elements';
      readonly set: string;
      readonly elements: readonly NftSetElement[];
    }
  | { readonly kind: 'empty-set'; readonly set: string }
  | {
      readonly kind: 'add-timeouts';
      readonly object: string;
      readonly protocol: 'tcp' | 'udp';
      /** Seconds by the number of the state (CTA_TIMEOUT_TCP_*, CTA_TIMEOUT_UDP_*). */
      readonly policy: readonly (readonly [state: number, seconds: number])[];
    }
  | { readonly kind: 'delete-timeouts'; readonly object: string };

/** Where the kernel calls a chain. */
export interface NftBase {
  readonly type: 'filter' | 'nat';
  readonly hook: NftHook;
  readonly priority: number;
}

export interface NftSetForm {
  readonly key: readonly NftField[];
  /** Of a map: what its elements have; `chain` for a place to go to. */
  readonly data?: readonly NftField[] | 'chain';
  /** Elements with a counter each, which counts look-ups that find them. */
  readonly counters?: 'each';
  /** Ranges of keys, field by field. */
  readonly ranges?: 'fields';
  /** Rules add elements, which expire; so many at most. */
  readonly dynamic?: { readonly sizeMax: number };
}

/** Keys and data as hexadecimal digits: comparable, and readable in a test. */
export interface NftSetElement {
  readonly key: string;
  /** The last key of a range. */
  readonly keyEnd?: string;
  readonly data?: string;
  readonly goto?: string;
}

const DELCHAIN = 5;
const DELRULE = 8;
const NEWCHAIN = 3;
const NEWRULE = 6;
const NEWSET = 9;
const DELSET = 11;
const NEWSETELEM = 12;
const DELSETELEM = 14;
const NEWOBJ = 18;
const DELOBJ = 20;

/** The first attribute of all of them. */
const TABLE = 1;
const CHAIN_NAME = 3;
const CHAIN_HOOK = 4;
const CHAIN_POLICY = 5;
const CHAIN_TYPE = 7;
const HOOK_NUMBER = 1;
const HOOK_PRIORITY = 2;
const POLICY_ACCEPT = 1;
const RULE_CHAIN = 2;
const RULE_EXPRESSIONS = 4;
const LIST_ELEMENT = 1;
const SET_NAME = 2;
const SET_FLAGS = 3;
const SET_KEY_TYPE = 4;
const SET_KEY_LENGTH = 5;
const SET_DATA_TYPE = 6;
const SET_DATA_LENGTH = 7;
const SET_DESCRIPTION = 9;
const SET_ID = 10;
const SET_USERDATA = 13;
const SET_EXPRESSION = 17;
const DESCRIPTION_SIZE = 1;
const DESCRIPTION_FIELDS = 2;
const FIELD_LENGTH = 1;
const SET_FLAG_INTERVAL = 0x4;
const SET_FLAG_MAP = 0x8;
const SET_FLAG_TIMEOUT = 0x10;
const SET_FLAG_DYNAMIC = 0x20;
const SET_FLAG_CONCAT = 0x80;
const DATA_TYPE_VERDICT = 0xffff_ff00;
const ELEMENTS_SET = 2;
const ELEMENTS_LIST = 3;
const ELEMENT_KEY = 1;
const ELEMENT_DATA = 2;
const ELEMENT_KEY_END = 10;
const DATA_VALUE = 1;
const OBJECT_NAME = 2;
const OBJECT_TYPE = 3;
const OBJECT_DATA = 4;
const OBJECT_CT_TIMEOUT = 7;
const TIMEOUT_L4PROTO = 2;
const TIMEOUT_DATA = 3;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/** The length of an attribute has 16 bits. */
const ELEMENTS_PER_MESSAGE = 300;
/** For the program nft: the order of keys and data. */
const MACHINE_ORDER = Uint8Array.of(0, 4, 1, 0, 0, 0, 1, 4, 2, 0, 0, 0);
const NETWORK_ORDER = Uint8Array.of(0, 4, 2, 0, 0, 0, 1, 4, 2, 0, 0, 0);

/** The changes in their order, for one batch or several. */
export function messagesOf(table: NftTable, changes: readonly NftChange[]): readonly NftMessage[] {
  return changes.flatMap((change, index) => messagesOfOne(table, change, index + 1));
}

function messagesOfOne(table: NftTable, change: NftChange, id: number): readonly NftMessage[] {
  const make = (
    name: string,
    number: number,
    write: (writer: NetlinkWriter) => unknown,
  ): readonly NftMessage[] => [
    message(name, number, table, (writer) => write(writer.text(TABLE, table.name))),
  ];
  switch (change.kind) {
    case 'add-chain':
      return make('NEWCHAIN', NEWCHAIN, (writer) => writeChain(writer, table, change));
    case 'delete-chain':
      return make('DELCHAIN', DELCHAIN, (writer) => writer.text(CHAIN_NAME, change.chain));
    case 'delete-rules':
      return make('DELRULE', DELRULE, (writer) => writer.text(RULE_CHAIN, change.chain));
    case 'append-rule':
      return make('NEWRULE', NEWRULE, (writer) => writeRule(writer, change)).map((each) => ({
        ...each,
        flags: NLM_F_CREATE | NLM_F_APPEND,
      }));
    case 'add-set':
      return make('NEWSET', NEWSET, (writer) => writeSet(writer, change.set, change.form, id));
    case 'delete-set':
      return make('DELSET', DELSET, (writer) => writer.text(SET_NAME, change.set));
    case 'empty-set':
      return make('DELSETELEM', DELSETELEM, (writer) => writer.text(ELEMENTS_SET, change.set));
    case 'add-elements':
    case 'remove-elements': {
      const isAdded = change.kind === 'add-elements';
      const [name, number] = isAdded
        ? (['NEWSETELEM', NEWSETELEM] as const)
        : (['DELSETELEM', DELSETELEM] as const);
      return portions(change.elements).flatMap((elements) =>
        make(name, number, (writer) => writeElements(writer, change.set, elements)),
      );
    }
    case 'add-timeouts':
      return make('NEWOBJ', NEWOBJ, (writer) => writeTimeouts(writer, change));
    case 'delete-timeouts':
      return make('DELOBJ', DELOBJ, (writer) =>
        writer.text(OBJECT_NAME, change.object).u32be(OBJECT_TYPE, OBJECT_CT_TIMEOUT),
      );
  }
}

function writeChain(
  writer: NetlinkWriter,
  table: NftTable,
  { chain, base }: Extract<NftChange, { kind: 'add-chain' }>,
): void {
  writer.text(CHAIN_NAME, chain);
  if (base === undefined) return;
  writer
    .text(CHAIN_TYPE, base.type)
    .u32be(CHAIN_POLICY, POLICY_ACCEPT)
    .nested(CHAIN_HOOK, (hook) =>
      hook
        .u32be(HOOK_NUMBER, HOOKS[table.family][base.hook])
        .u32be(HOOK_PRIORITY, base.priority >>> 0),
    );
}

function writeRule(
  writer: NetlinkWriter,
  { chain, expressions }: Extract<NftChange, { kind: 'append-rule' }>,
): void {
  writer.text(RULE_CHAIN, chain).nested(RULE_EXPRESSIONS, (list) => {
    for (const expression of expressions) {
      list.nested(LIST_ELEMENT, (element) => writeExpression(element, expression));
    }
  });
}

function writeSet(writer: NetlinkWriter, name: string, form: NftSetForm, id: number): void {
  const key = typeOfFields(form.key);
  writer
    .text(SET_NAME, name)
    .u32be(SET_FLAGS, flagsOf(form))
    .u32be(SET_KEY_TYPE, key.number)
    .u32be(SET_KEY_LENGTH, key.bytes);
  if (form.data === 'chain') writer.u32be(SET_DATA_TYPE, DATA_TYPE_VERDICT);
  else if (form.data !== undefined) {
    const data = typeOfFields(form.data);
    writer.u32be(SET_DATA_TYPE, data.number).u32be(SET_DATA_LENGTH, data.bytes);
  }
  const { ranges, dynamic } = form;
  if (ranges !== undefined || dynamic !== undefined) {
    writer.nested(SET_DESCRIPTION, (description) => {
      if (dynamic !== undefined) description.u32be(DESCRIPTION_SIZE, dynamic.sizeMax);
      if (ranges !== undefined) writeFieldLengths(description, form.key);
    });
  }
  writer.u32be(SET_ID, id);
  writer.attribute(SET_USERDATA, form.key[0] === 'integer' ? MACHINE_ORDER : NETWORK_ORDER);
  if (form.counters !== undefined) {
    writer.nested(SET_EXPRESSION, (each) => writeExpression(each, { kind: 'counter' }));
  }
}

function writeFieldLengths(description: NetlinkWriter, fields: readonly NftField[]): void {
  description.nested(DESCRIPTION_FIELDS, (list) => {
    for (const field of fields) {
      list.nested(LIST_ELEMENT, (each) => each.u32be(FIELD_LENGTH, paddedBytes(field)));
    }
  });
}

function flagsOf({ data, ranges, dynamic }: NftSetForm): number {
  let flags = data === undefined ? 0 : SET_FLAG_MAP;
  if (ranges !== undefined) flags |= SET_FLAG_INTERVAL | SET_FLAG_CONCAT;
  if (dynamic !== undefined) flags |= SET_FLAG_TIMEOUT | SET_FLAG_DYNAMIC;
  return flags;
}

function writeElements(
  writer: NetlinkWriter,
  set: string,
  elements: readonly NftSetElement[],
): void {
  const value = (type: number, hex: string) =>
    writer.nested(type, (data) => data.attribute(DATA_VALUE, fromHex(hex)));
  writer.text(ELEMENTS_SET, set).nested(ELEMENTS_LIST, (list) => {
    for (const { key, keyEnd, data, goto } of elements) {
      list.nested(LIST_ELEMENT, (element) => {
        value(ELEMENT_KEY, key);
        if (keyEnd !== undefined) value(ELEMENT_KEY_END, keyEnd);
        if (data !== undefined) value(ELEMENT_DATA, data);
        if (goto !== undefined) element.nested(ELEMENT_DATA, (each) => writeGoto(each, goto));
      });
    }
  });
}

function writeTimeouts(
  writer: NetlinkWriter,
  { object, protocol, policy }: Extract<NftChange, { kind: 'add-timeouts' }>,
): void {
  writer
    .text(OBJECT_NAME, object)
    .u32be(OBJECT_TYPE, OBJECT_CT_TIMEOUT)
    .nested(OBJECT_DATA, (data) =>
      data.u8(TIMEOUT_L4PROTO, PROTOCOLS[protocol]).nested(TIMEOUT_DATA, (states) => {
        for (const [state, seconds] of policy) states.u32be(state, seconds);
      }),
    );
}

function portions<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = [];
  for (let from = 0; from < items.length; from += ELEMENTS_PER_MESSAGE) {
    parts.push(items.slice(from, from + ELEMENTS_PER_MESSAGE));
  }
  return parts;
}
