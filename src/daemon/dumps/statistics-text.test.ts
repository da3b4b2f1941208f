import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newStatistics } from '../../core/vrrp/types.ts';
import { statisticsText } from './statistics-text.ts';

test('the counters of each router stand where keepalived writes them', () => {
  // As an exact text: exporters read it line by line.
  const router = {
    name: 'VI_1',
    statistics: { ...newStatistics(), advertsReceived: 7, ttlErrors: 2, priorityZeroSent: 1 },
  } as const;
  const expected = `VRRP Instance: VI_1
  Advertisements:
    Received: 7
    Sent: 0
  Became master: 0
  Released master: 0
  Packet Errors:
    Length: 0
    TTL: 2
    Invalid Type: 0
    Advertisement Interval: 0
    Address List: 0
  Authentication Errors:
    Invalid Type: 0
    Type Mismatch: 0
    Failure: 0
  Priority Zero:
    Received: 0
    Sent: 1
`;
  assert.equal(statisticsText([router]), expected);
  assert.equal(statisticsText([router, router]), expected + expected);
});
