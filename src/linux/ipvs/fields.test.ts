import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../../base/ip.ts';
import { seconds } from '../../base/time.ts';
import type { Persistence } from '../../config/model/virtual-server.ts';
import type { DesiredService, ServiceId } from '../../core/balance/plane.ts';
import { entryOf } from './fields.ts';

const ip = (text: string) => parseIp(text) ?? assert.fail(text);

function netmask(address: string, mask?: Persistence['mask']) {
  const service: DesiredService = {
    id: 'tested' as ServiceId,
    match: { kind: 'address', protocol: 'tcp', address: ip(address), port: 80 },
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
    ...(mask !== undefined && { persistence: { timeout: seconds(50), mask } }),
    removedConnections: 'drain',
    servers: [],
  };
  return entryOf(service).service.netmask;
}

test('which clients persistence takes for one', () => {
  assert.equal(netmask('10.0.0.1'), '255.255.255.255');
  assert.equal(netmask('10.0.0.1', { prefixLength: 32 }), '255.255.255.255');
  assert.equal(netmask('10.0.0.1', { prefixLength: 20 }), '255.255.240.0');
  assert.equal(netmask('10.0.0.1', { prefixLength: 0 }), '0.0.0.0');
  assert.equal(netmask('10.0.0.1', { netmask: ip('255.0.255.0') }), '255.0.255.0');
  assert.equal(netmask('fd00::1'), 128);
  assert.equal(netmask('fd00::1', { prefixLength: 64 }), 64);
});
