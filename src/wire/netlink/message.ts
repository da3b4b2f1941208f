/*
 * struct nlmsghdr, in the byte order of the machine; messages and attributes begin at multiples of 4.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------------------------------------------------------+
 *   0 |                 Length (header and payload)                   |
 *     +-------------------------------+-------------------------------+
 *   4 |             Type              |             Flags             |
 *     +-------------------------------+-------------------------------+
 *   8 |                           Sequence                            |
 *     +---------------------------------------------------------------+
 *  12 |                            Port id                            |
 *     +---------------------------------------------------------------+
 */
export const MESSAGE_HEADER_BYTES = 16;
export const ATTRIBUTE_HEADER_BYTES = 4;
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  /** A view on the datagram. */
  readonly payload: Uint8Array;
}

/** The whole messages of a datagram; what follows a damaged header is left out. */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const view = viewOf(datagram);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + MESSAGE_HEADER_BYTES <= datagram.length; ) {
    const length = view.getUint32(at, littleEndian);
    if (length < MESSAGE_HEADER_BYTES || at + length > datagram.length) break;
    messages.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      sequence: view.getUint32(at + 8, littleEndian),
      portId: view.getUint32(at + 12, littleEndian),
      payload: datagram.subarray(at + MESSAGE_HEADER_BYTES, at + length),
    });
    at += align4(length);
  }
  return messages;
}

/** Attributes by type; of several of one type the last counts, as in the kernel. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

const TYPE_MASK = 0x3fff;

/** The whole attributes in `bytes` from `at`; what follows a damaged header is left out. */
export function decodeAttributes(bytes: Uint8Array, start: number): Attributes {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  for (let at = start; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, littleEndian) & TYPE_MASK;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += align4(length);
  }
  return attributes;
}

/** One attribute, where a table of all of them would cost more than all else: of each connection, say. */
export function findAttribute(
  bytes: Uint8Array,
  start: number,
  wanted: number,
): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = start; at + ATTRIBUTE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) return undefined;
    if ((view.getUint16(at + 2, littleEndian) & TYPE_MASK) === wanted) {
      return bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length);
    }
    at += align4(length);
  }
  return undefined;
}

export function readU8(attribute: Uint8Array | undefined): number | undefined {
  return attribute?.[0];
}

export function readU32(attribute: Uint8Array | undefined): number | undefined {
  if (attribute === undefined || attribute.length < 4) return undefined;
  return viewOf(attribute).getUint32(0, littleEndian);
}

/** Text up to the first zero byte. */
export function readText(attribute: Uint8Array | undefined): string | undefined {
  if (attribute === undefined) return undefined;
  const end = attribute.indexOf(0);
  return decodeBytes(end === -1 ? attribute : attribute.subarray(0, end));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Of any length that a field of 32 bits can tell. */
export function align4(length: number): number {
  return length + (-length & 3);
}

/** Bytes that are not ASCII become one character each: names of interfaces are bytes. */
function decodeBytes(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4096));
}
