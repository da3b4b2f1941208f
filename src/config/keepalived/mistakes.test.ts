import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Code } from './codes.ts';
import { read } from './test-support.ts';

// One mistake each: `▶` stands before the place that the one diagnostic must name.

const inInstance = (lines: string, base = 'interface eth0\n  virtual_router_id 51'): string => `
vrrp_instance VI_1 {
  ${base}
  virtual_ipaddress {
    10.0.0.1/24
  }
  ${lines}
}`;
const inAddresses = (lines: string): string => `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.0.0.1/24
    ${lines}
  }
}`;
const inGlobals = (lines: string): string => `global_defs {\n  ${lines}\n}\n${inInstance('')}`;
const inScript = (lines: string): string =>
  `vrrp_script chk {\n  ${lines}\n}\n${inInstance('track_script {\n chk\n }')}`;
const inPeers = (lines: string): string => inInstance(`unicast_peer {\n 10.0.0.8\n ${lines}\n }`);

type Case = readonly [code: Code, text: string, note?: string];

const lineCases: readonly Case[] = [
  ['unterminated-quote', inInstance('notify_master ▶"/bin/true')],
  ['unterminated-quote', inInstance('authentication ▶" {\n auth_type PASS\n auth_pass x\n }')],
  ['nul-in-line', inInstance('priority ▶\x00100')],
  ['unterminated-quote', inInstance('notify_master "/bin/sh \\▶"a"')],
  ['line-too-long', inInstance(`▶# ${'x'.repeat(1100)}`)],
  ['include-quoted', `include ▶"/etc/keepalived/none*.conf"\n${inInstance('')}`],
  ['malformed-sequence', inAddresses('▶~SEQ(N, a) 10.0.0.$N')],
  ['expansion-too-large', `$A=\${A}\n${inInstance('▶priority $A')}`],
  ['expansion-too-large', inAddresses('▶~SEQ(N, 1, 999999999) 10.0.0.$N')],
  ['include-missing', `include ▶nothing.conf\n${inInstance('')}`],
  ['include-required', `includew ▶none*.conf\n${inInstance('')}`],
  ['include-loop', `include ▶main.conf\n${inInstance('')}`],
  ['include-empty', `▶include\n${inInstance('')}`],
  ['slash-comment', inInstance('▶// the boss')],
  ['slash-comment', inAddresses('▶// the boss')],
  ['slash-comment-behind', inInstance('priority 100 ▶// the boss')],
  ['slash-comment', inAddresses('10.0.0.2/24 ▶// the boss')],
];

const braceCases: readonly Case[] = [
  ['unknown-keyword', inInstance('▶priorty 90')],
  ['unknown-keyword', inInstance('▶garp_mastr_delay 9')],
  ['unknown-keyword', inInstance('▶auth_hmak {\n key 1 abc\n mode enforce\n }')],
  [
    'unknown-keyword',
    inInstance('authentication {\n auth_type PASS\n ▶auth_pas x\n auth_pass y\n }'),
  ],
  ['unknown-keyword', `▶frobnicate {\n a\n b {\n c\n }\n}\n${inInstance('')}`],
  ['unknown-keyword', `▶vrrp_instence VI_2 {\n interface eth0\n}\n${inInstance('')}`],
  ['unknown-keyword', inGlobals('▶vrrp_strikt')],
  ['unknown-keyword', inScript('script /bin/true\n ▶intervall 5')],
  ['unknown-keyword', `${inInstance('')}\n▶priority 100`],
  ['unknown-keyword', `▶cluster {\n${inInstance('')}\n}`],
  ['missing-open-brace', inInstance('▶authentication\n auth_type PASS\n auth_pass x\n }')],
  ['missing-open-brace', inInstance('▶track_script')],
  ['missing-open-brace', inInstance('▶virtual_ipaddress_excluded\n 10.0.0.7\n }')],
  [
    'missing-open-brace',
    '▶vrrp_instance VI_1\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 10.0.0.1\n }\n}',
  ],
  [
    'missing-close-brace',
    inInstance('authentication ▶{\n auth_type PASS\n auth_pass x\n nopreempt'),
  ],
  ['missing-close-brace', inInstance('track_interface ▶{\n eth1\n nopreempt')],
  [
    'missing-close-brace',
    inInstance('virtual_ipaddress ▶{\n 10.0.0.2/24\n track_interface {\n eth1\n }'),
  ],
  [
    'missing-close-brace',
    'vrrp_instance VI_1 ▶{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 10.0.0.1\n }',
  ],
  ['missing-close-brace', 'vrrp_script c ▶{\n script /bin/true'],
  [
    'missing-close-brace',
    `virtual_server 10.0.0.1 80 {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 10.0.0.2 80 {
    TCP_CHECK ▶{
      retry 3
  }
}`,
  ],
  ['unexpected-open-brace', inInstance('state BACKUP ▶{\n priority 90\n }')],
  ['unexpected-open-brace', inInstance('state BACKUP ▶{')],
  ['unexpected-open-brace', `▶{\n${inInstance('')}\n}`.replace(/\n}$/, '\n')],
  ['extra-close-brace', `${inInstance('')}\n▶}`],
  ['extra-close-brace', inInstance('▶}\n priority 90\n nopreempt')],
  ['extra-close-brace', inAddresses('▶}\n 10.0.0.2/24')],
  ['missing-parameter', inInstance('▶priority')],
  ['missing-parameter', inInstance('', '▶interface\n virtual_router_id 51')],
  ['missing-parameter', inInstance('authentication {\n auth_type PASS\n ▶auth_pass\n }')],
  ['missing-name', '▶vrrp_instance {\n interface eth0\n virtual_router_id 9\n}'],
  ['extra-words', inInstance('priority 100 ▶nopreempt')],
  ['extra-words', inInstance('nopreempt ▶yes')],
];

const valueCases: readonly Case[] = [
  ['number-out-of-range', inInstance('priority ▶300')],
  ['number-out-of-range', inInstance('priority ▶0')],
  ['number-out-of-range', inInstance('priority ▶-5')],
  ['number-out-of-range', inInstance('advert_int ▶0')],
  ['number-out-of-range', inInstance('preempt_delay ▶2000')],
  ['number-out-of-range', inInstance('garp_master_repeat ▶0')],
  ['number-out-of-range', inInstance('garp_master_delay ▶-1')],
  ['number-out-of-range', inInstance('', 'interface eth0\n virtual_router_id ▶256')],
  ['invalid-number', inInstance('', 'interface eth0\n virtual_router_id ▶0x33')],
  ['invalid-number', inInstance('priority ▶high')],
  ['invalid-number', inInstance('priority ▶{{ priority }}')],
  ['invalid-number', inInstance('priority ▶$PRIORITY')],
  ['number-with-junk', inInstance('priority ▶100abc')],
  ['number-with-junk', inInstance('advert_int ▶1s')],
  ['invalid-choice', inInstance('state ▶MASTRE')],
  ['invalid-choice', inInstance('authentication {\n auth_type ▶NONE\n auth_pass x\n }')],
  ['invalid-bool', inInstance('lower_prio_no_advert ▶TRUE')],
  ['invalid-address', inInstance('unicast_src_ip ▶eth0')],
  ['invalid-address', inAddresses('▶10.0.0.300')],
  ['invalid-address', inAddresses('▶$VIP_IP/24 dev eth0')],
  ['invalid-address', inAddresses('▶{{ vip }}')],
  ['prefix-ignored', inPeers('10.0.0.9▶/24')],
  ['prefix-ignored', inInstance('mcast_src_ip 10.0.0.9▶/24')],
  ['invalid-address', inPeers('▶peer1')],
  ['invalid-number', inInstance('garp_master_delay ▶0.5')],
  ['invalid-script', inInstance('notify_master ▶""')],
  ['placeholder-left', inGlobals(`router_id ▶\${ROUTER}`)],
  ['invalid-script', inInstance(`notify_master ▶"/bin/sh 'a"`)],
  ['invalid-script', inInstance('notify_master ▶"/bin/sh a\\\\"')],
  ['placeholder-left', inInstance('', 'interface ▶$INTERFACE_NAME\n virtual_router_id 51')],
  ['repeated-keyword', inInstance('notify /bin/true\n ▶notify /bin/false')],
  ['deprecated', inInstance('▶linkbeat_use_polling')],
  ['not-yet', inInstance('▶use_vmac')],
  ['not-yet', inInstance('▶no_accept')],
  ['not-yet', inInstance(`▶auth_hmac {\n key 1 ${'k'.repeat(32)}\n active_key 1\n }`)],
  ['not-yet', inInstance('▶virtual_routes {\n 10.0.0.0/8 via 10.0.0.9 dev eth0\n }')],
  ['not-yet', inGlobals('▶vrrp_iptables')],
  ['mail-incomplete', inGlobals('▶notification_email {\n a@example.org\n b@example.org\n }')],
  ['mail-incomplete', inGlobals('▶smtp_server 192.0.2.25')],
  [
    'mail-password-open',
    inGlobals(
      'notification_email {\n a@example.org\n }\n smtp_server 192.0.2.25\n @holdfast smtp_login ▶me secret',
    ),
  ],
  ['not-multicast', inGlobals('vrrp_mcast_group4 ▶10.0.0.1')],
  ['not-multicast', inInstance('mcast_dst_ip ▶10.0.0.1')],
  ['name-too-long', inGlobals('process_name ▶abcdefghijklmnop')],
  ['invalid-cpu-list', inGlobals('vrrp_cpu_affinity 0 ▶one')],
  ['invalid-umask', inGlobals('umask ▶IRWXQ')],
];

const ruleCases: readonly Case[] = [
  ['missing-script', '▶vrrp_script chk {\n interval 2\n}'],
  ['duplicate-script', 'vrrp_script c {\n script a\n}\nvrrp_script ▶c {\n script b\n}'],
  ['zero-interval', inScript('script /bin/true\n interval ▶0')],
  ['number-out-of-range', inScript('script /bin/true\n weight ▶300')],
  ['number-out-of-range', inScript('script /bin/true\n rise ▶0')],
  ['script-timeout-over-interval', inScript('script /bin/true\n interval 2\n timeout ▶5')],
  ['missing-interface', inInstance('', 'virtual_router_id 51').replace('vrrp_i', '▶vrrp_i')],
  ['loopback-interface', inInstance('', 'interface ▶lo\n virtual_router_id 51')],
  ['missing-vrid', inInstance('', 'interface eth0').replace('vrrp_i', '▶vrrp_i')],
  ['duplicate-instance', `${inInstance('')}\nvrrp_instance ▶VI_1 {\n interface eth1\n}`],
  ['duplicate-vrid', `${inInstance('')}${inInstance('').replace('VI_1', '▶VI_2')}`],
  ['owner-by-default', inInstance('state ▶MASTER')],
  ['master-not-owner', inInstance('strict_mode\n state ▶MASTER\n priority 90')],
  ['nopreempt-cleared', inInstance('priority 255\n ▶nopreempt')],
  ['nopreempt-cleared', inInstance('state MASTER\n priority 100\n ▶nopreempt')],
  ['preempt-delay-cleared', inInstance('nopreempt\n ▶preempt_delay 5')],
  ['interval-rounded', inInstance('advert_int ▶1.5')],
  ['interval-rounded', inInstance('version 3\n advert_int ▶50')],
  ['strict-mode-overrides', inInstance('strict_mode\n down_timer_adverts ▶5')],
  ['owner-ignores', inInstance('▶owner_ignore_adverts')],
  [
    'password-truncated',
    inInstance('authentication {\n auth_type PASS\n auth_pass ▶kubernetes\n }'),
  ],
  [
    'authentication-ignored',
    inInstance('version 3\n ▶authentication {\n auth_type PASS\n auth_pass x\n }'),
  ],
  ['authentication-incomplete', inInstance('authentication {\n ▶auth_type PASS\n }')],
  ['authentication-untyped', inInstance('authentication {\n ▶auth_pass x\n }')],
  ['no-addresses', '▶vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n}'],
  ['wrong-family', inAddresses('▶fd00::1/64')],
  ['wrong-family', inPeers('▶fd00::1')],
  ['wrong-family', inInstance('mcast_src_ip ▶fd00::9')],
  ['missing-value', 'global_defs {\n ▶router_id\n}'],
  ['surplus-words', 'global_defs {\n umask 077 ▶022\n}'],
  ['old-spelling', 'global_defs {\n ▶vrrp_rlimit_rtime 5000\n}'],
  ['own-interface-tracked', inInstance('track_interface {\n ▶eth0\n }')],
  ['setting-without-effect', inInstance('▶unicast_ttl 5')],
  ['invalid-prefix', inAddresses('10.0.0.2/▶99')],
  ['quoted-address', inAddresses('▶"10.0.0.2/24 dev eth0"')],
  ['two-addresses', inAddresses('10.0.0.2 ▶10.0.0.3')],
  ['two-addresses', inPeers('10.0.0.9 ▶10.0.0.10')],
  ['unknown-address-option', inAddresses('10.0.0.2 ▶lable eth0:1')],
  ['missing-option-value', inAddresses('10.0.0.2 ▶dev')],
  ['label-too-long', inAddresses('10.0.0.2 label ▶abcdefghijklmnop')],
  ['invalid-choice', inAddresses('10.0.0.2 scope ▶planet')],
  ['invalid-address', inAddresses('10.0.0.2 brd ▶10.0.0')],
  ['duplicate-address', inAddresses('▶10.0.0.1/24')],
  [
    'too-many-addresses',
    inAddresses(`~SEQ(N, 2, 255) 10.0.0.▶$N\n 10.0.1.1`).replace(
      '10.0.0.▶$N\n 10.0.1.1',
      '10.0.0.$N\n ▶10.0.1.1',
    ),
  ],
  ['no-peers', inInstance('▶unicast_peer {\n }')],
  [
    'own-address-among-peers',
    inPeers('▶10.0.0.9\n }\n unicast_src_ip 10.0.0.9\n track_interface {\n eth1'),
  ],
  ['duplicate-peer', inPeers('▶10.0.0.8')],
  ['unknown-script', inInstance('track_script {\n ▶nothing\n }')],
  ['duplicate-tracking', inInstance('track_interface {\n eth1\n ▶eth1\n }')],
  ['number-out-of-range', inInstance('track_interface {\n eth1 weight ▶300\n }')],
  ['unknown-tracking-option', inInstance('track_interface {\n eth1 ▶eth2\n }')],
  ['weight-on-owner', inInstance('priority 255\n track_interface {\n ▶eth1 weight 5\n }')],
];

/** Untouched neighbours that must keep all that they have, whatever stands between them. */
const neighbour = (name: string, net: string): string => `
vrrp_instance ${name} {
  interface eth9
  virtual_router_id ${net}
  priority 77
  virtual_ipaddress {
    192.0.${net}.1/24
    192.0.${net}.2/24
  }
}
`;

describe('one mistake gives one diagnostic, at its place, and harms nobody else', () => {
  for (const [code, text] of [...lineCases, ...braceCases, ...valueCases, ...ruleCases]) {
    test(`${code}: ${text.trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`, () => {
      const marked = `${neighbour('BEFORE', '11')}${text}${neighbour('AFTER', '12')}`;
      const mark = marked.indexOf('▶');
      assert.notEqual(mark, -1, 'the case has its mark');
      const before = marked.slice(0, mark).split('\n');
      const { diagnostics, model } = read(marked.replace('▶', ''));
      assert.deepEqual(
        // That virtual servers are not acted upon is no mistake.
        diagnostics
          .filter((found) => code === 'not-yet' || found.code !== 'not-yet')
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
