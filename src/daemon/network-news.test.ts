import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { AddressLedger } from '../core/kernel/address-ledger.ts';
import type { NodeInput } from '../core/node.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';
import { NetworkNews } from './network-news.ts';

const ETH0: LinkFacts = {
  index: 2,
  name: 'eth0',
  adminUp: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mtu: 1500,
  hardwareType: 1,
};

const facts = (address: string): AddressFacts => ({
  interfaceIndex: 2,
  family: 4,
  address: address as IpAddress,
  prefixLength: 32,
  scope: 0,
  flags: 0,
  protocol: 112,
});

test('what was lost while events were lost is told as lost, once', () => {
  const ledger = new AddressLedger();
  for (const address of ['10.0.0.1', '10.0.0.2'] as IpAddress[]) {
    ledger.want('VI_1', 'eth0', { address, prefixLength: 32, scope: 0 });
  }
  for (const change of ledger.pending(2)) ledger.settle(change, 'done');
  const fed: NodeInput[] = [];
  const gone: string[] = [];
  const news = new NetworkNews({
    monitor: { links: () => [ETH0], addresses: () => [facts('10.0.0.1')] },
    ledger,
    feed: (input) => fed.push(input),
    onAddressLost: () => {},
    onAddressGone: (name, address) => gone.push(`${name} ${address}`),
    onLinkChanged: () => {},
    onAddressesChanged: () => {},
  });
  for (let round = 0; round < 2; round++) news.tell([{ kind: 'resynchronised' }]);
  assert.deepEqual(
    fed.filter(({ kind }) => kind === 'addressLost'),
    [{ kind: 'addressLost', instance: 'VI_1', address: '10.0.0.2' }],
  );
  assert.deepEqual(gone, ['eth0 10.0.0.2']);
});
