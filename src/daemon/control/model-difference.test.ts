import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../base/rng.ts';
import { readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { createMemoryFiles } from '../../config/keepalived/memory-files.ts';
import type { Model } from '../../config/model/model.ts';
import { modelDifference } from './model-difference.ts';

function modelOf(text: string): Model {
  const { model, diagnostics } = readKeepalivedConfig('/k.conf', {
    files: createMemoryFiles({ '/k.conf': text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'host',
  });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error' || severity === 'fatal'),
    [],
  );
  return model;
}

const instance = (name: string, vrid: number, lines: readonly string[]) =>
  `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${vrid}
${lines.map((line) => `    ${line}\n`).join('')}}
`;

describe('the difference of two configurations', () => {
  const one = instance('one', 1, [
    'priority 100',
    'advert_int 1',
    'authentication {',
    'auth_type PASS',
    'auth_pass first',
    '}',
    'virtual_ipaddress {',
    '192.0.2.1/24',
    '}',
  ]);
  const two = instance('two', 2, ['virtual_ipaddress {', '192.0.2.2/24', '}']);

  test('names what came, what went, and what stayed', () => {
    const three = two.replace(/two/g, 'three').replace('_id 2', '_id 3');
    const difference = modelDifference(modelOf(one + two), modelOf(one + three));
    assert.deepEqual(difference, {
      added: ['three'],
      removed: ['two'],
      changed: [],
      settings: [],
      unchanged: 1,
    });
  });

  test('names the fields that differ, with both values, and no secrets', () => {
    const changed = one
      .replace('priority 100', 'priority 90')
      .replace('advert_int 1', 'advert_int 2')
      .replace('auth_pass first', 'auth_pass second')
      .replace('192.0.2.1/24', '192.0.2.1/24\n192.0.2.9/32 dev eth1');
    const { changed: found } = modelDifference(modelOf(one), modelOf(changed));
    assert.equal(found[0]?.how, 'settings');
    assert.deepEqual(
      found[0]?.fields.map(({ field, before, after }) => `${field}: ${before} -> ${after}`),
      [
        'priority: 100 -> 90',
        'advert_int: 1 s -> 2 s',
        'authentication.password: (secret) -> (secret)',
        'virtual_ipaddress: 192.0.2.1/24 -> 192.0.2.1/24, 192.0.2.9/32 dev eth1',
      ],
    );
  });

  test('says where an instance becomes another one on the wire', () => {
    const moved = one.replace('virtual_router_id 1', 'virtual_router_id 7');
    const [found] = modelDifference(modelOf(one), modelOf(moved)).changed;
    assert.equal(found?.how, 'replaced');
    assert.deepEqual(found?.fields, [{ field: 'virtual_router_id', before: '1', after: '7' }]);
  });

  test('tells of settings outside of instances', () => {
    const globals = 'global_defs {\n    vrrp_startup_delay 3\n}\n';
    const script = 'vrrp_script check {\n    script "/bin/true"\n    interval 2\n}\n';
    const tracked = one.replace('advert_int 1', 'advert_int 1\ntrack_script {\ncheck\n}');
    const before = modelOf(script + tracked);
    const after = modelOf(globals + script.replace('interval 2', 'interval 3') + tracked);
    assert.deepEqual(modelDifference(before, after).settings, [
      'global startupDelay',
      'script check',
    ]);
  });

  test('stays short, however long the lists are', () => {
    const many = Array.from({ length: 500 }, (_, index) => `10.0.${index >> 8}.${index & 255}/16`);
    const long = one.replace('192.0.2.1/24', many.join('\n'));
    const [found] = modelDifference(modelOf(one), modelOf(long)).changed;
    assert(found?.fields.every(({ after }) => after.length <= 200));
  });
});
