/** What rules of nftables are made of: loads into the one register we use, and what is asked of it. */
import type { NetlinkWriter } from './writer.ts';

export type NftExpression =
  | { readonly kind: 'meta'; readonly key: 'nfproto' | 'l4proto' }
  | {
      readonly kind: 'payload';
      readonly base: 'network' | 'transport';
      readonly offset: number;
      readonly lengthBytes: number;
    }
  /** Goes on where the register is equal. */
  | { readonly kind: 'equals'; readonly data: Uint8Array }
  /** Goes on where the register is an element of the set, or is none. */
  | { readonly kind: 'lookup'; readonly set: string; readonly match: 'in' | 'not-in' }
  | { readonly kind: 'counter' }
  | { readonly kind: 'drop' };

const EXPRESSION_NAME = 1;
const EXPRESSION_DATA = 2;

const REGISTER_VERDICT = 0;
const REGISTER_1 = 1;
const META_REGISTER = 1;
const META_KEY = 2;
const META_KEYS = { nfproto: 15, l4proto: 16 } as const;
const PAYLOAD_REGISTER = 1;
const PAYLOAD_BASE = 2;
const PAYLOAD_OFFSET = 3;
const PAYLOAD_LENGTH = 4;
const PAYLOAD_BASES = { network: 1, transport: 2 } as const;
const CMP_REGISTER = 1;
const CMP_OPERATION = 2;
const CMP_DATA = 3;
const CMP_EQUAL = 0;
const LOOKUP_SET = 1;
const LOOKUP_REGISTER = 2;
const LOOKUP_FLAGS = 5;
const LOOKUP_INVERTED = 1;
const IMMEDIATE_REGISTER = 1;
const IMMEDIATE_DATA = 2;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const VERDICT_CODE = 1;
const VERDICT_DROP = 0;

/** The attributes of one element of a rule's list of expressions. */
export function writeExpression(writer: NetlinkWriter, expression: NftExpression): NetlinkWriter {
  switch (expression.kind) {
    case 'meta':
      return write(writer, 'meta', (data) =>
        data.u32be(META_REGISTER, REGISTER_1).u32be(META_KEY, META_KEYS[expression.key]),
      );
    case 'payload':
      return write(writer, 'payload', (data) =>
        data
          .u32be(PAYLOAD_REGISTER, REGISTER_1)
          .u32be(PAYLOAD_BASE, PAYLOAD_BASES[expression.base])
          .u32be(PAYLOAD_OFFSET, expression.offset)
          .u32be(PAYLOAD_LENGTH, expression.lengthBytes),
      );
    case 'equals':
      return write(writer, 'cmp', (data) =>
        data
          .u32be(CMP_REGISTER, REGISTER_1)
          .u32be(CMP_OPERATION, CMP_EQUAL)
          .nested(CMP_DATA, (value) => value.attribute(DATA_VALUE, expression.data)),
      );
    case 'lookup':
      return write(writer, 'lookup', (data) => {
        data.u32be(LOOKUP_REGISTER, REGISTER_1).text(LOOKUP_SET, expression.set);
        if (expression.match === 'not-in') data.u32be(LOOKUP_FLAGS, LOOKUP_INVERTED);
      });
    case 'counter':
      return write(writer, 'counter', () => {});
    case 'drop':
      return write(writer, 'immediate', (data) =>
        data
          .u32be(IMMEDIATE_REGISTER, REGISTER_VERDICT)
          .nested(IMMEDIATE_DATA, (value) =>
            value.nested(DATA_VERDICT, (verdict) => verdict.u32be(VERDICT_CODE, VERDICT_DROP)),
          ),
      );
  }
}

function write(
  writer: NetlinkWriter,
  name: string,
  writeData: (data: NetlinkWriter) => unknown,
): NetlinkWriter {
  return writer.text(EXPRESSION_NAME, name).nested(EXPRESSION_DATA, writeData);
}
