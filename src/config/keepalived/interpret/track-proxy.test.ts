import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkTrackedProxies, type KnownProxy } from '../proxy-check.ts';
import { read } from '../test-support.ts';

const INSTANCE = 'interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1/24\n}';
const PROXIES: readonly KnownProxy[] = [
  { name: 'api', kinds: ['frontend', 'backend'], servers: 3 },
  { name: 'web', kinds: ['frontend'], servers: 0 },
];

function tracked(line: string, more = '') {
  const config = read(`vrrp_instance V {\n${INSTANCE}\n${more}\n${line}\n}\n`);
  const checked = checkTrackedProxies(config.model, config.positions, PROXIES);
  const [instance] = checked.model.instances;
  return {
    proxies: instance?.trackedProxies,
    told: [...config.diagnostics, ...checked.diagnostics].map(
      ({ code, line: at, column, hint }) => `${code} ${at}:${column} ${hint ?? ''}`,
    ),
  };
}

describe('track_proxy', () => {
  test('a failure is a fault, and one server is enough, unless it says otherwise', () => {
    assert.deepEqual(tracked('@holdfast track_proxy api'), {
      proxies: [{ name: 'api', weight: 0, sense: 'normal', proxy: 'api', min: 1 }],
      told: [],
    });
    const line = '@holdfast track_proxy api min 2 weight -30';
    assert.deepEqual(tracked(line).proxies, [
      { name: 'api min 2', weight: -30, sense: 'normal', proxy: 'api', min: 2 },
    ]);
  });

  test('one proxy may be tracked by several numbers of servers', () => {
    const both = 'track_proxy api\ntrack_proxy api min 3 weight -20\ntrack_proxy api weight 5';
    const { proxies, told } = tracked(both);
    assert.deepEqual(
      proxies?.map(({ name, weight }) => [name, weight]),
      [
        ['api', 0],
        ['api min 3', -20],
      ],
    );
    assert.deepEqual(told, ['duplicate-tracking 10:13 ']);
  });

  const wrong: readonly (readonly [name: string, line: string, told: string, more?: string])[] = [
    ['a name that is nearly right', 'track_proxy apii', "unknown-tracked 8:13 did you mean 'api'?"],
    ['another name', 'track_proxy database', 'unknown-tracked 8:13 it has api, web'],
    ['too many servers', 'track_proxy api min 4', 'impossible-min 8:13 at most min 3'],
    ['servers of a frontend', 'track_proxy web min 2', 'impossible-min 8:13 track_proxy web'],
    [
      'an owner with a weight',
      'track_proxy api weight 5',
      'weight-on-owner 8:13 use a priority below 255',
      'priority 255',
    ],
  ];
  for (const [name, line, said, more] of wrong) {
    test(`${name}: not tracked`, () => {
      assert.deepEqual(tracked(line, more), { proxies: undefined, told: [said] });
    });
  }

  test('words that are wrong count for nothing', () => {
    const { proxies, told } = tracked('track_proxy api weight x min');
    assert.deepEqual(proxies?.[0]?.weight, 0);
    assert.deepEqual(
      told.map((text) => text.split(' ', 2).join(' ')),
      ['invalid-number 8:24', 'missing-option-value 8:26'],
    );
    assert.equal(tracked('track_proxy').told[0]?.split(' ')[0], 'missing-parameter');
  });

  test('without a haproxy.cfg there is nothing to track', () => {
    const config = read(`vrrp_instance V {\n${INSTANCE}\ntrack_proxy api\n}\n`);
    const { model, diagnostics } = checkTrackedProxies(config.model, config.positions, undefined);
    assert.equal(model.instances[0]?.trackedProxies, undefined);
    assert.deepEqual(
      diagnostics.map(({ code, line }) => `${code} ${line}`),
      ['no-proxy 7'],
    );
  });
});
