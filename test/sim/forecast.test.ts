import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../../src/base/ip.ts';
import { createRng } from '../../src/base/rng.ts';
import { seconds } from '../../src/base/time.ts';
import { readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import { likenessOf, renamed } from '../../src/sim/forecast/alike.ts';
import { failureSets, forecast, joined } from '../../src/sim/forecast/forecast.ts';
import { groupsOf } from '../../src/sim/forecast/groups.ts';
import { tell } from '../../src/sim/forecast/story.ts';
import type {
  Failure,
  ForecastNode,
  Group,
  Outcome,
  Program,
} from '../../src/sim/forecast/types.ts';

interface NodeText {
  readonly name: string;
  readonly priority: number;
  readonly link?: string;
  readonly vip?: string;
  readonly vrid?: number;
  readonly extra?: string;
  readonly head?: string;
  readonly program?: Program;
  readonly address?: string;
}

function node(text: NodeText): ForecastNode {
  const { name, priority, link = 'eth0', vip = '10.0.0.100/24', vrid = 51 } = text;
  const config = `${text.head ?? ''}
vrrp_instance VI {
  interface ${link}
  virtual_router_id ${vrid}
  priority ${priority}
  ${text.extra ?? ''}
  virtual_ipaddress {
    ${vip}
  }
}
`;
  const { model } = readKeepalivedConfig(name, {
    files: createMemoryFiles({ [name]: config }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: name,
  });
  const address = text.address === undefined ? undefined : parseIp(text.address);
  const program = text.program ?? 'holdfast';
  return { name, model, program, ...(address !== undefined && { address }) };
}

function only(nodes: readonly ForecastNode[]): Group {
  const [group, ...others] = groupsOf(nodes);
  assert(group !== undefined && others.length === 0);
  return group;
}

const OPTIONS = { seed: 1, slowness: 2 };

function outcome(nodes: readonly ForecastNode[], ...failures: readonly Failure[]): Outcome {
  const found = forecast(only(nodes), { ...OPTIONS, failures: [failures] });
  const result = found.rows[0]?.outcomes[0];
  assert(result !== undefined);
  return result;
}

function pair(program: Program, extra = ''): readonly ForecastNode[] {
  return [
    node({ name: 'a', priority: 100, program, extra }),
    node({ name: 'b', priority: 90, link: 'ens3', program, extra }),
  ];
}

const within = (value: number, from: number, to: number): void => {
  assert(value >= seconds(from) && value <= seconds(to), `${value / 1e6} s: ${from} to ${to} s`);
};

test('a crash: the gap is what RFC 9568 has it be, by when it strikes', () => {
  // v2: 3 s and (256 - 90) / 256 s after the last advert, which is up to a second old.
  const { gap, after, mended, overlap } = outcome(pair('holdfast'), {
    kind: 'crash',
    nodes: ['a'],
  });
  assert.deepEqual([after, mended], [['b'], ['a']]);
  assert(gap !== undefined);
  within(gap.least, 2.62, 2.66);
  within(gap.typical, 3.13, 3.16);
  within(gap.most, 3.64, 3.71);
  assert.equal(overlap.most, 0);
});

test('a stop in order: keepalived leaves a gap of the skew time, holdfast hands over', () => {
  const stop: Failure = { kind: 'stop', nodes: ['a'] };
  const gap = outcome(pair('keepalived'), stop).gap;
  within(gap?.typical ?? 0, 0.64, 0.66);
  assert.equal(outcome(pair('holdfast'), stop).gap?.most, 0);
});

for (const kind of ['hang', 'kill'] as const) {
  test(`${kind}: two serve until it is mended with keepalived, the dead-man switch ends it here`, () => {
    const failure: Failure = { kind, nodes: ['a'] };
    assert.deepEqual(outcome(pair('keepalived'), failure).after, ['a', 'b']);
    const ours = outcome(pair('holdfast'), failure);
    assert.deepEqual(ours.after, ['b']);
    within(ours.overlap.most, 0, 1.5);
  });
}

test('who fails without serving is not missed; of two that fail nobody is left', () => {
  const b = outcome(pair('holdfast'), { kind: 'crash', nodes: ['b'] });
  assert.deepEqual([b.after, b.gap?.most, b.takeover], [['a'], 0, undefined]);
  const both = outcome(
    pair('holdfast'),
    { kind: 'crash', nodes: ['a'] },
    { kind: 'cable', nodes: ['b'] },
  );
  assert.deepEqual([both.after, both.gap], [[], undefined]);
});

test('a partition, and adverts that get through one way only: both serve', () => {
  for (const failure of [
    { kind: 'partition', nodes: ['a'] },
    { kind: 'mute', nodes: ['a'] },
    { kind: 'deaf', nodes: ['b'] },
  ] as const) {
    const { after, mended } = outcome(pair('holdfast'), failure);
    assert.deepEqual([after, mended], [['a', 'b'], ['a']], failure.kind);
  }
});

test('a clock that runs four times slow: adverts come too late for the others', () => {
  const group = only(pair('keepalived'));
  const failures = [[{ kind: 'slow', nodes: ['a'] }]] as const;
  const rows = (slowness: number) => forecast(group, { seed: 1, slowness, failures }).rows;
  assert.equal(rows(2)[0]?.outcomes[0]?.timeline.length, 0);
  assert((rows(5)[0]?.outcomes[0]?.timeline.length ?? 0) > 0);
});

test('a failing script: it is found out by the interval of its runs', () => {
  const head = 'vrrp_script chk {\n script "/bin/true"\n interval 2\n fall 2\n}\n';
  const extra = 'track_script {\n chk\n }';
  const nodes = [
    node({ name: 'a', priority: 100, head, extra, program: 'keepalived' }),
    node({ name: 'b', priority: 90, head, extra, program: 'keepalived' }),
  ];
  const { takeover, gap } = outcome(nodes, { kind: 'script', nodes: ['a'], subject: 'chk' });
  // Two failures: the first after 0 to 2 s, the second 2 s later; then the skew time.
  within(takeover?.least ?? 0, 2.63, 2.7);
  within(takeover?.most ?? 0, 4.6, 4.71);
  within(gap?.typical ?? 0, 0.64, 0.66);
});

test('nopreempt: who has come back does not take over', () => {
  const { mended } = outcome(pair('keepalived', 'state BACKUP\n nopreempt'), {
    kind: 'crash',
    nodes: ['a'],
  });
  assert.deepEqual(mended, ['b']);
});

test('equal priorities: the higher address serves; unicast peers tell whose is whose', () => {
  const plain = [
    node({ name: 'a', priority: 100, address: '10.0.0.12' }),
    node({ name: 'b', priority: 100, address: '10.0.0.11' }),
  ];
  const started = forecast(only(plain), { ...OPTIONS, failures: 'none' });
  assert.deepEqual(started.start[0]?.holders, ['a']);
  const peers = (own: string, other: string) =>
    `unicast_src_ip ${own}\n unicast_peer {\n ${other}\n }`;
  const unicast = [
    node({ name: 'a', priority: 90, extra: peers('10.0.0.11', '10.0.0.12') }),
    node({ name: 'b', priority: 100, extra: 'unicast_peer {\n 10.0.0.11\n }' }),
  ];
  const heard = forecast(only(unicast), { ...OPTIONS, failures: 'none' });
  assert.deepEqual(heard.start[0]?.holders, ['b']);
});

test('one list of peers that all nodes have, each of them in it: they hear each other', () => {
  const sharing = (count: number, ...list: readonly string[]) => {
    const extra = `unicast_peer {\n${list.join('\n')}\n}`;
    const nodes = ['a', 'b', 'c']
      .slice(0, count)
      .map((name, index) => node({ name, priority: 100 - index, extra }));
    return forecast(only(nodes), { ...OPTIONS, failures: 'none' }).start[0]?.holders;
  };
  assert.deepEqual(sharing(2, '10.0.0.11', '10.0.0.12'), ['a']);
  assert.deepEqual(sharing(3, '10.0.0.11', '10.0.0.12', '10.0.0.13'), ['a']);
  // One of them stands in no list.
  assert.deepEqual(sharing(2, '10.0.0.11'), ['a', 'b']);
});

test('a peer with the wrong address, and different VRIDs for one address: two serve from the start', () => {
  const wrong = [
    node({
      name: 'a',
      priority: 100,
      extra: 'unicast_src_ip 10.0.0.11\n unicast_peer {\n 10.0.0.12\n }',
    }),
    node({
      name: 'b',
      priority: 90,
      extra: 'unicast_src_ip 10.0.0.13\n unicast_peer {\n 10.0.0.11\n }',
    }),
  ];
  const vrids = [
    node({ name: 'a', priority: 100, vrid: 51 }),
    node({ name: 'b', priority: 90, vrid: 52 }),
  ];
  for (const nodes of [wrong, vrids]) {
    const { start } = forecast(only(nodes), { ...OPTIONS, failures: 'none' });
    assert.deepEqual(start[0]?.holders, ['a', 'b']);
  }
});

test('groups: nodes with nothing in common are apart; alike ones are known by each other', () => {
  const nodes = [
    node({ name: 'a', priority: 100 }),
    node({ name: 'b', priority: 90 }),
    node({ name: 'c', priority: 100, vip: '10.0.1.7/24', vrid: 7, link: 'bond0' }),
    node({ name: 'd', priority: 90, vip: '10.0.1.7/24', vrid: 7, link: 'bond0' }),
    node({ name: 'e', priority: 91, vip: '10.0.2.7/24' }),
  ];
  const [first, second, third, ...rest] = groupsOf(nodes);
  assert(first !== undefined && second !== undefined && third !== undefined);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [first, second, third].map((group) => group.nodes.map(({ name }) => name).join('')),
    ['ab', 'cd', 'e'],
  );
  assert.equal(likenessOf(first), likenessOf(second));
  assert.notEqual(likenessOf(first), likenessOf(third));
  const options = { ...OPTIONS, failures: 'single' } as const;
  assert.deepEqual(renamed(forecast(first, options), first, second), forecast(second, options));
});

test('shares of the work come together in the order of the failures', () => {
  const group = only(pair('keepalived'));
  const options = { ...OPTIONS, failures: 'single' } as const;
  const shares = [0, 1, 2].map((index) => forecast(group, { ...options, share: { index, of: 3 } }));
  assert.deepEqual(joined(shares), forecast(group, options));
});

test('single and double failures of five nodes: each pair of different nodes once', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
    node({ name, priority: 100 - index }),
  );
  const group = only(nodes);
  // Eight kinds for each node, and 15 ways to part five.
  assert.equal(failureSets(group, 'single').length, 5 * 8 + 15);
  const doubles = failureSets(group, 'double').slice(55);
  assert.equal(doubles.length, 10 * 8 * 8 + 40 * 15);
  const keys = new Set(doubles.map((set) => JSON.stringify(set)));
  assert.equal(keys.size, doubles.length);
});

test('a story is told in its own time', () => {
  const crash = { kind: 'crash', nodes: ['a'] } as const;
  const [line] = tell(
    only(pair('keepalived')),
    [
      { at: seconds(5), act: 'strike', failures: [crash] },
      { at: seconds(20), act: 'mend', failures: [crash] },
    ],
    OPTIONS,
  );
  assert(line !== undefined);
  const held = line.changes.filter(({ holders }) => holders.length < 2);
  assert.deepEqual(
    held.map(({ holders }) => holders),
    [[], ['b'], ['a']],
  );
  assert.equal(held[0]?.at, seconds(5));
  within(line.gap, 2.6, 3.7);
});
