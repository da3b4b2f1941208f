import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DataLine } from '../../grammar/tree.ts';
import { Report } from '../../report.ts';
import { traceLine } from '../../text/traced.ts';
import { splitWords } from '../../text/words.ts';
import type { Context } from '../context.ts';
import { Positions } from '../positions.ts';
import { readRouteLine } from './route-line.ts';
import { readRuleLine } from './rule-line.ts';

function lineOf(text: string): DataLine {
  const source = traceLine('f', 1, text);
  const [first, ...others] = splitWords(source);
  assert(first !== undefined);
  return { words: [first, ...others], source };
}

function contextOf(): Context {
  return { report: new Report(), positions: new Positions(), claims: [] };
}

function said({ report }: Context): string[] {
  return report.sorted().map(({ code, column }) => `${code} ${column}`);
}

/** Undefined fields left out, as they are when they were not written. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

const NET = { address: '10.0.0.0', prefixLength: 8 };

describe('routes', () => {
  const read = (text: string, groups: ReadonlySet<string> | 'none' = 'none') => {
    const context = contextOf();
    return { context, route: readRouteLine(lineOf(text), groups, context) };
  };

  test('every option has its place in the typed form', () => {
    const { route, context } = read(
      'to 10.0.0.0/8 via inet 192.0.2.1 dev eth0 src 192.0.2.9 table main protocol keepalived ' +
        'scope link tos 0x10 metric 7 onlink realms 3/4 features ecn congctl lock cubic ' +
        'ttl-propagate enabled mtu lock 1400 rtt 1s rto_min 200ms hoplimit 9 append no_track ' +
        'encap ip id 5 dst 192.0.2.7 ttl 3',
    );
    assert.deepEqual(said(context), []);
    assert.deepEqual(plain(route), {
      type: 'unicast',
      ecn: true,
      onLink: true,
      nextHops: [],
      mode: 'append',
      tracked: false,
      metrics: {
        mtu: { value: 1400, locked: true },
        rtt: { value: 1000, locked: false },
        rto_min: { value: 200, locked: false },
        hoplimit: { value: 9, locked: false },
      },
      destination: NET,
      gateway: '192.0.2.1',
      interface: 'eth0',
      source: { address: '192.0.2.9', prefixLength: 32 },
      table: 254,
      protocol: 18,
      scope: 253,
      tos: 16,
      priority: 7,
      realms: '3/4',
      congestionControl: { name: 'cubic', locked: true },
      ttlPropagate: 'enabled',
      encapsulation: { kind: 'ip', id: 5, destination: '192.0.2.7', hopLimit: 3 },
      family: 4,
    });
    assert.deepEqual(
      context.claims.map((claim) => claim.kind === 'interface' && claim.name),
      ['eth0'],
    );
  });

  test('several ways, of IPv6, with labels', () => {
    const { route, context } = read(
      'default6 pref high no_track nexthop via fd00::1 dev eth0 weight 3 ' +
        'nexthop via fd00::2 onlink encap mpls 100/200',
    );
    assert.deepEqual(said(context), []);
    assert.equal(route?.family, 6);
    assert.equal(route?.destination, 'any');
    assert.equal(route?.preference, 'high');
    assert.deepEqual(plain(route?.nextHops), [
      { gateway: 'fd00::1', interface: 'eth0', weight: 3, onLink: false },
      { gateway: 'fd00::2', onLink: true, encapsulation: { kind: 'mpls', labels: [100, 200] } },
    ]);
  });

  test('names that are not well known are left to the host', () => {
    const { route, context } = read('10.0.0.0/8 dev eth0 table blue');
    assert.equal(route?.table, 'blue');
    assert.deepEqual(
      context.claims.map(({ kind }) => kind),
      ['interface', 'number-name'],
    );
  });

  test('what cannot be tracked is told of, and what is tracked is ours', () => {
    const untracked = read('blackhole 10.0.0.0/8');
    assert.deepEqual(said(untracked.context), ['route-untracked 1']);
    assert.equal(untracked.route?.tracked, false);
    const foreign = read('10.0.0.0/8 dev eth0 protocol static');
    assert.deepEqual(said(foreign.context), ['protocol-reset 1']);
    assert.equal(foreign.route?.protocol, 18);
  });

  test('a group must stand above', () => {
    const line = '10.0.0.0/8 dev eth0 track_group T';
    assert.equal(read(line, new Set(['T'])).route?.trackGroup, 'T');
    assert.equal(read(line, new Set(['U'])).route, undefined);
    assert.equal(read(line).route, undefined);
  });

  const mistakes: readonly [string, string][] = [
    ['10.0.0.0/8 dev eth0 ▶fast', 'invalid-route'],
    ['10.0.0.0/8 ▶via', 'missing-parameter'],
    ['10.0.0.0/8 dev eth0 mtu lock ▶x', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 src ▶fd00::1', 'invalid-route'],
    ['▶dev eth0', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 encap ▶gre', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 encap ▶ip6 tc 5', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 encap ila ▶1:2:3', 'invalid-route'],
    ['10.0.0.0/8 no_track ▶nexthop weight 3', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 realms ▶1/2/3', 'invalid-route'],
    ['10.0.0.0/8 dev eth0 ▶expires 5', 'invalid-route'],
  ];
  for (const [text, code] of mistakes) {
    test(text, () => {
      const { route, context } = read(text.replace('▶', ''));
      assert.equal(route, undefined);
      assert.deepEqual(said(context), [`${code} ${text.indexOf('▶') + 1}`]);
    });
  }
});

describe('rules', () => {
  const read = (text: string) => {
    const context = contextOf();
    return { context, rule: readRuleLine(lineOf(text), 'none', context) };
  };

  test('every option has its place in the typed form', () => {
    const { rule, context } = read(
      'not from 10.0.0.0/8 to any iif eth0 oif eth1 fwmark 0x10/0xff tos 8 realms 1/2 ' +
        'suppress_prefixlength 8 suppress_ifgroup default tunnel-id 5 uidrange 0-9 ' +
        'ipproto tcp sport 1-2 dport 3-4 lookup 100 preference 0x64',
    );
    assert.deepEqual(said(context), []);
    assert.deepEqual(plain(rule), {
      inverted: true,
      tracked: true,
      from: NET,
      to: 'any',
      incoming: 'eth0',
      outgoing: 'eth1',
      mark: { value: 16, mask: 255 },
      tos: 8,
      realms: '1/2',
      suppressPrefixLength: 8,
      suppressGroup: 0,
      tunnelId: 5,
      users: { first: 0, last: 9 },
      ipProtocol: 6,
      sourcePorts: { first: 1, last: 2 },
      destinationPorts: { first: 3, last: 4 },
      action: { kind: 'table', table: 100 },
      priority: 100,
      family: 4,
    });
  });

  test('actions, and the family where no address has one', () => {
    assert.deepEqual(read('inet6 goto 300 priority 5').rule, {
      inverted: false,
      tracked: true,
      family: 6,
      action: { kind: 'goto', target: 300 },
      priority: 5,
    });
    assert.deepEqual(read('type prohibit priority 5').rule?.action, { kind: 'prohibit' });
  });

  test('a rule without a preference is told of and kept', () => {
    const { rule, context } = read('from 10.0.0.0/8 table 100');
    assert.deepEqual(said(context), ['rule-without-preference 1']);
    assert.notEqual(rule, undefined);
  });

  const mistakes: readonly [string, string][] = [
    ['▶from 10.0.0.0/8 priority 5', 'invalid-rule'],
    ['table 100 ▶blackhole priority 5', 'invalid-rule'],
    ['from 10.0.0.0/8 ▶quick table 100 priority 5', 'invalid-rule'],
    ['▶from 10.0.0.0/8 goto 4 priority 5', 'invalid-rule'],
    ['▶suppress_prefixlength 8 nop priority 5', 'invalid-rule'],
    ['sport ▶80 table 100 priority 5', 'invalid-rule'],
    ['fwmark ▶1/2/3 table 100 priority 5', 'invalid-rule'],
    ['table 100 ▶priority', 'missing-parameter'],
    ['from 10.0.0.0/8 to ▶fd00::/64 table 100 priority 5', 'invalid-rule'],
  ];
  for (const [text, code] of mistakes) {
    test(text, () => {
      const { rule, context } = read(text.replace('▶', ''));
      assert.equal(rule, undefined);
      assert.deepEqual(said(context), [`${code} ${text.indexOf('▶') + 1}`]);
    });
  }
});
