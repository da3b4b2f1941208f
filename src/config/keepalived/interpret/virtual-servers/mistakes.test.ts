import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Code } from '../../codes.ts';
import { read } from '../../test-support.ts';

// One mistake each: `▶` stands before the place that the one diagnostic must name.

const SETTINGS = 'lvs_sched rr\n lvs_method NAT\n protocol TCP';
const server = (lines: string, settings = SETTINGS): string =>
  `virtual_server 10.0.0.1 80 {\n ${settings}\n ${lines}\n}`;
const REAL = 'real_server 10.0.0.2 80 {\n TCP_CHECK {\n }\n }';
const inServer = (lines: string): string => server(`${lines}\n ${REAL}`);
const inReal = (lines: string): string => server(`real_server 10.0.0.2 80 {\n ${lines}\n }`);
const inCheck = (kind: string, lines: string): string => inReal(`${kind} {\n ${lines}\n }`);
const inUrl = (lines: string): string => inCheck('HTTP_GET', `url {\n path /\n ${lines}\n }`);
const withHead = (head: string): string => `virtual_server ${head} {\n ${SETTINGS}\n ${REAL}\n}`;
const inGroup = (lines: string): string =>
  `virtual_server_group web {\n 10.0.1.1 80\n ${lines}\n}\n${withHead('group web')}`;
const inGlobals = (lines: string): string => `global_defs {\n ${lines}\n}\n${inServer('')}`;

type Case = readonly [code: Code, text: string];

const headCases: readonly Case[] = [
  ['invalid-address', withHead('▶www.example.org 80')],
  ['number-out-of-range', withHead('10.0.0.1 ▶65536')],
  ['prefix-ignored', withHead('10.0.0.1▶/24 80')],
  ['missing-value', withHead('▶fwmark')],
  ['missing-value', withHead('▶group')],
  ['number-out-of-range', withHead('fwmark ▶0')],
  ['unknown-group', withHead('group ▶web')],
  ['extra-words', withHead('10.0.0.1 80 ▶web')],
  ['port-needs-persistence', withHead('▶10.0.0.1')],
  ['missing-parameter', withHead('').replace('virtual', '▶virtual')],
  ['invalid-range', inGroup('10.0.1.9-▶2 80')],
  ['invalid-range', inGroup('10.0.1.9-▶300 80')],
  ['invalid-range', inGroup('10.0.1.5/▶29 80')],
  ['invalid-range', inGroup('fd00::9-▶fd00::1 80')],
  ['range-too-large', inGroup('10.2.0.0/▶15 80')],
  ['range-too-large', inGroup('10.2.0.0-▶10.3.0.0 80')],
  ['range-too-large', inGroup('fd00::/▶64 80')],
  ['invalid-choice', inGroup('fwmark 5 ▶ipv6')],
  [
    'port-needs-persistence',
    inGroup('10.0.1.2').replace('group web {\n lvs', '▶group web {\n lvs'),
  ],
  ['empty-group', `▶virtual_server_group web {\n}\n${inServer('')}`],
  ['duplicate-virtual-server', `${inServer('')}\n${withHead('▶10.0.0.1 80')}`],
];

const serverCases: readonly Case[] = [
  ['unknown-keyword', inServer('▶lvs_shed rr')],
  ['invalid-choice', inServer('lvs_sched ▶rrr')],
  ['invalid-choice', inServer('protocol ▶ICMP')],
  ['invalid-tunnel', inServer('lvs_method TUN ▶type gue')],
  ['invalid-choice', inServer('lvs_method TUN type ▶vxlan')],
  ['missing-value', inServer('lvs_method TUN ▶type')],
  ['flag-without-scheduler', inServer('▶sh-port')],
  ['one-packet-needs-udp', inServer('▶ops')],
  ['number-out-of-range', inServer('persistence_timeout ▶0')],
  ['invalid-address', inServer('persistence_granularity ▶/24')],
  ['odd-netmask', inServer('persistence_granularity ▶24')],
  ['number-out-of-range', inServer('delay_loop ▶0')],
  ['too-many-places', inServer('delay_loop ▶1.0000001')],
  ['number-out-of-range', inServer('weight ▶0')],
  ['quorum-reduced', inServer('quorum ▶2')],
  ['quorum-reduced', inServer('hysteresis ▶1')],
  ['quorum-reduced', inReal('weight 0').replace('virtual', '▶virtual')],
  ['missing-value', inServer('▶virtualhost')],
  ['surplus-words', inServer('snmp_name web ▶farm')],
  ['invalid-address', inServer('sorry_server ▶sorry 80')],
  ['wrong-family', inServer('sorry_server ▶fd00::9 80')],
  ['sorry-server-first', inServer('▶sorry_server_inhibit')],
  ['port-mismatch', inServer('sorry_server ▶10.0.0.9 81\n sorry_server_lvs_method DR')],
  ['wrong-family', inServer('ip_family ▶inet6')],
  ['repeated-keyword', inServer('quorum_up /bin/a\n ▶quorum_up /bin/b')],
  ['no-real-servers', server('').replace('virtual', '▶virtual')],
  ['default-used', server(REAL, 'lvs_method NAT\n protocol TCP').replace('virtual', '▶virtual')],
  ['default-used', server(REAL, 'lvs_sched rr\n protocol TCP').replace('virtual', '▶virtual')],
  ['default-used', server(REAL, 'lvs_sched rr\n lvs_method NAT').replace('virtual', '▶virtual')],
  ['protocol-ignored', withHead('fwmark 5').replace('TCP\n', '▶TCP\n')],
  ['port-mismatch', server('real_server ▶10.0.0.2 81 {\n }', SETTINGS.replace('NAT', 'DR'))],
  [
    'duplicate-real-server',
    inServer('real_server 10.0.0.2 80 {\n }').replace(REAL, REAL.replace('10', '▶10')),
  ],
  ['wrong-family', inServer('real_server ▶fd00::2 80 {\n }')],
  ['invalid-address', inServer('real_server ▶web1 80 {\n }')],
];

const realCases: readonly Case[] = [
  ['number-out-of-range', inReal('weight ▶-1')],
  ['unknown-keyword', inReal('▶quorum 5')],
  ['unknown-keyword', inReal('▶TCP_CHEK {\n retry 3\n }')],
  ['invalid-number', inReal('uthreshold ▶many')],
  ['invalid-bool', inReal('alpha ▶maybe')],
  ['repeated-keyword', inReal('notify_up /bin/a\n ▶notify_up /bin/b')],
  ['unknown-keyword', inCheck('TCP_CHECK', '▶payload ab')],
  ['missing-parameter', inCheck('TCP_CHECK', '▶retry')],
  ['invalid-address', inCheck('TCP_CHECK', 'connect_ip ▶10.0.0')],
  ['wrong-family', inCheck('TCP_CHECK', 'bindto ▶fd00::1')],
  ['wrong-family', inCheck('TCP_CHECK', 'bindto 10.0.0.9\n connect_ip ▶fd00::1')],
  ['link-local-needs-interface', inCheck('PING_CHECK', 'connect_ip ▶fe80::1')],
  ['name-too-long', inCheck('TCP_CHECK', 'bind_if ▶averyveryverylongname')],
  ['incomplete-check', inReal('▶HTTP_GET {\n }')],
  ['incomplete-check', inCheck('SSL_GET', '▶url {\n status_code 200\n }')],
  ['deprecated', inCheck('HTTP_GET', '▶nb_get_retry 3\n url {\n path /\n }')],
  ['invalid-choice', inCheck('HTTP_GET', 'http_protocol ▶2\n url {\n path /\n }')],
  ['invalid-hex', inUrl('digest ▶abc')],
  ['repeated-setting', inUrl(`digest ${'a'.repeat(32)}\n ▶digest ${'b'.repeat(32)}`)],
  ['invalid-status-code', inUrl('status_code 200 ▶600')],
  ['invalid-status-code', inUrl('status_code ▶299-200')],
  ['unknown-keyword', inCheck('SMTP_CHECK', 'host {\n ▶helo_name a\n }')],
  ['number-out-of-range', inCheck('SMTP_CHECK', 'host {\n connect_port ▶0\n }')],
  ['invalid-choice', inCheck('DNS_CHECK', 'type ▶SRV')],
  ['invalid-dns-name', inCheck('DNS_CHECK', 'name ▶a..b')],
  ['incomplete-check', inReal('▶MISC_CHECK {\n misc_timeout 5\n }')],
  ['missing-value', inCheck('MISC_CHECK', '▶misc_path')],
  ['invalid-hex', inCheck('UDP_CHECK', 'payload ab ▶x1')],
  ['invalid-hex', inCheck('UDP_CHECK', 'require_reply ab ▶g1')],
  ['impossible-check', inCheck('UDP_CHECK', 'min_reply_length ▶300')],
  ['undefined-name', inCheck('BFD_CHECK', 'name ▶peer')],
  ['incomplete-check', inReal('▶BFD_CHECK {\n }')],
  [
    'duplicate-check',
    `bfd_instance peer {\n neighbor_ip 10.0.0.9\n}\n${inReal(
      'BFD_CHECK {\n name peer\n }\n BFD_CHECK {\n name ▶peer\n }',
    )}`,
  ],
  ['undefined-name', inCheck('FILE_CHECK', 'track_file ▶load')],
  [
    'unknown-tracking-option',
    `track_file load {\n file /tmp/load\n}\n${inCheck('FILE_CHECK', 'track_file load\n weight 5 ▶up')}`,
  ],
];

const settingCases: readonly Case[] = [
  ['invalid-choice', inGlobals('lvs_timeouts tcp 5 ▶icmp 6')],
  ['missing-value', inGlobals('lvs_timeouts ▶tcp')],
  ['number-out-of-range', inGlobals('lvs_timeouts tcp ▶2678401')],
  ['number-out-of-range', inGlobals('lvs_sync_daemon eth0 id ▶256')],
  ['deprecated', inGlobals('lvs_sync_daemon eth0 VI_1 ▶5')],
  ['not-multicast', inGlobals('lvs_sync_daemon eth0 group ▶10.0.0.9')],
  ['invalid-choice', inGlobals('lvs_sync_daemon eth0 id 5 ▶fast')],
  ['repeated-setting', inGlobals('lvs_sync_daemon eth0\n ▶lvs_sync_daemon eth1')],
  ['repeated-setting', `SSL {\n ca /a\n}\n▶SSL {\n ca /b\n}\n${inServer('')}`],
  ['missing-value', `SSL {\n ▶password\n}\n${inServer('')}`],
];

const neighbour = (name: string, vrid: number): string => `
vrrp_instance ${name} {
  interface eth9
  virtual_router_id ${vrid}
  priority 77
  virtual_ipaddress {
    192.0.${vrid}.1/24
    192.0.${vrid}.2/24
  }
}
`;

describe('one mistake about virtual servers gives one diagnostic, at its place', () => {
  for (const [code, text] of [...headCases, ...serverCases, ...realCases, ...settingCases]) {
    test(`${code}: ${text.replaceAll(/\s+/g, ' ').slice(0, 300)}`, () => {
      const marked = `${neighbour('BEFORE', 11)}${text}${neighbour('AFTER', 12)}`;
      const mark = marked.indexOf('▶');
      assert.notEqual(mark, -1, 'the case has its mark');
      const before = marked.slice(0, mark).split('\n');
      const { diagnostics, model } = read(marked.replace('▶', ''));
      assert.deepEqual(
        diagnostics
          .filter((found) => found.code !== 'not-yet')
          .map((found) => `${found.code} ${found.line}:${found.column}`),
        [`${code} ${before.length}:${(before.at(-1) ?? '').length + 1}`],
        diagnostics.map(({ message }) => message).join('\n'),
      );
      for (const name of ['BEFORE', 'AFTER']) {
        const instance = model.instances.find((one) => one.name === name);
        assert.equal(instance?.priority, 77);
        assert.equal(instance?.addresses.length, 2);
      }
    });
  }
});

test('a virtual server that is right draws no warning', () => {
  const { diagnostics } = read(inServer('delay_loop 6'));
  assert.deepEqual(
    diagnostics.map(({ code, line }) => `${code} ${line}`),
    [],
  );
});

test('a range of as many addresses as are balanced is none', () => {
  assert.deepEqual(read(inGroup('10.2.0.0/16 80')).diagnostics, []);
  assert.deepEqual(read(inGroup('10.2.0.1-10.3.0.0 80')).diagnostics, []);
});
