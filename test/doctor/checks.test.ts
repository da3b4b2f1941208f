import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { micros } from '../../src/base/time.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Facts, HeardAdvert } from '../../src/doctor/facts.ts';
import { diagnosisJson, formatDiagnosis } from '../../src/doctor/format.ts';
import { CHECKS } from '../../src/doctor/registry.ts';
import { commandOf } from '../../src/doctor/steps.ts';
import { doctorPage } from '../../tools/doctor-page.ts';
import { ip } from '../linux/namespaces.ts';
import { configured, eth0, HAPROXY, healthy, lo, nft } from './facts.ts';

const SERVERS = (kind: string): string => `virtual_server 192.0.2.10 80 {
    lvs_sched rr
    lvs_method ${kind}
    protocol TCP
    real_server 192.0.2.20 80 {
        weight 1
    }
}`;

const HEARD: HeardAdvert = {
  ...{ link: 'eth0', source: ip('192.0.2.9'), destination: ip('224.0.0.18'), version: 2 },
  ...{ vrid: 51, priority: 90, interval: micros(1_000_000), addresses: [ip('192.0.2.10')] },
};

const table = { family: 'inet', name: 'f' };
const chain = (more: object = {}): object => ({
  chain: {
    ...{ family: 'inet', table: 'f', name: 'in', type: 'filter', hook: 'input', prio: 0 },
    ...{ policy: 'accept', ...more },
  },
});
const rule = (...expr: readonly object[]): object => ({
  rule: { family: 'inet', table: 'f', chain: 'in', expr },
});
const firewall = (...entries: readonly object[]): Facts['firewall'] => ({
  ...{ nft: nft({ table }, ...entries), saves: {}, keepers: [] },
});
const address = (text: string, prefixLength: number) => ({
  ...{ address: ip(text), prefixLength, family: 4 as const },
  ...{ lifetime: 'forever' as const, isSecondary: false },
});
const hearing = (more: Partial<HeardAdvert>): Facts['hearing'] => ({
  ...{ seconds: 3, links: ['eth0'], adverts: [{ ...HEARD, ...more }] },
});
const settings = (more: Facts['settings']): Partial<Facts> => ({
  settings: { ...healthy.settings, ...more },
});
const with2 = { ...eth0, name: 'eth1', index: 3, addresses: [address('192.0.2.2', 24)] };

/** What has each check speak, and what it says. */
const FIRES: Readonly<Record<string, readonly [Partial<Facts>, RegExp]>> = {
  'node-end-of-life': [
    { nodeVersion: '20.19.0', nowMs: Date.UTC(2026, 4, 1) },
    /20\.19\.0.*2026-04-30/,
  ],
  'configuration-has-errors': [{ configuration: { ...configured(), errors: 2 } }, /2 errors/],
  'keepalived-running': [
    { programs: [{ name: 'keepalived', pid: 7, executable: '/usr/sbin/keepalived' }] },
    /process 7/,
  ],
  'haproxy-running': [
    {
      programs: [{ name: 'haproxy', pid: 8, executable: '/usr/sbin/haproxy' }],
      configuration: configured({ haproxy: HAPROXY('192.0.2.1:80') }),
    },
    /process 8/,
  ],
  'ipvs-missing': [
    {
      configuration: configured({ more: SERVERS('DR') }),
      abilities: { ...healthy.abilities, ip_vs: 'loadable' },
    },
    /not loaded/,
  ],
  'nftables-missing': [
    { abilities: { ...healthy.abilities, nf_tables: 'missing' } },
    /no nftables/,
  ],
  'capability-missing': [
    { capabilities: new Set(['net_admin', 'sys_nice', 'ipc_lock']) },
    /NET_RAW/,
  ],
  'capability-wanted': [
    { capabilities: new Set(['net_admin', 'net_raw', 'ipc_lock']) },
    /SYS_NICE/,
  ],
  'realtime-refused': [{ realtime: { answer: 'refused', groupBudgetUs: 0 } }, /budget is 0/],
  'clock-steps': [{ clock: { stepMs: -3_600_000, state: 'synchronised' } }, /-3600000 ms/],
  'clock-unsynchronised': [{ clock: { stepMs: 0, state: 'unsynchronised' } }, /clock/],
  'nonlocal-bind-off': [
    { configuration: configured({ haproxy: HAPROXY('192.0.2.10:80') }) },
    /listen on 192\.0\.2\.10/,
  ],
  'forwarding-off': [{ configuration: configured({ more: SERVERS('NAT') }) }, /ip_forward = 0/],
  'time-wait-short': [
    {
      configuration: configured({ haproxy: HAPROXY('192.0.2.1:80', 'option holdfast-offload') }),
      ...settings({
        'net/netfilter/nf_conntrack_tcp_timeout_time_wait': '30',
        'net/ipv4/ip_forward': '1',
      }),
    },
    /after 30 s/,
  ],
  'reverse-path-strict': [
    { configuration: configured({ instance: 'unicast_peer {\n 198.51.100.2\n}' }) },
    /198\.51\.100\.2 is in no network of eth0/,
  ],
  'arp-flux': [{ links: [lo, eth0, with2] }, /eth0 and eth1 are in one network/],
  'arp-answers-for-loopback': [
    { links: [{ ...lo, addresses: [...lo.addresses, address('192.0.2.10', 32)] }, eth0] },
    /192\.0\.2\.10 is on lo/,
  ],
  'arp-silent': [settings({ 'net/ipv4/conf/eth0/arp_ignore': '8' }), /answers ARP for no address/],
  'secondaries-go-along': [
    { links: [lo, { ...eth0, addresses: [{ ...address('192.0.2.1', 24), lifetime: 'limited' }] }] },
    /192\.0\.2\.10 goes with it/,
  ],
  'ipv6-off': [
    {
      configuration: configured({ address: '2001:db8::10/64' }),
      ...settings({ 'net/ipv6/conf/eth0/disable_ipv6': '1' }),
    },
    /IPv6 turned off/,
  ],
  'firewall-drops-adverts': [
    { firewall: firewall(chain({ policy: 'drop' })) },
    /on eth0 are dropped by 'policy drop' in nft inet f in/,
  ],
  'firewall-drops-own-adverts': [
    { firewall: firewall(chain({ hook: 'output', policy: 'drop' })) },
    /going out on eth0/,
  ],
  'firewall-drops-igmp': [
    {
      firewall: firewall(
        chain(),
        rule(
          {
            match: {
              op: '==',
              left: { payload: { protocol: 'ip', field: 'protocol' } },
              right: 'igmp',
            },
          },
          { drop: null },
        ),
      ),
    },
    /IGMP.*'ip protocol igmp drop'/,
  ],
  'firewall-unclear': [
    {
      firewall: firewall(
        chain({ policy: 'drop' }),
        rule({ xt: { type: 'match', name: 'bpf' } }, { accept: null }),
      ),
    },
    /may be dropped/,
  ],
  'cilium-host-firewall': [{ links: [lo, eth0, { ...eth0, name: 'cilium_host' }] }, /Cilium/],
  'networkd-removes-addresses': [
    {
      managed: [
        { link: 'eth0', manager: 'systemd-networkd', file: '/etc/systemd/network/a.network' },
      ],
    },
    /KeepConfiguration=no in/,
  ],
  'networkmanager-manages-link': [
    { managed: [{ link: 'eth0', manager: 'NetworkManager' }] },
    /eth0/,
  ],
  'dhcpcd-manages-link': [{ managed: [{ link: 'eth0', manager: 'dhcpcd' }] }, /eth0/],
  'cloud-init-writes-network': [{ cloudInit: 'writes-network' }, /cloud-init/],
  'cloud-holds-addresses': [{ machine: { product_name: 'OpenStack Nova' } }, /OpenStack/],
  'cloud-without-multicast': [{ machine: { sys_vendor: 'Amazon EC2' } }, /multicast/],
  'vrid-taken': [
    { hearing: hearing({ addresses: [ip('192.0.2.77')] }) },
    /192\.0\.2\.9 uses VRID 51 on eth0 for 192\.0\.2\.77/,
  ],
  'peer-disagrees': [
    { hearing: hearing({ version: 3, interval: micros(500_000) }) },
    /version 3, not 2; advert_int 0\.5 s, not 1 s/,
  ],
  'foreign-vrrp': [{ hearing: hearing({ vrid: 7 }) }, /VRID 7/],
};

describe('checks of the doctor', () => {
  test('say nothing on a host where all is well, and what they looked at', () => {
    const diagnosis = diagnose(healthy);
    assert.deepEqual(diagnosis.findings, []);
    assert.deepEqual(diagnosis.unknown, [
      { code: 'haproxy-running', why: 'no haproxy.cfg is given (-f)' },
    ]);
    const text = formatDiagnosis(diagnosis);
    assert.match(text, /^checked: .*node-end-of-life/);
    assert.match(text, /0 errors, 0 warnings, 0 notes\n$/);
  });

  test('each has a case in which it speaks', () => {
    assert.deepEqual(Object.keys(FIRES).toSorted(), CHECKS.map(({ code }) => code).toSorted());
  });

  for (const [code, [change, pattern]] of Object.entries(FIRES)) {
    test(`${code} speaks where it is so`, () => {
      const { findings } = diagnose({ ...healthy, ...change }, { only: [code] });
      assert.equal(findings.length, 1, JSON.stringify(findings));
      assert.match(findings[0]?.message ?? '', pattern);
      assert((findings[0]?.steps.length ?? 0) > 0, 'nothing mends it');
    });
  }

  test('a peer that says the same is none of the findings', () => {
    assert.deepEqual(diagnose({ ...healthy, hearing: hearing({}) }).findings, []);
  });

  test('what is not known is told as such, not as well', () => {
    const { checked, unknown } = diagnose({
      ...healthy,
      firewall: { unknown: 'nft is not installed' },
    });
    assert(!checked.includes('firewall-drops-adverts'));
    assert(unknown.some(({ why }) => why === 'nft is not installed'));
  });

  test('a VRID that is free is proposed', () => {
    const change = { hearing: hearing({ addresses: [ip('192.0.2.77')] }) };
    const { findings } = diagnose({ ...healthy, ...change }, { only: ['vrid-taken'] });
    assert.match(findings[0]?.steps.map(commandOf).join() ?? '', /52 is free/);
  });

  test('commands of JSON are those of the text', () => {
    const change = settings({ 'net/ipv4/conf/eth0/arp_ignore': '8' });
    const { findings } = diagnosisJson(diagnose({ ...healthy, ...change }));
    assert.deepEqual(findings[0]?.commands, [
      "echo 'net.ipv4.conf.eth0.arp_ignore=0' >> /etc/sysctl.d/60-holdfast.conf && " +
        "sysctl -w 'net.ipv4.conf.eth0.arp_ignore=0'",
    ]);
    assert.equal(findings[0]?.fixable, true);
  });

  test('docs/doctor.md is made of them', () => {
    assert.equal(readFileSync('docs/doctor.md', 'utf8'), doctorPage());
  });
});
