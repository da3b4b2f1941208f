import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseVipEntry, parseVipKey } from './vip-entry.ts';

describe('keys of the ConfigMap', () => {
  const right: [key: string, address: string][] = [
    ['172.16.40.33', '172.16.40.33'],
    ['2001-db8--10', '2001:db8::10'],
    ['fd00-0-0-0-0-0-0-0A', 'fd00::a'],
    ['fe80--1', 'fe80::1'],
  ];
  for (const [key, address] of right) {
    test(key, () => assert.deepEqual(parseVipKey(key), { ok: true, value: address }));
  }

  const wrong: [key: string, reason: RegExp][] = [
    ['foo', /'foo' is not an address: write 192\.0\.2\.10, or 2001-db8--10/],
    ['10.0.0.1_24', /not an address/],
    ['10.0.0.256', /not an address/],
    ['010.0.0.1', /not an address/],
    ['', /'' is not an address/],
    ['224.0.0.18', /multicast/],
    ['ff02--12', /multicast/],
    ['127.0.0.1', /loopback/],
    ['0.0.0.0', /no address of a host/],
    ['255.255.255.255', /reserved/],
    ['--1', /unspecified, loopback/],
    ['--', /unspecified/],
    ['--ffff-10.0.0.1', /IPv4 address in the form of IPv6/],
  ];
  for (const [key, reason] of wrong) {
    test(`wrong: '${key}'`, () => {
      const read = parseVipKey(key);
      assert(!read.ok);
      assert.match(read.reason, reason);
    });
  }
});

describe('values of the ConfigMap', () => {
  const web = { namespace: 'default', name: 'web', method: 'NAT' };
  const right: [value: string, entry: object][] = [
    ['', { targets: [] }],
    ['  \n', { targets: [] }],
    ['default/web', { targets: [web] }],
    ['default/web:', { targets: [web] }],
    ['default/web:NAT', { targets: [web] }],
    ['default/web:DR', { targets: [{ ...web, method: 'DR' }] }],
    ['default/web:PROXY', { targets: [{ ...web, method: 'PROXY' }] }],
    [
      'default/web, kube-system/dns:DR\n',
      {
        targets: [web, { namespace: 'kube-system', name: 'dns', method: 'DR' }],
      },
    ],
    [
      'default/web interface=eth1 prefix=24 vrid=51',
      {
        ...{ targets: [web], interfaceName: 'eth1', prefixLength: 24, vrid: 51 },
      },
    ],
    ['follow=ingress/nginx', { targets: [], follow: { namespace: 'ingress', name: 'nginx' } }],
  ];
  for (const [value, entry] of right) {
    test(JSON.stringify(value), () => {
      assert.deepEqual(parseVipEntry('10.0.0.1', value), {
        ok: true,
        value: { key: '10.0.0.1', address: '10.0.0.1', prefixLength: 32, ...entry },
      });
    });
  }

  const wrong: [value: string, reason: RegExp][] = [
    ['web', /'web' is not a Service: write NAMESPACE\/NAME/],
    ['a/b/c', /not a Service/],
    ['Default/web', /not a Service/],
    ['../web', /not a Service/],
    ['default/web:nat', /'nat' is no way of forwarding: write NAT, DR or PROXY/],
    ['default/web:NATO', /'NATO' is no way/],
    ['default/web:XDRX', /no way/],
    ['default/web:TUN', /no way/],
    ['default/web default/web', /twice/],
    ['vrid=0', /write 1 to 255/],
    ['vrid=256', /write 1 to 255/],
    ['vrid=0x10', /write 1 to 255/],
    ['prefix=33', /write 1 to 32/],
    ['interface=eth0}', /not the name of an interface/],
    ['interface=', /not the name of an interface/],
    ['follow=web', /write follow=NAMESPACE\/NAME/],
    ['weight=3', /there is no setting 'weight'/],
    ['default/web"}', /not a Service/],
    [`${'x'.repeat(500)}/y`, /^.{1,200}$/],
    ['\u0000\u001b[31m', /^'\\u0000\\u001b\[31m' is not/],
  ];
  for (const [value, reason] of wrong) {
    test(`wrong: ${JSON.stringify(value.slice(0, 30))}`, () => {
      const read = parseVipEntry('10.0.0.1', value);
      assert(!read.ok);
      assert.match(read.reason, reason);
    });
  }

  test('an IPv6 address has 128 bits of prefix', () => {
    const read = parseVipEntry('fd00--1', 'prefix=64');
    assert(read.ok);
    assert.equal(read.value.prefixLength, 64);
    assert.equal(parseVipEntry('fd00--1', 'prefix=129').ok, false);
  });
});
