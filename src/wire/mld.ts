import { type IpAddress, ipFromBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { decodeGroupRecords } from './group-records.ts';

/*
 * Listener reports: version 1 (RFC 2710, ICMPv6 type 131), version 2 (RFC 9777, type 143)
 *
 *     +---------------+---------------+-------------------------------+
 *   0 |     Type      |   Code = 0    |           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *   4 |   Delay (version 1)           |   Reserved, or records        |
 *     +-------------------------------+-------------------------------+
 *   8 |   Group (version 1, 16 bytes) or group records (version 2)
 */
export const MLD_REPORT_V1 = 131;
export const MLD_REPORT_V2 = 143;

const HEADER_BYTES = 8;
const V1_BYTES = HEADER_BYTES + 16;

export type MldDecodeFailure = 'truncated' | 'not-a-report';

/**
 * The groups that the sender of a listener report listens to. `message` is what a raw ICMPv6 socket
 * gives: the kernel has seen to the checksum.
 */
export function decodeMldReport(
  message: Uint8Array,
): Result<readonly IpAddress[], MldDecodeFailure> {
  if (message.length < HEADER_BYTES) return failed('truncated');
  const [type] = message;
  if (type === MLD_REPORT_V1) {
    if (message.length < V1_BYTES) return failed('truncated');
    return ok([ipFromBytes(message.subarray(HEADER_BYTES, V1_BYTES))]);
  }
  if (type !== MLD_REPORT_V2) return failed('not-a-report');
  const count = ((message[6] ?? 0) << 8) | (message[7] ?? 0);
  const records = decodeGroupRecords(message, { start: HEADER_BYTES, count, addressBytes: 16 });
  return records.ok ? ok(records.value.map(ipFromBytes)) : records;
}
