import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read } from '../src/config/keepalived/test-support.ts';
import { planGuards } from '../src/core/kernel/guard.ts';

function guardOf(lines: string, { globals = '' }: { readonly globals?: string } = {}) {
  const text = `global_defs {
  ${globals}
}
vrrp_instance VI_1 {
  interface eth0
  version 3
  virtual_router_id 51
  ${lines}
}
`;
  return planGuards(read(text).model).get('VI_1');
}

const vips = (...addresses: readonly string[]): string =>
  `virtual_ipaddress {\n${addresses.join('\n')}\n}`;
const crowd = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `10.1.${index >> 8}.${index & 255}/24`);

describe('guards', () => {
  it('are lifetimes from 1 s on, and no longer than two hosts may hold an address', () => {
    const slow = (interval: number): unknown =>
      guardOf(`advert_int ${interval}\n${vips('10.0.0.1/24')}`);
    assert.deepEqual(slow(1), { kind: 'lifetime', seconds: 4 });
    assert.deepEqual(slow(2), { kind: 'lifetime', seconds: 7 });
  });

  it('are a firewall below, and for crowds', () => {
    const second = { kind: 'firewall', validity: 1_000_000 };
    assert.deepEqual(guardOf(`advert_int 0.1\n${vips('10.0.0.1/24')}`), second);
    assert.deepEqual(guardOf(`advert_int 1\n${vips(...crowd(1000))}`)?.kind, 'lifetime');
    assert.deepEqual(guardOf(`advert_int 1\n${vips(...crowd(1001))}`), {
      kind: 'firewall',
      validity: 4_100_000,
    });
  });

  it('are a firewall where an IPv6 address has a prefix, whose route others may need', () => {
    const kindOf = (address: string): string | undefined =>
      guardOf(`advert_int 1\n${vips(address)}`)?.kind;
    assert.equal(kindOf('2001:db8::1'), 'lifetime');
    assert.equal(kindOf('2001:db8::1/64'), 'firewall');
    assert.equal(kindOf('2001:db8::1/64 noprefixroute'), 'lifetime');
  });

  it('are none where an operator says so, or has lifetimes of his own', () => {
    const lines = `advert_int 1\n${vips('10.0.0.1/24')}`;
    assert.deepEqual(guardOf(lines, { globals: 'dead_man off' }), { kind: 'none' });
    const own = `advert_int 1\n${vips('10.0.0.1/24 preferred_lft 300')}`;
    assert.deepEqual(guardOf(own), { kind: 'none' });
    const deprecated = `advert_int 1\n${vips('10.0.0.1/24 preferred_lft 0')}`;
    assert.deepEqual(guardOf(deprecated), { kind: 'lifetime', seconds: 4 });
  });
});
