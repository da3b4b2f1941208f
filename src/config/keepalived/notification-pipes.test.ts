import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, summary } from './test-support.ts';

function globals(lines: string, instance = '') {
  return read(
    `global_defs {\n${lines}\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n` +
      `${instance}\nvirtual_ipaddress {\n10.0.0.1\n}\n}`,
  );
}

test('pipes have an owner, and a program that reads them', () => {
  const { model, diagnostics } = globals(`script_user alice
    notify_fifo /run/all bob :staff
    notify_fifo_script "/bin/reader 'one word'"
    vrrp_notify_fifo /run/vrrp
    vrrp_notify_fifo_script /bin/other carol`);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(model.global.pipes, {
    all: {
      path: '/run/all',
      user: 'bob',
      group: 'staff',
      reader: { argv: ['/bin/reader', 'one word'], user: 'alice' },
    },
    vrrp: { path: '/run/vrrp', reader: { argv: ['/bin/other'], user: 'carol' } },
    statesOnReload: false,
  });
  assert.equal(globals('').model.global.pipes, undefined);
});

test('what cannot be is told, and leaves the rest as it is', () => {
  const cases: [lines: string, diagnostics: string[], paths: (string | undefined)[]][] = [
    ['notify_fifo /a\nvrrp_notify_fifo /a', ['pipe-shared 3:18'], ['/a', undefined]],
    ['notify_fifo /a\nnotify_fifo /b', ['repeated-keyword 3:1'], ['/a', undefined]],
    ['notify_fifo_script /bin/x', ['pipe-reader-unused 2:1'], [undefined, undefined]],
    ['notify_fifo', ['missing-value 2:1'], [undefined, undefined]],
    ['notify_fifo ""\nvrrp_notify_fifo /b', [], [undefined, '/b']],
  ];
  for (const [lines, diagnostics, paths] of cases) {
    const config = globals(lines);
    const { pipes } = config.model.global;
    assert.deepEqual(summary(config), diagnostics, lines);
    assert.deepEqual([pipes?.all?.path, pipes?.vrrp?.path], paths, lines);
  }
});

test('an instance tells of priorities and of its deletion as it, or everybody, is asked to', () => {
  const tells = (globalLines: string, instance: string) => {
    const [one] = globals(globalLines, instance).model.instances;
    return [one?.tellsPriorityChanges, one?.deletionIsTold];
  };
  assert.deepEqual(tells('', ''), [undefined, undefined]);
  assert.deepEqual(tells('', 'notify_deleted'), [undefined, 'deleted']);
  assert.deepEqual(tells('', 'notify_priority_changes'), [true, undefined]);
  assert.deepEqual(tells('vrrp_notify_priority_changes', ''), [true, undefined]);
  assert.deepEqual(tells('vrrp_notify_priority_changes', 'notify_priority_changes off'), [
    undefined,
    undefined,
  ]);
});

test('dumps are as usual where nothing is said', () => {
  assert.equal(globals('data_use_instance off\njson_version 1').model.global.dumps, undefined);
  assert.deepEqual(globals('json_version 2\nstate_dump_file /run/state').model.global.dumps, {
    jsonVersion: 2,
    names: 'plain',
    stateFile: '/run/state',
  });
});
