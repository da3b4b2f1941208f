/**
 * What rules of nftables are made of: loads into registers, and what is asked of them. An expression
 * that finds nothing ends the rule; the next rule begins with empty registers.
 */
import type { NetlinkWriter } from './writer.ts';

/** A word of 32 bits among the sixteen of a rule, 0..15; what is longer goes on in the next ones. */
export type NftRegister = number;

export type NftExpression =
  | {
      readonly kind: 'meta';
      readonly key: keyof typeof META_KEYS;
      readonly to?: NftRegister;
    }
  | {
      readonly kind: 'payload';
      readonly base: 'network' | 'transport';
      readonly offset: number;
      readonly lengthBytes: number;
      readonly to?: NftRegister;
    }
  /** Of the connection: 4 bytes of state (bits), 1 of direction (0 original, 1 reply), 16 of label. */
  | { readonly kind: 'ct'; readonly key: keyof typeof CT_KEYS; readonly to?: NftRegister }
  /** Adds the bits to the connection's label. */
  | { readonly kind: 'set-label'; readonly from: NftRegister }
  /** The type of the source address (RTN_*), 4 bytes in the machine's order. */
  | { readonly kind: 'source-type'; readonly to?: NftRegister }
  /** Goes on where the register is equal, or is not. */
  | { readonly kind: 'equals' | 'differs'; readonly data: Uint8Array; readonly from?: NftRegister }
  | { readonly kind: 'and'; readonly register: NftRegister; readonly mask: Uint8Array }
  /** 4 bytes in the machine's order, below `modulus`: one more each time, or any. */
  | {
      readonly kind: 'number';
      readonly mode: 'increasing' | 'random';
      readonly modulus: number;
      readonly to: NftRegister;
    }
  | {
      readonly kind: 'hash';
      readonly from: NftRegister;
      readonly lengthBytes: number;
      readonly modulus: number;
      readonly seed: number;
      readonly to: NftRegister;
    }
  /** Goes on where the register is an element of the set, or is none. */
  | {
      readonly kind: 'lookup';
      readonly set: string;
      readonly match: 'in' | 'not-in';
      readonly from?: NftRegister;
    }
  /** Goes on with what the map has for the register. */
  | {
      readonly kind: 'map';
      readonly set: string;
      readonly from: NftRegister;
      readonly to: NftRegister;
    }
  /** Goes to the chain that the map has for the register. */
  | { readonly kind: 'dispatch'; readonly set: string; readonly from?: NftRegister }
  /** Changes an element; `add` and `update` end the rule where the set is full. */
  | {
      readonly kind: 'change-element';
      readonly change: keyof typeof DYNSET_OPERATIONS;
      readonly set: string;
      readonly key: NftRegister;
      readonly data?: NftRegister;
      readonly timeoutMs?: number;
    }
  | {
      readonly kind: 'dnat';
      readonly family: 4 | 6;
      readonly address: NftRegister;
      /** The packet keeps its port where absent. */
      readonly port?: NftRegister;
    }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'reject'; readonly answer: 'tcp-reset' | 'port-unreachable' }
  /** Gives the connection the idle times of an object of the table. */
  | { readonly kind: 'set-timeouts'; readonly object: string }
  | { readonly kind: 'counter' }
  | { readonly kind: 'drop' }
  /** Of a base chain: lets the packet pass. */
  | { readonly kind: 'return' };

const EXPRESSION_NAME = 1;
const EXPRESSION_DATA = 2;

const REGISTER_VERDICT = 0;
const META_REGISTER = 1;
const META_KEY = 2;
const META_KEYS = { mark: 3, iif: 4, oif: 5, nfproto: 15, l4proto: 16 } as const;
const PAYLOAD_REGISTER = 1;
const PAYLOAD_BASE = 2;
const PAYLOAD_OFFSET = 3;
const PAYLOAD_LENGTH = 4;
const PAYLOAD_BASES = { network: 1, transport: 2 } as const;
const CMP_REGISTER = 1;
const CMP_OPERATION = 2;
const CMP_DATA = 3;
const CMP_EQUAL = 0;
const CMP_DIFFERENT = 1;
const LOOKUP_SET = 1;
const LOOKUP_REGISTER = 2;
const LOOKUP_RESULT = 3;
const LOOKUP_FLAGS = 5;
const LOOKUP_INVERTED = 1;
const CT_RESULT = 1;
const CT_KEY = 2;
const CT_SOURCE = 4;
const CT_KEYS = { state: 0, direction: 1, label: 13 } as const;
const FIB_REGISTER = 1;
const FIB_RESULT = 2;
const FIB_FLAGS = 3;
const FIB_ADDRESS_TYPE = 3;
const FIB_SOURCE = 1;
const BITWISE_SOURCE = 1;
const BITWISE_RESULT = 2;
const BITWISE_LENGTH = 3;
const BITWISE_MASK = 4;
const BITWISE_XOR = 5;
const NUMGEN_REGISTER = 1;
const NUMGEN_MODULUS = 2;
const NUMGEN_TYPE = 3;
const NUMGEN_TYPES = { increasing: 0, random: 1 } as const;
const HASH_SOURCE = 1;
const HASH_RESULT = 2;
const HASH_LENGTH = 3;
const HASH_MODULUS = 4;
const HASH_SEED = 5;
const HASH_TYPE = 7;
const HASH_JENKINS = 0;
const DYNSET_SET = 1;
const DYNSET_OPERATION = 3;
const DYNSET_KEY = 4;
const DYNSET_DATA = 5;
const DYNSET_TIMEOUT = 6;
const DYNSET_OPERATIONS = { add: 0, update: 1, delete: 2 } as const;
const NAT_TYPE = 1;
const NAT_FAMILY = 2;
const NAT_ADDRESS = 3;
const NAT_PORT = 5;
const NAT_DESTINATION = 1;
const NAT_FAMILIES = { 4: 2, 6: 10 } as const;
const REJECT_TYPE = 1;
const REJECT_CODE = 2;
const REJECT_TCP_RESET = 1;
const REJECT_ICMPX = 2;
const ICMPX_PORT_UNREACHABLE = 1;
const OBJECT_TYPE = 1;
const OBJECT_NAME = 2;
const OBJECT_CT_TIMEOUT = 7;
const IMMEDIATE_REGISTER = 1;
const IMMEDIATE_DATA = 2;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const VERDICT_CODE = 1;
const VERDICT_CHAIN = 2;
const VERDICT_DROP = 0;
const VERDICT_GOTO = -4;
const VERDICT_RETURN = -5;

/** The kernel's name of an expression, and what writes its attributes. */
type Form<Expression> = readonly [
  name: string,
  write: (data: NetlinkWriter, expression: Expression) => unknown,
];

const compare: Form<Extract<NftExpression, { kind: 'equals' | 'differs' }>> = [
  'cmp',
  (data, { kind, from = 0, data: value }) =>
    data
      .u32be(CMP_REGISTER, numberOf(from))
      .u32be(CMP_OPERATION, kind === 'equals' ? CMP_EQUAL : CMP_DIFFERENT)
      .nested(CMP_DATA, (each) => each.attribute(DATA_VALUE, value)),
];

const FORMS: {
  readonly [Kind in NftExpression['kind']]: Form<Extract<NftExpression, { kind: Kind }>>;
} = {
  meta: [
    'meta',
    (data, { key, to = 0 }) =>
      data.u32be(META_REGISTER, numberOf(to)).u32be(META_KEY, META_KEYS[key]),
  ],
  payload: [
    'payload',
    (data, { base, offset, lengthBytes, to = 0 }) =>
      data
        .u32be(PAYLOAD_REGISTER, numberOf(to))
        .u32be(PAYLOAD_BASE, PAYLOAD_BASES[base])
        .u32be(PAYLOAD_OFFSET, offset)
        .u32be(PAYLOAD_LENGTH, lengthBytes),
  ],
  ct: [
    'ct',
    (data, { key, to = 0 }) => data.u32be(CT_RESULT, numberOf(to)).u32be(CT_KEY, CT_KEYS[key]),
  ],
  'set-label': [
    'ct',
    (data, { from }) => data.u32be(CT_KEY, CT_KEYS.label).u32be(CT_SOURCE, numberOf(from)),
  ],
  'source-type': [
    'fib',
    (data, { to = 0 }) =>
      data
        .u32be(FIB_REGISTER, numberOf(to))
        .u32be(FIB_RESULT, FIB_ADDRESS_TYPE)
        .u32be(FIB_FLAGS, FIB_SOURCE),
  ],
  equals: compare,
  differs: compare,
  and: [
    'bitwise',
    (data, { register, mask }) =>
      data
        .u32be(BITWISE_SOURCE, numberOf(register))
        .u32be(BITWISE_RESULT, numberOf(register))
        .u32be(BITWISE_LENGTH, mask.length)
        .nested(BITWISE_MASK, (each) => each.attribute(DATA_VALUE, mask))
        .nested(BITWISE_XOR, (each) => each.attribute(DATA_VALUE, new Uint8Array(mask.length))),
  ],
  number: [
    'numgen',
    (data, { mode, modulus, to }) =>
      data
        .u32be(NUMGEN_REGISTER, numberOf(to))
        .u32be(NUMGEN_MODULUS, modulus)
        .u32be(NUMGEN_TYPE, NUMGEN_TYPES[mode]),
  ],
  hash: [
    'hash',
    (data, { from, lengthBytes, modulus, seed, to }) =>
      data
        .u32be(HASH_SOURCE, numberOf(from))
        .u32be(HASH_RESULT, numberOf(to))
        .u32be(HASH_LENGTH, lengthBytes)
        .u32be(HASH_MODULUS, modulus)
        .u32be(HASH_SEED, seed)
        .u32be(HASH_TYPE, HASH_JENKINS),
  ],
  lookup: [
    'lookup',
    (data, { set, match, from = 0 }) => {
      data.u32be(LOOKUP_REGISTER, numberOf(from)).text(LOOKUP_SET, set);
      if (match === 'not-in') data.u32be(LOOKUP_FLAGS, LOOKUP_INVERTED);
    },
  ],
  map: [
    'lookup',
    (data, { set, from, to }) =>
      data
        .u32be(LOOKUP_REGISTER, numberOf(from))
        .text(LOOKUP_SET, set)
        .u32be(LOOKUP_RESULT, numberOf(to)),
  ],
  dispatch: [
    'lookup',
    (data, { set, from = 0 }) =>
      data
        .u32be(LOOKUP_REGISTER, numberOf(from))
        .text(LOOKUP_SET, set)
        .u32be(LOOKUP_RESULT, REGISTER_VERDICT),
  ],
  'change-element': [
    'dynset',
    (writer, { change, set, key, data, timeoutMs }) => {
      writer.text(DYNSET_SET, set).u32be(DYNSET_OPERATION, DYNSET_OPERATIONS[change]);
      writer.u32be(DYNSET_KEY, numberOf(key));
      if (data !== undefined) writer.u32be(DYNSET_DATA, numberOf(data));
      if (timeoutMs !== undefined) writer.u64be(DYNSET_TIMEOUT, timeoutMs);
    },
  ],
  dnat: [
    'nat',
    (data, { family, address, port }) => {
      data.u32be(NAT_TYPE, NAT_DESTINATION).u32be(NAT_FAMILY, NAT_FAMILIES[family]);
      data.u32be(NAT_ADDRESS, numberOf(address));
      if (port !== undefined) data.u32be(NAT_PORT, numberOf(port));
    },
  ],
  masquerade: ['masq', () => {}],
  reject: [
    'reject',
    (data, { answer }) =>
      answer === 'tcp-reset'
        ? data.u32be(REJECT_TYPE, REJECT_TCP_RESET).u8(REJECT_CODE, 0)
        : data.u32be(REJECT_TYPE, REJECT_ICMPX).u8(REJECT_CODE, ICMPX_PORT_UNREACHABLE),
  ],
  'set-timeouts': [
    'objref',
    (data, { object }) => data.u32be(OBJECT_TYPE, OBJECT_CT_TIMEOUT).text(OBJECT_NAME, object),
  ],
  counter: ['counter', () => {}],
  drop: ['immediate', (data) => writeVerdict(data, VERDICT_DROP)],
  return: ['immediate', (data) => writeVerdict(data, VERDICT_RETURN)],
};

/** The attributes of one element of a rule's list of expressions. */
export function writeExpression(writer: NetlinkWriter, expression: NftExpression): NetlinkWriter {
  const [name, write] = FORMS[expression.kind] as Form<NftExpression>;
  return writer
    .text(EXPRESSION_NAME, name)
    .nested(EXPRESSION_DATA, (data) => write(data, expression));
}

/** What an element of a map of chains has for its data. */
export function writeGoto(data: NetlinkWriter, chain: string): NetlinkWriter {
  return data.nested(DATA_VERDICT, (verdict) =>
    verdict.u32be(VERDICT_CODE, VERDICT_GOTO >>> 0).text(VERDICT_CHAIN, chain),
  );
}

function writeVerdict(data: NetlinkWriter, code: number): NetlinkWriter {
  return data
    .u32be(IMMEDIATE_REGISTER, REGISTER_VERDICT)
    .nested(IMMEDIATE_DATA, (value) =>
      value.nested(DATA_VERDICT, (verdict) => verdict.u32be(VERDICT_CODE, code >>> 0)),
    );
}

/** Four words together are a register of 16 bytes, which the kernel knows by a number of its own. */
function numberOf(register: NftRegister): number {
  return register % 4 === 0 ? 1 + register / 4 : 8 + register;
}
