import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeIgmpReport } from '../../../src/wire/igmp.ts';
import { decodeMldReport } from '../../../src/wire/mld.ts';
import { readRecorded } from './recorded.ts';

/** What lies before the message: Ethernet, the IP header, router alert. */
const HEADERS = { igmp: 14 + 24, mld: 14 + 40 + 8 };

for (const [name, frame] of readRecorded('linux-6.18-groups.txt')) {
  test(`as Linux sends it: ${name}`, () => {
    const isIgmp = name.startsWith('igmp');
    const decode = isIgmp ? decodeIgmpReport : decodeMldReport;
    const decoded = decode(frame.subarray(isIgmp ? HEADERS.igmp : HEADERS.mld));
    if (name.endsWith('join')) {
      assert.deepEqual(decoded, { ok: true, value: [isIgmp ? '224.0.0.18' : 'ff02::12'] });
    } else {
      const noReport = { ok: false, reason: 'not-a-report' };
      const isChange = /v3|mld-v2/.test(name);
      assert.deepEqual(decoded, isChange ? { ok: true, value: [] } : noReport);
    }
  });
}
