import { IFA_CACHEINFO, RTM_NEWADDR } from '../wire/netlink/constants.ts';
import { encodeFilter, type FilterInstruction } from '../wire/packet-filter.ts';
import type { SocketStep } from './ffi/open-socket.ts';
import { littleEndian } from './ffi/sockaddr.ts';
import { attachFilter } from './ffi/socket-filter.ts';

/* linux/bpf_common.h, linux/filter.h */
const LD_WORD = 0x20;
const LD_HALF = 0x28;
const LD_WORD_INDEXED = 0x40;
const LD_IMMEDIATE = 0x00;
const LDX_IMMEDIATE = 0x01;
const STORE = 0x02;
const LDX_MEMORY = 0x61;
const JUMP_EQUAL = 0x15;
const JUMP_EQUAL_X = 0x1d;
const A_TO_X = 0x07;
const RETURN = 0x06;
/** SKF_AD_OFF + SKF_AD_NLATTR: A becomes the offset of the attribute X, searched from A on, or 0. */
const FIND_ATTRIBUTE = (-0x1000 + 12) >>> 0;

const ALL = 0xffff_ffff;
const NOTHING = 0;

/* Offsets in RTM_NEWADDR, and in the attribute IFA_CACHEINFO with its header. */
const TYPE_AT = 4;
const PORT_AT = 12;
const ATTRIBUTES_AT = 24;
const CREATED_AT = 12;
const UPDATED_AT = 16;

/**
 * Keeps the events of our own renewals away: a thousand a second would cost more than all else. Passes
 * on an address that the kernel has added because of a renewal: then it was gone before, and was created
 * when it was updated.
 */
export function withoutRenewalsOf(portId: number): SocketStep {
  const program: readonly FilterInstruction[] = [
    [LD_HALF, 0, 0, TYPE_AT],
    [JUMP_EQUAL, 0, 11, networkOrder16(RTM_NEWADDR)],
    [LD_WORD, 0, 0, PORT_AT],
    [JUMP_EQUAL, 0, 9, networkOrder32(portId)],
    [LDX_IMMEDIATE, 0, 0, IFA_CACHEINFO],
    [LD_IMMEDIATE, 0, 0, ATTRIBUTES_AT],
    [LD_WORD, 0, 0, FIND_ATTRIBUTE],
    [A_TO_X, 0, 0, 0],
    [LD_WORD_INDEXED, 0, 0, CREATED_AT],
    [STORE, 0, 0, 0],
    [LD_WORD_INDEXED, 0, 0, UPDATED_AT],
    [LDX_MEMORY, 0, 0, 0],
    [JUMP_EQUAL_X, 0, 1, 0],
    [RETURN, 0, 0, ALL],
    [RETURN, 0, 0, NOTHING],
  ];
  return {
    call: 'setsockopt(SO_ATTACH_FILTER)',
    // Without it the events come, and cost time.
    need: 'optional',
    run: (fd) => attachFilter(fd, encodeFilter(program)),
  };
}

/** The filter loads in network order what the kernel wrote in the order of the machine. */
function networkOrder16(value: number): number {
  return littleEndian ? ((value & 0xff) << 8) | (value >>> 8) : value;
}

function networkOrder32(value: number): number {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, value, littleEndian);
  return view.getUint32(0);
}
