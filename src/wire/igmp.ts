import { type IpAddress, ipFromBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { isIntact, sumWords } from './checksum.ts';
import { decodeGroupRecords } from './group-records.ts';

/*
 * Membership reports: version 1 (RFC 1112, type 0x12), 2 (RFC 2236, 0x16), 3 (RFC 9776, 0x22)
 *
 *     +---------------+---------------+-------------------------------+
 *   0 |     Type      |               |           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *   4 |   Group (versions 1 and 2)    or  Reserved   |   Records      |
 *     +---------------------------------------------------------------+
 *   8 |   Group records (version 3)
 */
export const IGMP_PROTOCOL = 2;

const REPORT_V1 = 0x12;
const REPORT_V2 = 0x16;
const REPORT_V3 = 0x22;
const MESSAGE_BYTES = 8;

export type IgmpDecodeFailure = 'truncated' | 'checksum' | 'not-a-report';

/** The groups that the sender of a membership report listens to. */
export function decodeIgmpReport(
  message: Uint8Array,
): Result<readonly IpAddress[], IgmpDecodeFailure> {
  if (message.length < MESSAGE_BYTES) return failed('truncated');
  const [type] = message;
  if (type !== REPORT_V1 && type !== REPORT_V2 && type !== REPORT_V3) {
    return failed('not-a-report');
  }
  if (!isIntact(sumWords(message))) return failed('checksum');
  if (type !== REPORT_V3) return ok([ipFromBytes(message.subarray(4, MESSAGE_BYTES))]);
  const count = ((message[6] ?? 0) << 8) | (message[7] ?? 0);
  const records = decodeGroupRecords(message, { start: MESSAGE_BYTES, count, addressBytes: 4 });
  return records.ok ? ok(records.value.map(ipFromBytes)) : records;
}
