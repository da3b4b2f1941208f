import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../base/ip.ts';
import { seconds } from '../../base/time.ts';
import type { HealthCheck } from '../../config/model/health-check.ts';
import { checkId, subjectOf } from './identity.ts';

const pace = {
  interval: seconds(6),
  retries: 1,
  retryDelay: seconds(1),
  warmup: seconds(0),
  alpha: false,
  logAllFailures: false,
};
const place = { port: 80, address: '10.0.0.1' as IpAddress, connectTimeout: seconds(5) };
const tcp: HealthCheck = { ...pace, kind: 'tcp', target: { ...place, firewallMark: 0 } };

// What the process before has written is read by its text.
test('the text of an identity stays what it is', () => {
  const target = '"address":"10.0.0.1","connectTimeout":5000000,"firewallMark":0';
  const every = ' every 6000000, 1 times 1000000, 0';
  assert.equal(checkId(tcp), `{"kind":"tcp","target":{${target},"port":80}}${every}`);
  const source = '10.0.0.9' as IpAddress;
  const bound = { ...tcp.target, interface: 'eth"0', source, sourcePort: 7 };
  assert.equal(
    checkId({ ...tcp, kind: 'ping', target: bound }),
    `{"kind":"ping","target":{${target},"interface":"eth\\"0","port":80,"source":"10.0.0.9","sourcePort":7}}${every}`,
  );
  assert.equal(
    checkId({ ...pace, kind: 'smtp', heloName: 'h', targets: [tcp.target] }),
    `{"heloName":"h","kind":"smtp","targets":[{${target},"port":80}]}${every}`,
  );
  assert.equal(
    checkId({ kind: 'bfd', instance: 'b', alpha: true }),
    '{"instance":"b","kind":"bfd"}',
  );
});

test('what concerns those who want to know is no part of it, and the pace none of the subject', () => {
  assert.equal(checkId({ ...tcp, alpha: true, logAllFailures: true }), checkId(tcp));
  const slower = { ...tcp, interval: seconds(7), retries: 3 };
  assert.notEqual(checkId(slower), checkId(tcp));
  assert.equal(subjectOf(checkId(slower)), subjectOf(checkId(tcp)));
});
