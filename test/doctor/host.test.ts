import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipKernelTests } from '../linux/namespaces.ts';
import { HAPROXY, KEEPALIVED } from './facts.ts';
import { DoctorHost } from './support.ts';

const _LIMIT_MS = 30_000;

const NAT = `virtual_server 192.0.2.10 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.20 80 {
        weight 1
    }
}`;

interface Provocation {
  readonly code: string;
  /** Files for -f, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly provoke: (host: DoctorHost) => void;
  /** What is as it was when it was taken back. */
  readonly look: (host: DoctorHost) => string;
  readonly clear: (host: DoctorHost) => void;
}

const sysctl = (host: DoctorHost, name: string, value: string): void =>
  void host.own.exec('sysctl', '-qw', `${name}=${value}`);

function setting(
  code: string,
  name: string,
  [bad, good]: readonly [string, string],
  files: Readonly<Record<string, string>> = {},
): Provocation {
  return {
    ...{ code, files },
    provoke: (host) => sysctl(host, name, bad),
    look: (host) => host.own.exec('sysctl', '-n', name),
    clear: (host) => sysctl(host, name, good),
  };
}

const nft = (code: string, ...commands: readonly string[]): Provocation => ({
  code,
  provoke: (host) => {
    for (const command of commands) host.own.exec('nft', command);
  },
  look: (host) => host.own.exec('nft', '-s', 'list', 'ruleset'),
  clear: (host) => void host.own.exec('nft', 'flush', 'ruleset'),
});

const IP_TABLES = ['-P', 'INPUT', 'DROP'];

const iptables = (program: string): Provocation => ({
  code: 'firewall-drops-adverts',
  provoke: (host) => {
    host.own.exec(program, '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT');
    host.own.exec(program, '-A', 'INPUT', '-p', 'igmp', '-j', 'ACCEPT');
    host.own.exec(program, ...IP_TABLES);
  },
  look: (host) => host.own.exec(program, '-S'),
  clear: (host) => {
    host.own.exec(program, '-P', 'INPUT', 'ACCEPT');
    host.own.exec(program, '-F');
  },
});

/** Each is found, mended by --fix, found mended, taken back by --undo, and found again. */
const FIXED: readonly (Provocation & { readonly name?: string })[] = [
  setting('nonlocal-bind-off', 'net.ipv4.ip_nonlocal_bind', ['0', '1'], {
    'haproxy.cfg': HAPROXY('192.0.2.10:80'),
  }),
  setting('forwarding-off', 'net.ipv4.ip_forward', ['0', '1'], {
    'keepalived.conf': KEEPALIVED({ more: NAT }),
  }),
  setting('time-wait-short', 'net.netfilter.nf_conntrack_tcp_timeout_time_wait', ['20', '120'], {
    'haproxy.cfg': HAPROXY('0.0.0.0:80', '.if defined(HOLDFAST)\noption holdfast-offload\n.endif'),
  }),
  setting('reverse-path-strict', 'net.ipv4.conf.eth0.rp_filter', ['1', '0'], {
    'keepalived.conf': KEEPALIVED({
      instance: 'unicast_src_ip 192.0.2.1\n unicast_peer {\n 198.51.100.2\n}',
    }),
  }),
  setting('arp-silent', 'net.ipv4.conf.eth0.arp_ignore', ['8', '0']),
  setting('ipv6-off', 'net.ipv6.conf.eth0.disable_ipv6', ['1', '0'], {
    'keepalived.conf': KEEPALIVED({ address: '2001:db8::10/64' }),
  }),
  {
    code: 'arp-flux',
    provoke: ({ own }) => {
      own.ip('link add eth1 type veth peer name eth2');
      for (const name of ['eth1', 'eth2']) own.ip(`link set ${name} up`);
      own.ip('addr add 192.0.2.9/24 dev eth1');
    },
    look: ({ own }) => own.exec('sysctl', '-n', 'net.ipv4.conf.eth1.arp_ignore'),
    clear: ({ own }) => void own.ip('link del eth1'),
  },
  {
    code: 'arp-answers-for-loopback',
    provoke: ({ own }) => void own.ip('addr add 192.0.2.10/32 dev lo'),
    look: ({ own }) => own.exec('sysctl', '-n', 'net.ipv4.conf.eth0.arp_ignore'),
    clear: ({ own }) => void own.ip('addr del 192.0.2.10/32 dev lo'),
  },
  {
    code: 'secondaries-go-along',
    provoke: ({ own }) =>
      void own.ip('addr change 192.0.2.1/24 dev eth0 valid_lft 3600 preferred_lft 3600'),
    look: ({ own }) => own.exec('sysctl', '-n', 'net.ipv4.conf.eth0.promote_secondaries'),
    clear: ({ own }) =>
      void own.ip('addr change 192.0.2.1/24 dev eth0 valid_lft forever preferred_lft forever'),
  },
  {
    name: 'a policy of nftables',
    ...nft(
      'firewall-drops-adverts',
      'add table inet f',
      'add chain inet f in { type filter hook input priority 0; policy drop; }',
      'add rule inet f in ct state established,related accept',
      'add rule inet f in meta l4proto { igmp, tcp } accept',
    ),
  },
  {
    name: 'a rule about multicast in another chain',
    ...nft(
      'firewall-drops-adverts',
      'add table ip f',
      'add chain ip f in { type filter hook prerouting priority -300; }',
      'add chain ip f guard',
      'add rule ip f in iifname "eth0" jump guard',
      'add rule ip f guard ip daddr 224.0.0.18 drop',
    ),
  },
  nft(
    'firewall-drops-own-adverts',
    'add table inet f',
    'add chain inet f out { type filter hook output priority 0; }',
    'add rule inet f out meta l4proto != { tcp, udp, icmp } reject',
  ),
  nft(
    'firewall-drops-igmp',
    'add table inet f',
    'add chain inet f in { type filter hook input priority 0; policy drop; }',
    'add rule inet f in meta l4proto { vrrp, tcp } accept',
  ),
  { name: 'iptables (legacy)', ...iptables('iptables-legacy') },
  { name: 'iptables (nf_tables)', ...iptables('iptables-nft') },
];

describe('holdfast doctor on a real host', { skip: skipKernelTests }, () => {
  let host: DoctorHost;
  before(() => {
    host = new DoctorHost('doctor');
    // What a distribution with systemd has, and what this kernel begins with elsewhere.
    for (const name of ['all', 'eth0']) sysctl(host, `net.ipv4.conf.${name}.rp_filter`, '0');
  });
  after(() => host.remove());

  function given(files: Readonly<Record<string, string>> = {}): readonly string[] {
    return host.given(files);
  }

  test('says nothing where all is well but what it checked', () => {
    const { findings, checked, notChecked } = host.doctor([...given(), '--listen', '1']);
    assert.deepEqual(findings, []);
    assert(checked.length > 25, checked.join());
    for (const { why } of notChecked) assert.match(why, /dmi|haproxy\.cfg/);
  });

  for (const { code, name, files, provoke, look, clear } of FIXED) {
    test(`${code}${name === undefined ? '' : `: ${name}`}: found, mended, and taken back`, () => {
      const args = given(files);
      provoke(host);
      try {
        const was = look(host);
        assert.deepEqual(host.codes(args), [code]);
        const fixed = host.doctor([...args, '--fix']);
        assert.deepEqual(fixed.findings, []);
        assert(
          fixed.mended?.every(({ state }) => state === 'done'),
          JSON.stringify(fixed.mended),
        );
        assert.notEqual(look(host), was);
        const undone = host.doctor0('--undo');
        assert(
          undone.every(({ state }) => state === 'taken back'),
          JSON.stringify(undone),
        );
        assert.equal(look(host), was);
        assert(!existsSync(join(host.folder, 'lib/holdfast/doctor.json')));
        assert(!existsSync(join(host.folder, 'sysctl.d/60-holdfast.conf')));
      } finally {
        clear(host);
      }
    });
  }

  test('what is set outlives a start: the file is what sysctl reads', () => {
    const args = given();
    sysctl(host, 'net.ipv4.conf.eth0.arp_ignore', '8');
    host.doctor([...args, '--fix']);
    sysctl(host, 'net.ipv4.conf.eth0.arp_ignore', '8');
    const file = join(host.folder, 'sysctl.d/60-holdfast.conf');
    host.own.exec('sysctl', '-q', '-p', file);
    // A second time there is nothing to do.
    const again = host.doctor([...args, '--fix']);
    assert.deepEqual([again.findings, again.mended], [[], []]);
    host.doctor0('--undo');
    sysctl(host, 'net.ipv4.conf.eth0.arp_ignore', '0');
  });

  test('the text shows what was looked at', () => {
    const { stdout, status } = host.run('', ...host.program(['--listen', '0', ...given()]));
    assert.equal(status, 0);
    assert.match(stdout, /^checked: the firewall \(firewall-drops-adverts/m);
    assert.match(stdout, /^0 errors, /m);
    assert(readFileSync('docs/doctor.md', 'utf8').includes('### firewall-drops-adverts'));
  });
});
