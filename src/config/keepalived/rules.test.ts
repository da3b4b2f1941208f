import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VrrpInstanceModel } from '../model/vrrp.ts';
import { read } from './test-support.ts';

interface Written {
  readonly globals?: string;
  readonly lines?: string;
  readonly addresses?: string;
}

function instanceOf({
  globals = '',
  lines = '',
  addresses = '10.0.0.1',
}: Written): VrrpInstanceModel {
  const [instance] = read(
    `global_defs {\n${globals}\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n` +
      `${lines}\nvirtual_ipaddress {\n${addresses}\n}\n}`,
  ).model.instances;
  assert(instance !== undefined);
  return instance;
}

describe('defaults and rules of an instance', () => {
  const cases: [what: string, written: Written, expected: Partial<VrrpInstanceModel>][] = [
    [
      'defaults',
      {},
      { priority: 100, version: 2, initialState: 'backup', checksum: 'pseudo-header' },
    ],
    ['MASTER without priority is the owner', { lines: 'state MASTER' }, { priority: 255 }],
    [
      'MASTER with a wrong priority has the default one',
      { lines: 'state MASTER\npriority 300' },
      { priority: 100, initialState: 'master' },
    ],
    ['an owner wants to be master', { lines: 'priority 255' }, { initialState: 'master' }],
    ['BACKUP is respected', { lines: 'priority 255\nstate BACKUP' }, { initialState: 'backup' }],
    ['global version', { globals: 'vrrp_version 3' }, { version: 3 }],
    ['own version', { globals: 'vrrp_version 3', lines: 'version 2' }, { version: 2 }],
    ['IPv6 is version 3', { globals: 'vrrp_version 2', addresses: 'fd00::1' }, { version: 3 }],
    ['IPv6 in version 2', { lines: 'version 2', addresses: 'fd00::1' }, { version: 2, family: 6 }],
    ['v2 rounds', { lines: 'advert_int 1.5' }, { advertInterval: 2_000_000 as never }],
    ['v2 rounds up to 1', { lines: 'advert_int 0.4' }, { advertInterval: 1_000_000 as never }],
    ['v3 rounds', { lines: 'version 3\nadvert_int 0.015' }, { advertInterval: 20_000 as never }],
    ['v3 ends', { lines: 'version 3\nadvert_int 60' }, { advertInterval: 40_950_000 as never }],
    ['nopreempt', { lines: 'state BACKUP\nnopreempt' }, { preempt: 'nopreempt' }],
    ['preempt undoes it', { lines: 'nopreempt\npreempt' }, { preempt: 'preempt' }],
    ['not for MASTER', { lines: 'state MASTER\npriority 9\nnopreempt' }, { preempt: 'preempt' }],
    [
      'authentication of v3',
      { lines: 'version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}' },
      { authentication: { kind: 'none' } },
    ],
    [
      'strict',
      { lines: 'strict_mode\nhigher_prio_send_advert' },
      { lowerPriorityNoAdvert: true, higherPrioritySendAdvert: false },
    ],
    [
      'own no beats global yes',
      { globals: 'vrrp_strict', lines: 'strict_mode no' },
      { strict: false },
    ],
    [
      'the source decides the family',
      { lines: 'unicast_src_ip fd00::9', addresses: 'fd00::1' },
      { family: 6 },
    ],
    ['unicast checksums', { lines: 'unicast_peer {\n10.0.0.8\n}' }, { checksum: 'detect' }],
    [
      'old checksums',
      { lines: 'unicast_peer {\n10.0.0.8\n}\nold_unicast_checksum' },
      { checksum: 'old-unicast' },
    ],
    [
      'never old checksums',
      { lines: 'unicast_peer {\n10.0.0.8\n}\nold_unicast_checksum never' },
      { checksum: 'pseudo-header' },
    ],
    [
      'only itself as a peer',
      { lines: 'unicast_src_ip 10.0.0.9\nunicast_peer {\n10.0.0.9\n}' },
      { transport: { kind: 'multicast', group: '224.0.0.18' as never } },
    ],
    [
      'the own interface tracked',
      { lines: 'track_interface {\neth0 weight 10\n}' },
      { trackedInterfaces: [] },
    ],
  ];
  for (const [what, written, expected] of cases) {
    test(what, () => {
      const instance = instanceOf(written);
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(instance[field as keyof VrrpInstanceModel], value, field);
      }
    });
  }
});

describe('announcements', () => {
  const second = 1_000_000;
  const cases: [
    what: string,
    written: Written,
    expected: Partial<VrrpInstanceModel['announcements']>,
  ][] = [
    [
      'defaults',
      {},
      { repeat: 5, delay: (5 * second) as never, refreshRepeat: 1, lowerPriorityRepeat: 5 },
    ],
    [
      'after a lower priority the global master values count, not the own ones',
      {
        globals: 'vrrp_garp_master_delay 3\nvrrp_garp_master_repeat 2',
        lines: 'garp_master_repeat 7',
      },
      {
        repeat: 7,
        delay: (3 * second) as never,
        lowerPriorityRepeat: 2,
        lowerPriorityDelay: (3 * second) as never,
      },
    ],
    [
      'vrrp_min_garp changes what has its built-in value',
      { globals: 'vrrp_min_garp\nvrrp_garp_master_refresh 60', lines: 'garp_master_repeat 7' },
      {
        repeat: 7,
        delay: 0 as never,
        refresh: (60 * second) as never,
        refreshRepeat: 0,
        lowerPriorityRepeat: 1,
      },
    ],
    [
      'strict',
      { globals: 'vrrp_strict' },
      { lowerPriorityRepeat: 0, lowerPriorityDelay: 0 as never },
    ],
  ];
  for (const [what, written, expected] of cases) {
    test(what, () => {
      const { announcements } = instanceOf(written);
      for (const [field, value] of Object.entries(expected)) {
        assert.equal(announcements[field as keyof typeof announcements], value, field);
      }
    });
  }
});

describe('two instances', () => {
  const pair = (first: string, second: string): string[] => {
    const write = (name: string, lines: string): string => {
      const address = lines.includes('v6') ? 'fd00::1' : '10.0.0.1';
      const own = `interface eth0\nvirtual_router_id 1\n${lines}`;
      return `vrrp_instance ${name} {\n${own}\nvirtual_ipaddress {\n${address}\n}\n}\n`;
    };
    return read(write('A', first) + write('B', second)).model.instances.map(({ name }) => name);
  };
  const peer = (address: string): string => `unicast_peer {\n${address}\n}`;
  const cases: [what: string, first: string, second: string, kept: string[]][] = [
    ['same number', '', '', ['A']],
    ['other groups', '', 'mcast_dst_ip 224.0.0.77', ['A', 'B']],
    ['other families', '', '# v6\nnative_ipv6 # v6', ['A', 'B']],
    ['other peers', peer('10.0.0.7'), peer('10.0.0.8'), ['A', 'B']],
    ['same peers', peer('10.0.0.7'), peer('10.0.0.7'), ['A']],
  ];
  for (const [what, first, second, kept] of cases) {
    test(what, () => assert.deepEqual(pair(first, second), kept));
  }
});

test('no message ever shows a password', () => {
  const secret = 'hunter2hunter2';
  const blocks = [
    `auth_type PASS\nauth_pass ${secret}`,
    `auth_type PASS\nauth_pass x ${secret}`,
    `auth_type PASS\nauth_pass "${secret}`,
    `auth_type PASS\nauth_pass ${secret} {`,
    `auth_pass ${secret}`,
    `auth_pas ${secret}`,
    `auth_type AH\nauth_pass ${secret}`,
  ];
  for (const block of blocks) {
    const own = `interface eth0\nvirtual_router_id 1\nauthentication {\n${block}\n}`;
    const text = `vrrp_instance A {\n${own}\nvirtual_ipaddress {\n10.0.0.1\n}\n}`;
    const { diagnostics } = read(text);
    assert(diagnostics.length > 0, block);
    assert.doesNotMatch(JSON.stringify(diagnostics), /hunter2/, block);
  }
});
