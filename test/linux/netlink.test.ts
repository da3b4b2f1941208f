import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { type KernelAddressTable, openAddressTable } from '../../src/linux/address-table.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openNetworkMonitor } from '../../src/linux/network-monitor.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import {
  ADDRESS_MARK,
  type AddressOperation,
  type NetworkEvent,
  type NetworkMonitor,
} from '../../src/ports/network.ts';
import { IFA_F_NODAD } from '../../src/wire/netlink/constants.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

const ip = (text: string) => text as IpAddress;

describe('rtnetlink', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let host: TestNamespace;
  let table: KernelAddressTable;
  let interfaceIndex: number;
  const monitors: NetworkMonitor[] = [];

  before(async () => {
    watcher = await openFdWatcher();
    host = createTestNamespace('netlink');
    host.ip('link add eth0 type veth peer name eth1');
    host.ip('link set eth0 up');
    host.ip('link set eth1 up');
    table = host.inside(openAddressTable);
    interfaceIndex = host.indexOf('eth0');
    await sleep(50);
  });
  after(() => {
    table.close();
    for (const monitor of monitors) monitor.close();
    watcher.close();
    host.remove();
  });

  function monitor(receiveBufferBytes?: number, additionPortId?: number) {
    const events: NetworkEvent[] = [];
    const opened = host.inside(() =>
      openNetworkMonitor(watcher, {
        onEvents: (some) => events.push(...some),
        ...(receiveBufferBytes !== undefined && { receiveBufferBytes }),
        ...(additionPortId !== undefined && { additionPortId }),
      }),
    );
    monitors.push(opened);
    return { events, monitor: opened };
  }

  function add(address: string, more: Partial<AddressOperation> = {}): AddressOperation {
    const prefixLength = address.includes(':') ? 128 : 32;
    return {
      kind: 'add',
      interfaceIndex,
      address: ip(address),
      prefixLength,
      ...more,
    };
  }

  const undo = (operation: AddressOperation): AddressOperation => ({
    ...operation,
    kind: 'remove',
  });

  test('every field of an address reaches the kernel and comes back', async () => {
    const { events, monitor: seen } = monitor();
    const four = add('192.0.2.7', {
      prefixLength: 24,
      label: 'eth0:vip',
      scope: 200,
      broadcast: ip('192.0.2.255'),
      flags: 0x200,
      protocol: 18,
      preferredLifetimeSeconds: 0,
      validLifetimeSeconds: 1000,
    });
    const six = add('2001:db8::7', { flags: 0x02, protocol: 18 });
    const pointToPoint = add('192.0.2.9', { peer: ip('198.51.100.1') });
    assert.deepEqual(table.apply([four, six, pointToPoint]), [undefined, undefined, undefined]);
    const shown = host.ip('-d addr show dev eth0');
    assert.match(shown, /192\.0\.2\.7\/24 brd 192\.0\.2\.255 scope site deprecated.*eth0:vip/);
    assert.match(shown, /inet6 2001:db8::7\/128 .*nodad/);
    assert.match(shown, /192\.0\.2\.9 peer 198\.51\.100\.1\/32/);
    await until(() => events.filter((event) => event.kind === 'addressAdded').length === 3);
    const found = seen.addresses().find(({ address }) => address === '192.0.2.7');
    assert.deepEqual(
      { ...found, flags: (found?.flags ?? 0) & 0x280 },
      {
        interfaceIndex: four.interfaceIndex,
        family: 4,
        address: '192.0.2.7',
        prefixLength: 24,
        scope: 200,
        flags: 0x200,
        protocol: 18,
        label: 'eth0:vip',
      },
    );
    assert.equal(seen.addresses().find(({ peer }) => peer !== undefined)?.peer, '198.51.100.1');
    assert.deepEqual(table.apply([four, six, pointToPoint].map(undo)), [
      undefined,
      undefined,
      undefined,
    ]);
    await until(() => events.filter((event) => event.kind === 'addressRemoved').length === 3);
    seen.close();
  });

  test('answers stand in the order of the operations, each with its own error', () => {
    const good = add('192.0.2.20');
    const noLink = add('192.0.2.21', { interfaceIndex: 999_999 });
    const missing = undo(add('192.0.2.22'));
    const answers = table.apply([good, good, noLink, missing, undo(good)]);
    assert.deepEqual(
      answers.map((answer) => answer && [answer.call, answer.code]),
      [
        undefined,
        ['RTM_NEWADDR', 'EEXIST'],
        ['RTM_NEWADDR', 'ENODEV'],
        ['RTM_DELADDR', 'EADDRNOTAVAIL'],
        undefined,
      ],
    );
    assert.notEqual(answers[3]?.message, '');
    assert.deepEqual(table.apply([]), []);
  });

  test('our own additions are known at once where one asks, and told in the order of events', async () => {
    const { events, monitor: seen } = monitor(undefined, table.additionPortId);
    const many = Array.from({ length: 100 }, (_, index) => add(`192.0.2.${index + 100}`));
    table.apply(many);
    host.ip('addr del 192.0.2.100/32 dev eth0');
    host.ip('addr add 192.0.2.99/32 dev eth0');
    const ours = (): readonly string[] =>
      events
        .filter((event) => event.kind === 'addressAdded' || event.kind === 'addressRemoved')
        .map(({ kind, address }) => `${kind} ${address.address}`);
    await until(() => ours().includes('addressAdded 192.0.2.99'));
    const wanted = many.map(({ address }) => `addressAdded ${address}`);
    assert.deepEqual(ours(), [...wanted, 'addressRemoved 192.0.2.100', 'addressAdded 192.0.2.99']);
    const last = add('192.0.2.98');
    table.apply([last]);
    await until(() => ours().at(-1) === 'addressAdded 192.0.2.98');
    assert.ok(seen.addresses().some(({ address }) => address === last.address));
    table.apply([...many.slice(1), add('192.0.2.99'), last].map(undo));
    await until(() => seen.addresses().every(({ address }) => !address.startsWith('192.0.2.')));
    seen.close();
  });

  test("so are those of IPv6, of which the kernel tells later, one by one, and in nobody's name", async () => {
    const { events, monitor: seen } = monitor(undefined, table.additionPortId);
    const ours = { protocol: ADDRESS_MARK, flags: IFA_F_NODAD };
    const many = Array.from({ length: 300 }, (_, index) => add(`2001:db8::${index + 100}`, ours));
    assert.ok(table.apply(many).every((answer) => answer === undefined));
    host.ip('addr add 2001:db8::99/128 dev eth0 nodad');
    const added = (): readonly string[] =>
      events.flatMap((event) => (event.kind === 'addressAdded' ? [event.address.address] : []));
    await until(() => many.every(({ address }) => added().includes(address)));
    await until(() => added().includes('2001:db8::99'));
    // After a rush the socket is read again at once.
    table.apply(many.map(undo));
    await until(() => seen.addresses().every(({ address }) => !/::[1-4]\d\d$/.test(address)));
    host.ip('addr del 2001:db8::99/128 dev eth0');
    await until(() => events.at(-1)?.kind === 'addressRemoved');
    seen.close();
  });

  test('only the address with the same prefix length and label is removed', () => {
    const first = add('192.0.2.30', { prefixLength: 24, label: 'eth0:a' });
    assert.deepEqual(table.apply([first]), [undefined]);
    const [prefix, label] = table.apply([
      { ...undo(first), prefixLength: 32 },
      { ...undo(first), label: 'eth0:b' },
    ]);
    assert.equal(prefix?.code, 'EADDRNOTAVAIL');
    assert.equal(label?.code, 'EADDRNOTAVAIL');
    assert.deepEqual(table.apply([undo(first)]), [undefined]);
  });

  test('a batch larger than one message is answered whole', () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      add(`10.${index >> 8}.${index & 255}.1`),
    );
    assert.ok(table.apply(many).every((answer) => answer === undefined));
    assert.ok(table.apply(many.map(undo)).every((answer) => answer === undefined));
  });

  test('links: carrier, flags, renaming and removal, a bridge port leaving', async () => {
    const { events, monitor: seen } = monitor();
    const link = (name: string) => seen.links().find((each) => each.name === name);
    assert.equal(link('lo')?.loopback, true);
    assert.equal(link('eth0')?.running, true);
    assert.match(link('eth0')?.mac ?? '', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    host.ip('link set eth1 down');
    await until(() => link('eth0')?.running === false);
    assert.equal(link('eth0')?.adminUp, true);
    host.ip('link set eth1 up');
    await until(() => link('eth0')?.running === true);
    host.ip('link add br0 type bridge');
    host.ip('link set eth1 master br0');
    host.ip('link set eth1 nomaster');
    host.ip('link set br0 name br1');
    await until(() => link('br1') !== undefined && link('br0') === undefined);
    assert.ok(link('eth1'));
    host.ip('addr add 192.0.2.99/32 dev br1');
    await until(() => seen.addresses().some(({ address }) => address === '192.0.2.99'));
    host.ip('link del br1');
    await until(() => link('br1') === undefined);
    assert.ok(!seen.addresses().some(({ address }) => address === '192.0.2.99'));
    const order = events.filter(
      (event) =>
        (event.kind === 'addressRemoved' && event.address.address === '192.0.2.99') ||
        (event.kind === 'linkRemoved' && event.name === 'br1'),
    );
    assert.deepEqual(
      order.map(({ kind }) => kind),
      ['addressRemoved', 'linkRemoved'],
    );
    assert.ok(!events.some((event) => event.kind === 'linkRemoved' && event.name === 'eth1'));
    seen.close();
  });

  test('after an overrun everything is read anew', async () => {
    const { events, monitor: seen } = monitor(4096);
    const many = Array.from({ length: 1000 }, (_, index) =>
      add(`10.1.${index >> 8}.${index & 255}`),
    );
    table.apply(many);
    await until(() => events.some((event) => event.kind === 'resynchronised'));
    const present = () => seen.addresses().filter(({ address }) => address.startsWith('10.1.'));
    assert.equal(present().length, 1000);
    events.length = 0;
    table.apply(many.map(undo));
    await until(() => present().length === 0);
    const last = add('192.0.2.50');
    await sleep(100);
    table.apply([last]);
    await until(() => events.some((event) => event.kind === 'addressAdded'));
    table.apply([undo(last)]);
    seen.close();
  });

  test('a monitor opened while addresses change ends with the right table', async () => {
    const some = Array.from({ length: 200 }, (_, index) => add(`10.2.0.${index}`));
    table.apply(some);
    const { monitor: seen } = monitor();
    table.apply(some.slice(0, 100).map(undo));
    const count = () =>
      seen.addresses().filter(({ address }) => address.startsWith('10.2.')).length;
    assert.equal(count(), 200);
    await until(() => count() === 100);
    table.apply(some.slice(100).map(undo));
    await until(() => count() === 0);
    seen.close();
  });
});
