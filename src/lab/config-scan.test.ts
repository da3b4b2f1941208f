import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanConfig } from './config-scan.ts';

test('finds what shapes the network, whatever the layout', () => {
  const found = scanConfig(`
! comment with { brace
global_defs { router_id x }
vrrp_script check
{
  script "/bin/true { }"
}
vrrp_instance VI_1 { # here
  interface ens3
  advert_int 0.5
  preempt_delay 7
  unicast_src_ip 10.0.0.1
  unicast_peer {
    10.0.0.2
    10.0.0.3 min_ttl 250
  }
  virtual_ipaddress
  {
    10.0.0.100/16 dev ens4 label ens4:1
    fd00::1
  }
}
vrrp_sync_group G {
  group { VI_1 }
}
vrrp_instance VI_2 {
  virtual_ipaddress { 10.1.0.1 }
}
`);
  assert.deepEqual(found, [
    {
      name: 'VI_1',
      interfaceName: 'ens3',
      vips: [
        { address: '10.0.0.100', prefixLength: 16, dev: 'ens4' },
        { address: 'fd00::1', prefixLength: undefined, dev: undefined },
      ],
      source: '10.0.0.1',
      peers: ['10.0.0.2', '10.0.0.3'],
      advertIntervalMs: 500,
      preemptDelayMs: 7000,
    },
    {
      name: 'VI_2',
      interfaceName: undefined,
      vips: [{ address: '10.1.0.1', prefixLength: undefined, dev: undefined }],
      source: undefined,
      peers: [],
      advertIntervalMs: 1000,
      preemptDelayMs: 0,
    },
  ]);
});

test('broken files do not break it', () => {
  for (const text of ['', '}}}', '{', 'vrrp_instance', 'vrrp_instance X {', '"', 'a { b { c']) {
    assert(Array.isArray(scanConfig(text)));
  }
});
