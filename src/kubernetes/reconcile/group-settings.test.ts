import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinGroupSettings, readGroupSetting } from './group-settings.ts';

describe('settings of a VRRP group', () => {
  const right: [name: string, text: string, settings: object][] = [
    ['advert', '1', { advertCs: 100 }],
    ['advert', '0.1', { advertCs: 10 }],
    ['advert', '0.01', { advertCs: 1 }],
    ['advert', '40.95', { advertCs: 4095 }],
    ['preempt', 'on', { preempt: { delaySeconds: 0 } }],
    ['preempt', 'off', { preempt: 'off' }],
    ['preempt', '30', { preempt: { delaySeconds: 30 } }],
    ['garp-refresh', '60', { garpRefreshSeconds: 60 }],
    ['garp-refresh', '0', { garpRefreshSeconds: 0 }],
  ];
  for (const [name, text, settings] of right)
    test(`${name}=${text}`, () => assert.deepEqual(readGroupSetting(name, text), { settings }));

  const wrong: [name: string, text: string][] = [
    ...['0', '0.001', '41', '40.96', '1s', '-1', '', '1.'].map((text): [string, string] => [
      ...(['advert', text] as const),
    ]),
    ['preempt', 'yes'],
    ['preempt', '1001'],
    ['garp-refresh', '1.5'],
    ['garp-refresh', '86401'],
  ];
  for (const [name, text] of wrong)
    test(`wrong: ${name}=${text}`, () => {
      assert.match(JSON.stringify(readGroupSetting(name, text)), /"instead":"/);
    });

  test('other names are none', () => {
    for (const name of ['weight', 'constructor', ''])
      assert.equal(readGroupSetting(name, '1'), undefined);
  });
});

test('what entries of a group say together, and where they contradict each other', () => {
  const joined = joinGroupSettings([
    {},
    { advertCs: 10 },
    { advertCs: 10, garpRefreshSeconds: 60 },
    { advertCs: 20, preempt: { delaySeconds: 5 } },
    { preempt: { delaySeconds: 5 } },
  ]);
  assert.deepEqual(joined.settings, {
    ...{ advertCs: 10, garpRefreshSeconds: 60, preempt: { delaySeconds: 5 } },
  });
  assert.deepEqual(joined.contradictions, ['advert']);
});
