import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../src/base/rng.ts';
import { seconds } from '../../src/base/time.ts';
import { readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import { forecast } from '../../src/sim/forecast/forecast.ts';
import { groupsOf } from '../../src/sim/forecast/groups.ts';
import type { Failure, ForecastNode, Outcome, Program } from '../../src/sim/forecast/types.ts';

interface Router {
  readonly outer: number;
  readonly inner: number;
  readonly group?: string;
  /** In the inner instance, and in both. */
  readonly track?: string;
  readonly trackAll?: string;
}

/** A router between two networks, as in keepalived's own example of a sync group. */
function router(name: string, program: Program, text: Router): ForecastNode {
  const { outer, inner, group = 'group {\n OUTER\n INNER\n }', track = '', trackAll = '' } = text;
  const instance = (title: string, link: string, vrid: number, priority: number) => `
vrrp_instance ${title} {
  interface ${link}
  virtual_router_id ${vrid}
  priority ${priority}
  virtual_ipaddress {
    10.0.${vrid}.100/24
  }
  ${title === 'INNER' ? track : ''}
  ${trackAll}
}`;
  const config = `vrrp_script chk {\n script "/bin/true"\n interval 1\n}
vrrp_sync_group G {\n ${group}\n}
${instance('OUTER', 'eth0', 1, outer)}
${instance('INNER', 'eth1', 2, inner)}
`;
  const { model } = readKeepalivedConfig(name, {
    files: createMemoryFiles({ [name]: config }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: name,
  });
  return { name, model, program };
}

function pair(program: Program, text: Partial<Router> = {}): readonly ForecastNode[] {
  return [
    router('a', program, { outer: 100, inner: 100, ...text }),
    router('b', program, { outer: 90, inner: 90, ...text }),
  ];
}

function outcomes(nodes: readonly ForecastNode[], failure: Failure): readonly Outcome[] {
  const [group] = groupsOf(nodes);
  assert(group !== undefined);
  const { rows } = forecast(group, { seed: 1, slowness: 2, failures: [[failure]] });
  return rows[0]?.outcomes ?? [];
}

const after = (found: readonly Outcome[]) => found.map((one) => one.after);
const INNER_CABLE: Failure = { kind: 'cable', nodes: ['a'], subject: 'eth1' };
const INNER_SCRIPT: Failure = { kind: 'script', nodes: ['a'], subject: 'chk' };

test('one link down: keepalived gives both addresses up, and takes both back', () => {
  const found = outcomes(pair('keepalived'), INNER_CABLE);
  assert.deepEqual(after(found), [['b'], ['b']]);
  assert.deepEqual(
    found.map(({ mended }) => mended),
    [['a'], ['a']],
  );
  // Of the outer one b hears priority 0, but it waits until it misses the adverts of the inner one, too.
  for (const { gap } of found) {
    assert.ok(Math.abs((gap?.typical ?? 0) - seconds(2.5 + (256 - 90) / 256)) < seconds(0.02));
  }
});

test('holdfast elects each by itself, and so does keepalived without a group', () => {
  for (const nodes of [pair('holdfast'), pair('keepalived', { group: 'group {\n OUTER\n }' })]) {
    assert.deepEqual(after(outcomes(nodes, INNER_CABLE)), [['a'], ['b']]);
  }
});

test('a check of one member is the fault of all', () => {
  const track = 'track_script {\n chk\n }';
  assert.deepEqual(after(outcomes(pair('keepalived', { track }), INNER_SCRIPT)), [['b'], ['b']]);
});

test('weights of members are ignored, unless the group counts them', () => {
  const track = 'track_script {\n chk weight -20\n }';
  const group = 'group {\n OUTER\n INNER\n }\n sync_group_tracking_weight';
  const ignored = outcomes(pair('keepalived', { track }), INNER_SCRIPT);
  assert.deepEqual(after(ignored), [['a'], ['a']]);
  // Behind for one member only, a is still heard for the other, so b waits.
  const forOne = outcomes(pair('keepalived', { track, group }), INNER_SCRIPT);
  assert.deepEqual(after(forOne), [['a'], ['a']]);
  const forAll = outcomes(pair('keepalived', { trackAll: track, group }), INNER_SCRIPT);
  assert.deepEqual(after(forAll), [['b'], ['b']]);
});

test('of a stop in order b hears on both links', () => {
  for (const { gap } of outcomes(pair('keepalived'), { kind: 'stop', nodes: ['a'] })) {
    assert.ok(Math.abs((gap?.typical ?? 0) - seconds((256 - 90) / 256)) < seconds(0.02));
  }
});

test('who is heard for one member only takes none over', () => {
  const nodes = [
    router('a', 'keepalived', { outer: 100, inner: 100 }),
    router('b', 'keepalived', { outer: 110, inner: 90 }),
  ];
  const [group] = groupsOf(nodes);
  assert(group !== undefined);
  const { start } = forecast(group, { seed: 1, slowness: 2, failures: 'none' });
  assert.deepEqual(
    start.map(({ holders }) => holders),
    [['a'], ['a']],
  );
});

test('a crash: who takes one over takes the other with it', () => {
  const found = outcomes(pair('keepalived'), { kind: 'crash', nodes: ['a'] });
  assert.deepEqual(after(found), [['b'], ['b']]);
  const [outer, inner] = found;
  assert.ok(Math.abs((outer?.gap?.typical ?? 0) - (inner?.gap?.typical ?? 0)) < seconds(0.01));
});
