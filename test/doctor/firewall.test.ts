/** What the doctor says becomes of an advert, beside what the kernel makes of one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { tablesOfIptables } from '../../src/doctor/firewall/from-iptables.ts';
import { tablesOfNft } from '../../src/doctor/firewall/from-nft.ts';
import { fateOf } from '../../src/doctor/firewall/rules.ts';
import { commandOf } from '../../src/doctor/steps.ts';
import { createAdvertNetwork } from '../../src/linux/advert-network.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { AdvertLink } from '../../src/ports/network.ts';
import {
  addTestAddresses,
  createTestPair,
  ip,
  skipKernelTests,
  type TestNamespace,
  until,
} from '../linux/namespaces.ts';
import { healthy, nft as nftJson } from './facts.ts';

const GROUP = ip('224.0.0.18');
const SENDER = ip('10.0.0.2');
const PDU = Uint8Array.from([0x31, 51, 100, 1, 0, 100, 0, 0, 10, 0, 0, 9]);
const POLICY = (policy: string): string =>
  `add table inet f; add chain inet f in { type filter hook input priority 0; policy ${policy}; }`;
const rules = (policy: string, ...texts: readonly string[]): string =>
  [POLICY(policy), ...texts.map((text) => `add rule inet f in ${text}`)].join('; ');
/** What is added before the rules. */
const chained = (policy: string, before: string, ...texts: readonly string[]): string =>
  [POLICY(policy), before, ...texts.map((text) => `add rule inet f in ${text}`)].join('; ');
const zoned = (policy: string, zone: readonly string[], ...texts: readonly string[]): string =>
  chained(
    policy,
    ['add chain inet f zone', ...zone.map((text) => `add rule inet f zone ${text}`)].join('; '),
    ...texts,
  );

const NFT: readonly string[] = [
  rules('accept'),
  rules('drop'),
  rules('drop', 'ct state established,related accept', 'ip protocol icmp accept'),
  rules('drop', 'meta l4proto { icmp, vrrp } accept'),
  rules('drop', 'ip protocol 112 accept'),
  rules('drop', 'ip protocol ah accept'),
  rules('drop', 'ip saddr 10.0.0.0/24 accept'),
  rules('drop', 'ip saddr != 10.0.0.0/24 accept'),
  rules('drop', 'ip daddr 224.0.0.0/4 accept'),
  rules('drop', 'iifname "eth0" accept'),
  rules('drop', 'iifname "eth*" accept'),
  rules('drop', 'iifname != "eth0" accept'),
  rules('drop', 'meta pkttype multicast accept'),
  rules('drop', 'ct state new accept'),
  rules('drop', 'ip6 nexthdr vrrp accept'),
  rules('drop', 'tcp dport 112 accept'),
  rules('accept', 'ct state invalid drop'),
  rules('accept', 'meta l4proto != { tcp, udp, icmp } drop'),
  rules('accept', 'ip daddr { 224.0.0.1, 224.0.0.18 } counter drop'),
  rules('accept', 'meta pkttype { broadcast, multicast } reject'),
  rules('accept', 'ip protocol vmap { tcp : drop, vrrp : drop }'),
  rules('drop', 'meta nfproto ipv4 meta l4proto vrrp accept'),
  chained(
    'drop',
    'add set inet f ours { type ipv4_addr; elements = { 10.0.0.2 }; }',
    'ip saddr @ours accept',
  ),
  zoned('drop', ['meta l4proto vrrp accept'], 'jump zone'),
  zoned('accept', ['meta l4proto vrrp return', 'drop'], 'jump zone'),
  zoned('drop', ['meta l4proto tcp accept'], 'goto zone', 'accept'),
  [
    'add table ip r',
    'add chain ip r p { type filter hook prerouting priority -300; policy accept; }',
    'add rule ip r p ip daddr 224.0.0.0/24 drop',
  ].join('; '),
  'add table ip6 f; add chain ip6 f in { type filter hook input priority 0; policy drop; }',
  [
    POLICY('accept'),
    'add table inet g',
    'add chain inet g in { type filter hook input priority 5; policy drop; }',
    'add rule inet g in meta l4proto tcp accept',
  ].join('; '),
];

const IPTABLES: readonly (readonly string[])[] = [
  ['-P INPUT DROP'],
  ['-P INPUT DROP', '-A INPUT -p vrrp -j ACCEPT'],
  ['-P INPUT DROP', '-A INPUT -p 112 -i eth0 -s 10.0.0.0/24 -j ACCEPT'],
  ['-P INPUT DROP', '-A INPUT ! -i lo -j ACCEPT'],
  ['-P INPUT DROP', '-A INPUT ! -p tcp -j ACCEPT'],
  ['-P INPUT DROP', '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
  ['-P INPUT DROP', '-A INPUT -m conntrack --ctstate NEW -j ACCEPT'],
  ['-A INPUT -d 224.0.0.0/4 -j DROP'],
  ['-A INPUT -m pkttype --pkt-type multicast -j DROP'],
  ['-A INPUT -m addrtype --dst-type MULTICAST -j REJECT'],
  ['-N zone', '-A zone -p tcp -j ACCEPT', '-A zone -j DROP', '-A INPUT -i eth+ -j zone'],
  ['-N zone', '-A zone -p 112 -j RETURN', '-A zone -j DROP', '-A INPUT -g zone'],
  ['-t raw -A PREROUTING -p 112 -j DROP'],
  ['-t mangle -A PREROUTING -p 112 -j MARK --set-mark 1', '-A INPUT -p tcp -j DROP'],
];

describe('the doctor follows an advert as the kernel does', { skip: skipKernelTests }, () => {
  let own: TestNamespace;
  let peer: TestNamespace;
  let watcher: FdWatcher;
  let sender: AdvertLink;

  before(async () => {
    watcher = await openFdWatcher();
    ({ left: own, right: peer } = createTestPair('fate'));
    addTestAddresses({ left: own, right: peer });
    own.ip('maddr add 01:00:5e:00:00:12 dev eth0');
    const interfaceIndex = peer.indexOf('eth0');
    const transport = { kind: 'multicast', group: GROUP } as const;
    const options = { family: 4, transport, interfaceIndex, interfaceName: 'eth0' } as const;
    sender = peer.inside(() => createAdvertNetwork(watcher).open(options, () => {}));
    // Membership, without which the kernel takes the packet for nobody's.
    const here = { ...options, interfaceIndex: own.indexOf('eth0') };
    listener = own.inside(() => createAdvertNetwork(watcher).open(here, () => {}));
  });
  let listener: AdvertLink;
  after(() => {
    sender.close();
    listener.close();
    watcher.close();
    own.remove();
    peer.remove();
  });

  const exec = (program: string, text: string): string =>
    own.exec(program, ...text.split(' ').filter(Boolean));
  const packets = (hook: string): number =>
    Number(/packets (\d+)/.exec(own.exec('nft', 'list', 'chain', 'inet', 'watch', hook))?.[1]);

  /** Whether one that is sent now gets to the end of the kernel's rules. */
  async function kernel(): Promise<'passes' | 'dropped'> {
    for (const [hook, priority] of [
      ['prerouting', -1000],
      ['input', 1000],
    ] as const) {
      own.exec('nft', 'add table inet watch');
      const chain = `{ type filter hook ${hook} priority ${priority}; }`;
      own.exec('nft', `add chain inet watch ${hook} ${chain}`);
      own.exec('nft', `add rule inet watch ${hook} ip daddr 224.0.0.18 meta l4proto 112 counter`);
    }
    assert.equal(
      sender.send({ pdu: PDU, source: SENDER, destination: GROUP, ttl: 255 }),
      undefined,
    );
    await until(() => packets('prerouting') > 0, 'its arrival', 10_000);
    return packets('input') > 0 ? 'passes' : 'dropped';
  }

  const packet = {
    family: 4,
    protocol: 112,
    destination: GROUP,
    source: SENDER,
    in: 'eth0',
  } as const;

  for (const commands of NFT) {
    test(`nft: ${commands.replaceAll('add ', '')}`, async () => {
      try {
        own.exec('nft', commands);
        const tables = tablesOfNft(own.exec('nft', '-j', 'list', 'ruleset'));
        assert(tables !== undefined);
        assert.equal(fateOf(tables, 'in', packet).fate, await kernel());
      } finally {
        own.exec('nft', 'flush', 'ruleset');
      }
    });
  }

  for (const program of ['iptables-legacy', 'iptables-nft']) {
    for (const commands of IPTABLES) {
      test(`${program}: ${commands.join('; ')}`, async () => {
        try {
          for (const command of commands) exec(program, command);
          const tables = tablesOfIptables(program, own.exec(`${program}-save`));
          assert.equal(fateOf(tables, 'in', packet).fate, await kernel());
        } finally {
          exec(program, '-P INPUT ACCEPT');
          for (const table of ['filter', 'raw', 'mangle']) {
            exec(program, `-t ${table} -F`);
            exec(program, `-t ${table} -X`);
          }
          own.exec('nft', 'flush', 'ruleset');
        }
      });
    }
  }
});

describe("a firewall with a keeper is the keeper's to change", () => {
  const commands = (firewall: object): readonly string[] =>
    diagnose({ ...healthy, firewall } as typeof healthy, { only: ['firewall-drops-adverts'] })
      .findings.flatMap(({ steps }) => steps)
      .map(commandOf);

  test('firewalld', () => {
    const table = { family: 'inet', name: 'firewalld' };
    const base = { ...{ type: 'filter', hook: 'input', prio: 10, policy: 'accept' } };
    const chain = (name: string, more: object): object => ({
      chain: { family: 'inet', table: 'firewalld', name, ...more },
    });
    const rule = (name: string, ...expr: readonly object[]): object => ({
      rule: { family: 'inet', table: 'firewalld', chain: name, expr },
    });
    const state = { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established'] } };
    const nat = { match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } };
    const nft = nftJson(
      ...[{ table }, chain('filter_INPUT', base), chain('filter_IN_public', {})],
      rule('filter_INPUT', state, { accept: null }),
      rule('filter_INPUT', nat, { accept: null }),
      rule('filter_INPUT', { jump: { target: 'filter_IN_public' } }),
      rule('filter_INPUT', { reject: { type: 'icmpx', expr: 'admin-prohibited' } }),
    );
    assert.deepEqual(commands({ nft, saves: {}, keepers: ['firewalld'] }), [
      'firewall-cmd --permanent --add-protocol=vrrp && firewall-cmd --reload',
    ]);
  });

  test('ufw', () => {
    const save = `*filter
:INPUT DROP [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
-A INPUT -j ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -j ufw-user-input
COMMIT
`;
    const given = { saves: { 'iptables-legacy': save }, keepers: ['ufw'] };
    assert.deepEqual(commands(given), [
      "sed -i '0,/^COMMIT/s//-A ufw-before-input -p vrrp -j ACCEPT\\nCOMMIT/' /etc/ufw/before.rules && ufw reload",
    ]);
  });
});
