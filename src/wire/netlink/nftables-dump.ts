/** What nftables answers when it is asked for chains, sets and elements of a table. */
import { toHex } from '../../base/hex.ts';
import { NLA_TYPE_MASK } from './constants.ts';
import { align4, decodeAttributes, littleEndian, readText, viewOf } from './message.ts';
import { FAMILIES, HEADER_BYTES, type NftTable, SUBSYSTEM } from './nftables.ts';
import { NetlinkWriter } from './writer.ts';

const GETCHAIN = 4;
const GETSET = 10;
const GETSETELEM = 13;
const TABLE = 1;
const CHAIN_NAME = 3;
const SET_NAME = 2;
const ELEMENTS_SET = 2;
const ELEMENTS_LIST = 3;
const LIST_ELEMENT = 1;
const ELEMENT_KEY = 1;
const ELEMENT_DATA = 2;
const ELEMENT_EXPRESSION = 7;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const VERDICT_CHAIN = 2;
const EXPRESSION_DATA = 2;
const COUNTER_BYTES = 1;
const COUNTER_PACKETS = 2;

export interface NftDumpRequest {
  readonly call: string;
  readonly type: number;
  readonly body: Uint8Array;
}

export function chainDump(table: NftTable): NftDumpRequest {
  return request('NFT_MSG_GETCHAIN', GETCHAIN, table);
}

export function setDump(table: NftTable): NftDumpRequest {
  return request('NFT_MSG_GETSET', GETSET, table, (writer) => writer.text(TABLE, table.name));
}

export function elementDump(table: NftTable, set: string): NftDumpRequest {
  return request('NFT_MSG_GETSETELEM', GETSETELEM, table, (writer) =>
    writer.text(TABLE, table.name).text(ELEMENTS_SET, set),
  );
}

/** For one element. */
export function elementRequest(table: NftTable, set: string, key: Uint8Array): NftDumpRequest {
  return request('NFT_MSG_GETSETELEM', GETSETELEM, table, (writer) =>
    writer
      .text(TABLE, table.name)
      .text(ELEMENTS_SET, set)
      .nested(ELEMENTS_LIST, (list) =>
        list.nested(LIST_ELEMENT, (element) =>
          element.nested(ELEMENT_KEY, (data) => data.attribute(DATA_VALUE, key)),
        ),
      ),
  );
}

/** The name of a chain; undefined where it belongs to another table. */
export function decodeChainName(payload: Uint8Array, table: NftTable): string | undefined {
  return nameIn(payload, table, CHAIN_NAME);
}

/** The name of a set; undefined where it belongs to another table. */
export function decodeSetName(payload: Uint8Array, table: NftTable): string | undefined {
  return nameIn(payload, table, SET_NAME);
}

export interface NftDumpedElement {
  readonly key: string;
  readonly data?: string;
  readonly goto?: string;
  readonly packets?: bigint;
  readonly bytes?: bigint;
}

/** The elements of one message; what is damaged is left out. */
export function decodeElements(payload: Uint8Array): readonly NftDumpedElement[] {
  if (payload.length < HEADER_BYTES) return [];
  const list = decodeAttributes(payload, HEADER_BYTES).get(ELEMENTS_LIST);
  const elements: NftDumpedElement[] = [];
  for (const each of listOf(list)) {
    const attributes = decodeAttributes(each, 0);
    const key = valueIn(attributes.get(ELEMENT_KEY));
    if (key === undefined) continue;
    const data = attributes.get(ELEMENT_DATA);
    const value = valueIn(data);
    const goto = chainOf(data);
    elements.push({
      key,
      ...(value !== undefined && { data: value }),
      ...(goto !== undefined && { goto }),
      ...counterOf(attributes.get(ELEMENT_EXPRESSION)),
    });
  }
  return elements;
}

function request(
  call: string,
  number: number,
  table: NftTable,
  write: (writer: NetlinkWriter) => unknown = () => {},
): NftDumpRequest {
  const writer = new NetlinkWriter();
  writer.raw(Uint8Array.of(FAMILIES[table.family], 0, 0, 0));
  write(writer);
  return { call, type: (SUBSYSTEM << 8) | number, body: writer.bytes.slice() };
}

function nameIn(payload: Uint8Array, table: NftTable, attribute: number): string | undefined {
  if (payload.length < HEADER_BYTES || payload[0] !== FAMILIES[table.family]) return undefined;
  const attributes = decodeAttributes(payload, HEADER_BYTES);
  if (readText(attributes.get(TABLE)) !== table.name) return undefined;
  return readText(attributes.get(attribute));
}

function listOf(list: Uint8Array | undefined): readonly Uint8Array[] {
  const items: Uint8Array[] = [];
  if (list === undefined) return items;
  const view = viewOf(list);
  for (let at = 0; at + 4 <= list.length; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < 4 || at + length > list.length) break;
    if ((view.getUint16(at + 2, littleEndian) & NLA_TYPE_MASK) === LIST_ELEMENT) {
      items.push(list.subarray(at + 4, at + length));
    }
    at += align4(length);
  }
  return items;
}

function valueIn(attribute: Uint8Array | undefined): string | undefined {
  if (attribute === undefined) return undefined;
  const value = decodeAttributes(attribute, 0).get(DATA_VALUE);
  return value === undefined ? undefined : toHex(value);
}

function chainOf(attribute: Uint8Array | undefined): string | undefined {
  if (attribute === undefined) return undefined;
  const verdict = decodeAttributes(attribute, 0).get(DATA_VERDICT);
  if (verdict === undefined) return undefined;
  return readText(decodeAttributes(verdict, 0).get(VERDICT_CHAIN));
}

function counterOf(
  attribute: Uint8Array | undefined,
): Pick<NftDumpedElement, 'packets' | 'bytes'> | undefined {
  if (attribute === undefined) return undefined;
  const data = decodeAttributes(attribute, 0).get(EXPRESSION_DATA);
  if (data === undefined) return undefined;
  const counter = decodeAttributes(data, 0);
  const packets = counter.get(COUNTER_PACKETS);
  const bytes = counter.get(COUNTER_BYTES);
  if (packets?.length !== 8 || bytes?.length !== 8) return undefined;
  return { packets: viewOf(packets).getBigUint64(0), bytes: viewOf(bytes).getBigUint64(0) };
}
