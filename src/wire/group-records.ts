import { failed, ok, type Result } from '../base/result.ts';

/*
 * A group record of IGMPv3 (RFC 9776 §4.2.4) and, with addresses of 16 bytes, of MLDv2 (RFC 9777 §5.2.4);
 * n is the length of an address.
 *
 *     +---------------+---------------+-------------------------------+
 *   0 |  Record type  |  Aux / 4      |   Number of sources           |
 *     +---------------+---------------+-------------------------------+
 *   4 |                    Group (n)                                  |
 *     +---------------------------------------------------------------+
 * 4+n |                    Sources (n each), auxiliary data           |
 *     +---------------------------------------------------------------+
 */
const FIXED_BYTES = 4;
/** `to` is what a change begins, the others tell how it is. Include lists who is listened to. */
const MODE_IS_INCLUDE = 1;
const MODE_IS_EXCLUDE = 2;
const CHANGE_TO_INCLUDE = 3;
const CHANGE_TO_EXCLUDE = 4;
const ALLOW_NEW_SOURCES = 5;

/** The groups that the sender of `count` records from `start` on listens to, as bytes. */
export function decodeGroupRecords(
  bytes: Uint8Array,
  layout: { readonly start: number; readonly count: number; readonly addressBytes: number },
): Result<readonly Uint8Array[], 'truncated'> {
  const { start, count, addressBytes } = layout;
  const listened: Uint8Array[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const sourcesAt = at + FIXED_BYTES + addressBytes;
    if (sourcesAt > bytes.length) return failed('truncated');
    const sources = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const end = sourcesAt + sources * addressBytes + (bytes[at + 1] ?? 0) * 4;
    if (end > bytes.length) return failed('truncated');
    const group = bytes.subarray(at + FIXED_BYTES, sourcesAt);
    if (listens(bytes[at], sources)) listened.push(group);
    at = end;
  }
  return ok(listened);
}

function listens(type: number | undefined, sources: number): boolean {
  switch (type) {
    case MODE_IS_EXCLUDE:
    case CHANGE_TO_EXCLUDE:
      return true;
    case MODE_IS_INCLUDE:
    case CHANGE_TO_INCLUDE:
    case ALLOW_NEW_SOURCES:
      // To include nobody is to leave.
      return sources > 0;
    default:
      return false;
  }
}
