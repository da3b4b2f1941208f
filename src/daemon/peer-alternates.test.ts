import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, ipFamily } from '../base/ip.ts';
import { ip } from '../core/vrrp/test-model.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';
import { chooseAlternates } from './peer-alternates.ts';

function link(index: number, changes: Partial<LinkFacts> = {}): LinkFacts {
  const flags = { adminUp: true, running: true, loopback: false, noArp: false, multicast: true };
  return { index, name: `eth${index}`, mtu: 1500, hardwareType: 1, ...flags, ...changes };
}

function address(
  interfaceIndex: number,
  text: string,
  changes: Partial<AddressFacts> = {},
): AddressFacts {
  const own = ip(text);
  const scope = text.startsWith('fe80') ? 253 : 0;
  return {
    interfaceIndex,
    family: ipFamily(own),
    address: own,
    prefixLength: 24,
    scope,
    flags: 0,
    protocol: 0,
    ...changes,
  };
}

const choose = (
  links: readonly LinkFacts[],
  addresses: readonly AddressFacts[],
  virtual: readonly IpAddress[] = [],
  sender = ip('10.0.0.1'),
) =>
  chooseAlternates(
    { links, addresses, isVirtual: (each) => virtual.includes(each) },
    { interface: 'eth0', family: ipFamily(sender), sender },
  );

test('one address of each family for each other interface, four at most', () => {
  const links = [0, 1, 2, 3].map((index) => link(index));
  const addresses = [
    address(0, '10.0.0.1'),
    address(0, '10.0.0.11'),
    address(1, '10.1.0.1'),
    address(1, '10.1.0.11'),
    address(1, 'fe80::1'),
    address(1, '2001:db8:1::1'),
    address(2, '10.2.0.1'),
    address(3, '10.3.0.1'),
    address(3, '2001:db8:3::1'),
  ];
  const wanted = ['10.1.0.1', '2001:db8:1::1', '10.2.0.1', '10.3.0.1'];
  assert.deepEqual(choose(links, addresses), wanted);
});

test('none that is virtual, not ready, link-local, or of an interface that does not work', () => {
  const links = [
    link(0),
    link(1),
    link(2, { running: false }),
    link(3, { adminUp: false }),
    link(4, { loopback: true }),
  ];
  const addresses = [
    address(0, '10.0.0.1'),
    address(1, '10.1.0.100'),
    address(1, '10.1.0.101', { protocol: 112 }),
    address(1, '169.254.0.1'),
    address(1, '10.1.0.102', { scope: 254 }),
    address(1, '2001:db8::1', { flags: 0x40 }),
    address(1, '2001:db8::2', { flags: 0x08 }),
    address(1, '2001:db8::3', { flags: 0x20 }),
    address(2, '10.2.0.1'),
    address(3, '10.3.0.1'),
    address(4, '10.4.0.1'),
  ];
  assert.deepEqual(choose(links, addresses, [ip('10.1.0.100')]), []);
});

test('in front of them the address that group reports carry, where adverts have another', () => {
  const links = [link(0, { running: false }), link(1)];
  const addresses = [
    address(0, '10.0.0.1'),
    address(0, '10.0.0.7'),
    address(0, 'fe80::1'),
    address(0, '2001:db8::7'),
    address(1, '10.1.0.1'),
  ];
  assert.deepEqual(choose(links, addresses, [], ip('10.0.0.7')), ['10.0.0.1', '10.1.0.1']);
  assert.deepEqual(choose(links, addresses, [], ip('2001:db8::7')), ['fe80::1', '10.1.0.1']);
});
