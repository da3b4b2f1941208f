import type { IpFamily } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { checksumOf, sumWords } from './checksum.ts';

/** An echo request or reply (RFC 792, RFC 4443 §4). */
export interface IcmpEcho {
  /** 16 bits each. */
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 8;
const REQUEST = { 4: 8, 6: 128 } as const;
const REPLY = { 4: 0, 6: 129 } as const;

/** With its sum for IPv4; of IPv6 the kernel makes it, since the addresses are part of it. */
export function encodeEchoRequest(family: IpFamily, echo: IcmpEcho): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES + echo.payload.length);
  const view = new DataView(message.buffer);
  message[0] = REQUEST[family];
  view.setUint16(4, echo.identifier);
  view.setUint16(6, echo.sequence);
  message.set(echo.payload, HEADER_BYTES);
  if (family === 4) view.setUint16(2, checksumOf(sumWords(message)));
  return message;
}

/** Behind the IP header; the kernel has judged the sum. `payload` is a view of `message`. */
export function decodeEchoReply(
  family: IpFamily,
  message: Uint8Array,
): Result<IcmpEcho, 'short' | 'no-reply'> {
  if (message.length < HEADER_BYTES) return failed('short');
  if (message[0] !== REPLY[family] || message[1] !== 0) return failed('no-reply');
  const view = new DataView(message.buffer, message.byteOffset);
  return ok({
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    payload: message.subarray(HEADER_BYTES),
  });
}
