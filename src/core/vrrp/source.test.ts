import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { selectSource, VirtualAddresses } from './source.ts';
import { ip, testModel } from './test-model.ts';

const none = new Set<never>();
const addresses = ['10.0.0.100', '10.0.0.200'].map(ip);

function foreignTo(virtual: VirtualAddresses, model: VrrpInstanceModel): string[] {
  const foreign = virtual.foreignTo(model);
  return addresses.filter((address) => foreign.has(address));
}

describe('the source of adverts', () => {
  test('the first address that is not virtual', () => {
    const usable = ['10.0.0.100', '10.0.0.200', '10.0.0.10', '10.0.0.11'].map(ip);
    assert.equal(selectSource(testModel(), usable, new Set([ip('10.0.0.200')])), '10.0.0.10');
    assert.equal(selectSource(testModel(), [ip('10.0.0.100')], none), undefined);
    assert.equal(selectSource(testModel({ priority: 255 }), usable, none), '10.0.0.100');
  });

  test('the configured one, if it is there', () => {
    const model = testModel({ source: ip('10.0.0.11') });
    assert.equal(selectSource(model, ['10.0.0.10', '10.0.0.11'].map(ip), none), '10.0.0.11');
    assert.equal(selectSource(model, [ip('10.0.0.10')], none), undefined);
  });

  test('a link-local one for IPv6', () => {
    const usable = ['fd00::1', 'fe80::1'].map(ip);
    assert.equal(selectSource(testModel({ family: 6 }), usable, none), 'fe80::1');
  });

  test('what a reload drops stays virtual while the kernel lists it', () => {
    const first = testModel();
    const second = testModel({ name: 'VI_2', addresses: [] });
    const listed = new Set(['10.0.0.100'].map(ip));
    const virtual = new VirtualAddresses();
    virtual.configure([first, second], none);
    assert.deepEqual(foreignTo(virtual, first), []);
    assert.deepEqual(foreignTo(virtual, second), ['10.0.0.100']);
    virtual.configure([second], listed);
    assert.deepEqual(foreignTo(virtual, second), ['10.0.0.100']);
    virtual.review(() => listed);
    assert.deepEqual(foreignTo(virtual, second), ['10.0.0.100']);
    virtual.review(() => none);
    assert.deepEqual(foreignTo(virtual, second), []);
    virtual.configure([first], listed);
    virtual.configure([first, second], listed);
    assert.deepEqual(foreignTo(virtual, first), [], 'its own, as long as it has it');
  });

  test('what two instances have is foreign to both', () => {
    const first = testModel();
    const second = testModel({ name: 'VI_2' });
    const virtual = new VirtualAddresses();
    virtual.configure([first, second], none);
    assert.deepEqual(foreignTo(virtual, first), ['10.0.0.100']);
    assert.deepEqual(foreignTo(virtual, second), ['10.0.0.100']);
    virtual.configure([second], none);
    assert.deepEqual(foreignTo(virtual, second), []);
  });
});
