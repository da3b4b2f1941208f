import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from './constants.ts';
import {
  align4,
  decodeAttributes,
  littleEndian,
  MESSAGE_HEADER_BYTES,
  type NetlinkMessage,
  readText,
  readU32,
  viewOf,
} from './message.ts';

/** The answer to a request: NLMSG_ERROR, whose error is 0 where all went well, or NLMSG_DONE. */
export interface Acknowledgement {
  /** Positive errno, or 0. */
  readonly errno: number;
  /** The kernel's own words (NETLINK_EXT_ACK). */
  readonly text?: string;
  /** Offset in the request of the attribute at fault. */
  readonly offset?: number;
}

/*
 *   0  int32 error (negative errno)     4  nlmsghdr of the request
 *  20  the request's payload, unless NLM_F_CAPPED; then attributes, where NLM_F_ACK_TLVS
 */
export function decodeAcknowledgement(message: NetlinkMessage): Acknowledgement | undefined {
  const { payload, flags } = message;
  if (payload.length < 4 + MESSAGE_HEADER_BYTES) return undefined;
  const view = viewOf(payload);
  const errno = Math.abs(view.getInt32(0, littleEndian));
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno };
  const capped = (flags & NLM_F_CAPPED) !== 0;
  const requestLength = capped ? MESSAGE_HEADER_BYTES : view.getUint32(4, littleEndian);
  return { errno, ...decodeExtended(payload, 4 + align4(requestLength)) };
}

/** The end of a dump carries an error and, on newer kernels, the same attributes. */
export function decodeDone(message: NetlinkMessage): Acknowledgement {
  const { payload, flags } = message;
  if (payload.length < 4) return { errno: 0 };
  const errno = Math.abs(viewOf(payload).getInt32(0, littleEndian));
  return (flags & NLM_F_ACK_TLVS) === 0 ? { errno } : { errno, ...decodeExtended(payload, 4) };
}

function decodeExtended(payload: Uint8Array, at: number): Pick<Acknowledgement, 'text' | 'offset'> {
  const attributes = decodeAttributes(payload, at);
  const text = readText(attributes.get(NLMSGERR_ATTR_MSG));
  const offset = readU32(attributes.get(NLMSGERR_ATTR_OFFS));
  return { ...(text !== undefined && { text }), ...(offset !== undefined && { offset }) };
}
