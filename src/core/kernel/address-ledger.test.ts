import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../base/ip.ts';
import type { VirtualAddress } from '../../config/model/vrrp.ts';
import { AddressLedger } from './address-ledger.ts';

function vip(address: string, extra: Partial<VirtualAddress> = {}): VirtualAddress {
  return { address: address as IpAddress, prefixLength: 32, scope: 0, ...extra };
}

/** A kernel that does as it is told. */
function settleAll(ledger: AddressLedger, kernel: Map<string, VirtualAddress>): void {
  for (let round = 0; round < 100; round++) {
    const changes = ledger.pending(2);
    if (changes.length === 0) return;
    for (const change of changes) {
      const key = `${change.interface} ${change.address.address}`;
      if (change.kind === 'remove') kernel.delete(key);
      else {
        assert.ok(!kernel.has(key), `added twice: ${key}`);
        kernel.set(key, change.address);
      }
      ledger.settle(change, 'done');
    }
  }
  assert.fail('the ledger never comes to rest');
}

describe('address ledger', () => {
  it('adds what is wanted and removes what is released', () => {
    const ledger = new AddressLedger();
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    assert.deepEqual(ledger.pending(10), [
      { kind: 'add', interface: 'eth0', address: vip('10.0.0.1') },
    ]);
    const kernel = new Map<string, VirtualAddress>();
    settleAll(ledger, kernel);
    assert.ok(ledger.isPresent('eth0', '10.0.0.1' as IpAddress));
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    settleAll(ledger, kernel);
    assert.equal(kernel.size, 0);
  });

  it('costs nothing when an address moves from one router to another', () => {
    const ledger = new AddressLedger();
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    settleAll(ledger, new Map());
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    ledger.want('VI_2', 'eth0', vip('10.0.0.1'));
    assert.deepEqual(ledger.pending(10), []);
  });

  it('lets those who ask take turns, each in the order in which he asked', () => {
    const ledger = new AddressLedger();
    for (const last of [1, 2, 3, 4]) ledger.want('CROWD', 'eth0', vip(`10.0.0.${last}`));
    ledger.want('FAST', 'eth0', vip('10.0.1.1'));
    const addresses = (count: number) =>
      ledger.pending(count).map(({ address }) => address.address as string);
    assert.deepEqual(addresses(3), ['10.0.0.1', '10.0.1.1', '10.0.0.2']);
    const [first] = ledger.pending(1);
    assert(first !== undefined);
    ledger.settle(first, 'done');
    assert.deepEqual(addresses(9), ['10.0.1.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
    ledger.want('FAST', 'eth0', vip('10.0.0.3'));
    assert.deepEqual(addresses(9), ['10.0.1.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
    settleAll(ledger, new Map());
    assert.equal(ledger.hasPending(), false);
  });

  it('forgets an addition that was released before the kernel was told', () => {
    const ledger = new AddressLedger();
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    assert.deepEqual(ledger.pending(10), []);
  });

  it('replaces an address whose attributes changed', () => {
    const ledger = new AddressLedger();
    const kernel = new Map<string, VirtualAddress>();
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    settleAll(ledger, kernel);
    ledger.want('VI_1', 'eth0', vip('10.0.0.1', { label: 'eth0:1' }));
    settleAll(ledger, kernel);
    assert.equal(kernel.get('eth0 10.0.0.1')?.label, 'eth0:1');
  });

  it('never removes what was there before', () => {
    const ledger = new AddressLedger();
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    const [change] = ledger.pending(1);
    assert.ok(change);
    ledger.settle(change, 'foreign');
    assert.ok(ledger.isPresent('eth0', '10.0.0.1' as IpAddress));
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    assert.deepEqual(ledger.pending(10), []);
    assert.deepEqual(ledger.held(), []);
  });

  it('tells removals by others from its own', () => {
    const ledger = new AddressLedger();
    const kernel = new Map<string, VirtualAddress>();
    const address = '10.0.0.1' as IpAddress;
    ledger.want('VI_1', 'eth0', vip(address));
    settleAll(ledger, kernel);
    // Given up and wanted again before the kernel's word of the removal comes.
    ledger.release('VI_1', 'eth0', vip(address));
    settleAll(ledger, kernel);
    ledger.want('VI_1', 'eth0', vip(address));
    settleAll(ledger, kernel);
    assert.deepEqual(ledger.removed('eth0', address), []);
    assert.deepEqual(ledger.removed('eth0', address), ['VI_1']);
    assert.deepEqual(ledger.removed('eth0', address), []);
  });

  it('adds again what something else removed, once its holder says so', () => {
    const ledger = new AddressLedger();
    const address = '10.0.0.1' as IpAddress;
    ledger.want('VI_1', 'eth0', vip(address));
    settleAll(ledger, new Map());
    ledger.restore('VI_1', 'eth0', vip(address));
    assert.deepEqual(ledger.pending(1), [], 'it is there');
    assert.deepEqual(ledger.removed('eth0', address), ['VI_1']);
    assert.deepEqual(ledger.pending(1), [], 'the engine decides');
    ledger.restore('VI_2', 'eth0', vip(address));
    assert.deepEqual(ledger.pending(1), [], 'not his');
    ledger.restore('VI_1', 'eth0', vip(address));
    assert.equal(ledger.isAwaited('eth0', address), true);
    const [change] = ledger.pending(1);
    assert.deepEqual(change, { kind: 'add', interface: 'eth0', address: vip(address) });
    settleAll(ledger, new Map());
    assert.ok(ledger.isPresent('eth0', address));
    // Our own removal, whose word comes late, is nobody's loss.
    ledger.release('VI_1', 'eth0', vip(address));
    settleAll(ledger, new Map());
    assert.deepEqual(ledger.removed('eth0', address), []);
  });

  it('adds with the lifetime of who asked last, who alone renews it', () => {
    const ledger = new AddressLedger();
    const held = (holder: string): number => ledger.heldBy(holder).length;
    ledger.setLifetime('VI_1', 4);
    ledger.want('VI_1', 'eth0', vip('10.0.0.1'));
    assert.equal(ledger.pending(1)[0]?.lifetimeSeconds, 4);
    assert.equal(held('VI_1'), 0);
    settleAll(ledger, new Map());
    assert.equal(held('VI_1'), 1);
    const { revision } = ledger;
    ledger.want('VI_2', 'eth0', vip('10.0.0.1'));
    assert.notEqual(ledger.revision, revision);
    assert.deepEqual([held('VI_1'), held('VI_2')], [0, 1]);
    ledger.release('VI_2', 'eth0', vip('10.0.0.1'));
    assert.deepEqual([held('VI_1'), held('VI_2')], [1, 0]);
    assert.deepEqual([ledger.isHolder('VI_1'), ledger.isHolder('VI_2')], [true, false]);
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    assert.equal(held('VI_1'), 0);
    assert.equal(ledger.pending(1)[0]?.lifetimeSeconds, undefined);
  });

  it('asks again once a missing interface is back', () => {
    const ledger = new AddressLedger();
    ledger.want('VI_1', 'eth1', vip('10.0.0.1'));
    const [change] = ledger.pending(1);
    assert.ok(change);
    ledger.settle(change, 'failed');
    assert.deepEqual(ledger.pending(1), []);
    ledger.retry('eth1');
    assert.equal(ledger.pending(1).length, 1);
  });

  it('ends with the kernel holding exactly what somebody wants, whatever the order', () => {
    const step = fc.record({
      kind: fc.constantFrom('want', 'release', 'settle'),
      holder: fc.constantFrom('a', 'b'),
      address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
      label: fc.constantFrom(undefined, 'x'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ledger = new AddressLedger();
        const kernel = new Map<string, VirtualAddress>();
        const wanted = new Map<string, Set<string>>();
        for (const { kind, holder, address, label } of steps) {
          const holders = wanted.get(address) ?? new Set();
          wanted.set(address, holders);
          if (kind === 'settle') settleAll(ledger, kernel);
          else if (kind === 'want') {
            holders.add(holder);
            ledger.want(holder, 'eth0', vip(address, label === undefined ? {} : { label }));
          } else {
            holders.delete(holder);
            ledger.release(holder, 'eth0', vip(address));
          }
        }
        settleAll(ledger, kernel);
        const expected = [...wanted].filter(([, holders]) => holders.size > 0).map(([a]) => a);
        const held = [...kernel.values()].map(({ address }) => address);
        assert.deepEqual(held.sort(), expected.sort());
        assert.deepEqual(ledger.pending(10), []);
      }),
    );
  });
});
