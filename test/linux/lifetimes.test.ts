import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import type { VirtualAddress } from '../../src/config/model/vrrp.ts';
import { AddressKeeper } from '../../src/daemon/address-keeper.ts';
import { type KernelAddressTable, openAddressTable } from '../../src/linux/address-table.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openNetworkMonitor } from '../../src/linux/network-monitor.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { NetworkEvent, NetworkMonitor } from '../../src/ports/network.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

const vip = (address: string, more: Partial<VirtualAddress> = {}): VirtualAddress => ({
  address: address as IpAddress,
  prefixLength: address.includes(':') ? 128 : 32,
  scope: 0,
  ...more,
});

const PIECE_US = 4000;

describe('lifetimes of addresses', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let host: TestNamespace;
  let table: KernelAddressTable;
  let monitor: NetworkMonitor;
  const events: NetworkEvent[] = [];
  before(async () => {
    watcher = await openFdWatcher();
    host = createTestNamespace('lifetimes');
    host.ip('link add eth0 type veth peer name eth1');
    host.ip('link set eth0 up');
    host.ip('link set eth1 up');
    table = host.inside(openAddressTable);
    monitor = host.inside(() =>
      openNetworkMonitor(watcher, {
        onEvents: (some) => events.push(...some),
        renewalPortId: table.renewalPortId,
      }),
    );
  });
  after(() => {
    table.close();
    monitor.close();
    watcher.close();
    host.remove();
  });

  function createKeeper() {
    const keeper = new AddressKeeper({
      clock: createClock(),
      table,
      monitor,
      onSettled: (_change, outcome) => assert.equal(outcome, 'done'),
      onUnrenewed: (error) => assert.fail(error.message),
    });
    return { keeper, finish: () => assert.equal(stepAll(keeper), 'done') };
  }

  function stepAll(keeper: AddressKeeper): 'more' | 'done' {
    for (let step = 0; step < 1000; step++) if (keeper.step(PIECE_US) === 'done') return 'done';
    return 'more';
  }

  const shown = (): string => host.ip('-d addr show dev eth0');
  const isThere = (address: string): boolean => shown().includes(` ${address}/`);

  for (const address of ['192.0.2.1', '2001:db8::1']) {
    test(`${address} goes by itself unless it is renewed`, async () => {
      const { keeper, finish } = createKeeper();
      keeper.ledger.setLifetime('VI_1', 2);
      keeper.ledger.want('VI_1', 'eth0', vip(address));
      finish();
      assert.match(shown(), new RegExp(`${address}/.* dynamic.*\\s+valid_lft [12]sec pref`));
      for (let round = 0; round < 7; round++) {
        await sleep(500);
        keeper.renew('VI_1', 2);
        finish();
      }
      assert.ok(isThere(address), 'renewed for longer than it would have lived');
      await until(() => !isThere(address), `${address} expires`, 10_000);
      await until(() =>
        events.some((one) => one.kind === 'addressRemoved' && one.address.address === address),
      );
      assert.deepEqual(keeper.ledger.removed('eth0', address as IpAddress), ['VI_1']);
      // What is gone is not made again by a renewal, only by an order.
      keeper.renew('VI_1', 2);
      finish();
      assert.ok(!isThere(address));
      keeper.ledger.restore('VI_1', 'eth0', vip(address));
      finish();
      assert.match(shown(), new RegExp(`${address}/.* dynamic`));
      keeper.ledger.release('VI_1', 'eth0', vip(address));
      finish();
    });
  }

  test('a renewal keeps all that an address is, and can make it last for ever', () => {
    const { keeper, finish } = createKeeper();
    const address = vip('192.0.2.2', {
      prefixLength: 24,
      label: 'eth0:vip',
      scope: 253,
      broadcast: '192.0.2.255' as IpAddress,
      noPrefixRoute: true,
    });
    keeper.ledger.want('VI_1', 'eth0', address);
    keeper.ledger.want('VI_1', 'eth0', vip('2001:db8::2'));
    finish();
    const plain = shown();
    assert.match(plain, /valid_lft forever/);
    keeper.renew('VI_1', 100);
    finish();
    const limited = shown();
    assert.match(limited, /inet 192\.0\.2\.2\/24 brd 192\.0\.2\.255 scope link dynamic.*eth0:vip/);
    assert.match(limited, /inet6 2001:db8::2\/128 scope global nodad dynamic/);
    keeper.renew('VI_1', undefined);
    finish();
    assert.equal(shown(), plain);
    for (const each of [address, vip('2001:db8::2')]) keeper.ledger.release('VI_1', 'eth0', each);
    finish();
  });

  test('a deprecated address stays deprecated, and goes as well', async () => {
    const { keeper, finish } = createKeeper();
    const address = vip('2001:db8::3', { preferredLifetimeSeconds: 0 });
    keeper.ledger.setLifetime('VI_1', 2);
    keeper.ledger.want('VI_1', 'eth0', address);
    finish();
    keeper.renew('VI_1', 2);
    finish();
    assert.match(
      shown(),
      /2001:db8::3\/128 .*deprecated.* dynamic.*\s+valid_lft [12]sec pref\S+ 0sec/,
    );
    await until(() => !isThere('2001:db8::3'), 'it expires', 10_000);
  });

  test('renewals of ours are no events, but for what they had to add', async () => {
    const { keeper, finish } = createKeeper();
    const many = Array.from({ length: 600 }, (_, index) =>
      vip(`10.3.${index >> 8}.${index & 255}`),
    );
    keeper.ledger.setLifetime('VI_1', 20);
    for (const address of many) keeper.ledger.want('VI_1', 'eth0', address);
    finish();
    const added = () => events.filter(({ kind }) => kind === 'addressAdded').length;
    await until(() => monitor.addresses().length >= many.length);
    await sleep(50);
    const before = added();
    keeper.renew('VI_1', 20);
    finish();
    // Gone without the ledger's knowledge: the kernel adds it again, and says so.
    host.ip('addr del 10.3.0.7/32 dev eth0');
    await sleep(50);
    keeper.renew('VI_1', 20);
    finish();
    await until(() => added() === before + 1);
    assert.equal(keeper.ledger.removed('eth0', '10.3.0.7' as IpAddress).length, 1);
    for (const address of many) keeper.ledger.release('VI_1', 'eth0', address);
    finish();
  });

  test('a list that the kernel refuses in part is told, and does no harm', () => {
    const [link] = monitor.links().filter(({ name }) => name === 'eth0');
    const operations = ['192.0.2.8', '192.0.2.9'].map((address, index) => ({
      kind: 'add' as const,
      interfaceIndex: index === 0 ? 999_999 : (link?.index ?? 0),
      address: address as IpAddress,
      prefixLength: 32,
      validLifetimeSeconds: 2,
    }));
    assert.equal(table.renew(operations)?.code, 'ENODEV');
    assert.equal(table.renew(operations.slice(1)), undefined);
    assert.equal(table.renew([]), undefined);
  });
});
