/**
 * Programs of the kernel's classic packet filter (linux/filter.h), which is asked for each frame before
 * a socket sees it.
 *
 *     +---------------+-------+-------+-------------------------------+
 *     |  uint16 code  | jump if true, |  uint32 operand               |
 *     |               | if false      |                               |
 *     +---------------+-------+-------+-------------------------------+
 */
import { type IpAddress, type IpFamily, ipToBytes } from '../base/ip.ts';
import { littleEndian } from './netlink/message.ts';

export const FILTER_INSTRUCTION_BYTES = 8;

export type FilterInstruction = readonly [
  code: number,
  ifTrue: number,
  ifFalse: number,
  operand: number,
];

export function encodeFilter(program: readonly FilterInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * FILTER_INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    const at = index * FILTER_INSTRUCTION_BYTES;
    view.setUint16(at, code, littleEndian);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, operand, littleEndian);
  }
  return bytes;
}

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_EQUAL_INDEX = 0x1d;
/** Four times the low half of the byte: what an IPv4 header says of its length. */
const LOAD_INDEX_HEADER_LENGTH = 0xb1;
const LOAD_INDEX = 0x01;
const LOAD_BYTE_AT_INDEX = 0x50;
const AND = 0x54;
const RETURN = 0x06;
const MOVE_TO_INDEX = 0x07;
/** `ld` of what the kernel knows of the frame: its direction, of which 4 is `outgoing`. */
const PACKET_TYPE = 0xffff_f004;
const PACKET_OUTGOING = 4;
const WHOLE_FRAME = 0x4_0000;

const OPERATION_AT = 20;
const SENDER_AT = 28;
const TARGET_AT = 38;
const REQUEST = 1;
const REPLY = 2;

/** Version 2 or 3, type 1, without the bit in which the versions differ. */
const ADVERT = 0x21;
const ANY_VERSION = 0xef;
const PRIORITY_AT = 2;

/** A jump reaches 255 instructions; and one frame shall not cost more comparisons than this. */
export const FILTER_SENDERS_MAX = 64;

type Target = 'next' | 'accept' | 'drop';

interface Instruction {
  readonly code: number;
  readonly operand: number;
  readonly yes?: Target;
  readonly no?: Target;
}

/**
 * Of the ARP frames of an Ethernet interface those that claim an address: replies, requests for the
 * sender's own address, and whatever comes from one of `senders`, of which the first 64 count.
 */
export function encodeArpClaimFilter(senders: readonly IpAddress[]): Uint8Array {
  const instructions: Instruction[] = [
    { code: LOAD_WORD, operand: PACKET_TYPE },
    { code: JUMP_IF_EQUAL, operand: PACKET_OUTGOING, yes: 'drop', no: 'next' },
    { code: LOAD_HALF, operand: OPERATION_AT },
    { code: JUMP_IF_EQUAL, operand: REPLY, yes: 'accept', no: 'next' },
    { code: JUMP_IF_EQUAL, operand: REQUEST, yes: 'next', no: 'drop' },
    { code: LOAD_WORD, operand: TARGET_AT },
    { code: MOVE_TO_INDEX, operand: 0 },
    { code: LOAD_WORD, operand: SENDER_AT },
    { code: JUMP_IF_EQUAL_INDEX, operand: 0, yes: 'accept', no: 'next' },
    ...senders.slice(0, FILTER_SENDERS_MAX).map(
      (sender): Instruction => ({
        code: JUMP_IF_EQUAL,
        operand: new DataView(ipToBytes(sender).buffer).getUint32(0),
        yes: 'accept',
        no: 'next',
      }),
    ),
    { code: RETURN, operand: 0 },
    { code: RETURN, operand: WHOLE_FRAME },
  ];
  return assemble(instructions);
}

/**
 * Of the packets of a raw socket for VRRP those that change something at once: a master that says by
 * priority 0 that it leaves, and whatever is not an advertisement of version 2 or 3. Over IPv4 the
 * packet begins with its own header, over IPv6 it does not.
 */
export function encodeUrgentAdvertFilter(family: IpFamily): Uint8Array {
  return assemble([
    family === 4
      ? { code: LOAD_INDEX_HEADER_LENGTH, operand: 0 }
      : { code: LOAD_INDEX, operand: 0 },
    { code: LOAD_BYTE_AT_INDEX, operand: 0 },
    { code: AND, operand: ANY_VERSION },
    { code: JUMP_IF_EQUAL, operand: ADVERT, yes: 'next', no: 'accept' },
    { code: LOAD_BYTE_AT_INDEX, operand: PRIORITY_AT },
    { code: JUMP_IF_EQUAL, operand: 0, yes: 'accept', no: 'drop' },
    { code: RETURN, operand: 0 },
    { code: RETURN, operand: WHOLE_FRAME },
  ]);
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const ends: Readonly<Record<Exclude<Target, 'next'>, number>> = {
    drop: instructions.length - 2,
    accept: instructions.length - 1,
  };
  return encodeFilter(
    instructions.map(({ code, operand, yes = 'next', no = 'next' }, index) => {
      const jump = (to: Target): number => (to === 'next' ? 0 : ends[to] - index - 1);
      return [code, jump(yes), jump(no), operand];
    }),
  );
}
