import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../base/ip.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { planReconfiguration } from './reconfigure.ts';

function vip(address: string, extra: Partial<VirtualAddress> = {}): VirtualAddress {
  return { address: address as IpAddress, prefixLength: 24, scope: 0, ...extra };
}

function instance(addresses: VirtualAddress[], excludedAddresses: VirtualAddress[] = []) {
  return { addresses, excludedAddresses } as unknown as VrrpInstanceModel;
}

test('addresses that did not change are neither added nor removed, however they are written', () => {
  const before = instance([vip('10.0.0.1', { label: 'eth0:1', scope: 0 }), vip('10.0.0.2')]);
  const after = instance([vip('10.0.0.2')], [vip('10.0.0.1', { scope: 0, label: 'eth0:1' })]);
  const { added, removed } = planReconfiguration(before, after);
  assert.deepEqual([added, removed], [[], []]);
});

test('an address with other attributes or on another interface is removed and added', () => {
  const before = instance([vip('10.0.0.1'), vip('10.0.0.2'), vip('10.0.0.3')]);
  const after = instance([vip('10.0.0.1', { scope: 253 }), vip('10.0.0.2', { interface: 'eth1' })]);
  const { added, removed } = planReconfiguration(before, after);
  assert.deepEqual(added, after.addresses);
  assert.deepEqual(removed, before.addresses);
});
