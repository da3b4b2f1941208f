import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostFacts } from './host-check.ts';
import { checkAgainstHost, exitClass } from './index.ts';
import { read } from './test-support.ts';

const instance = (lines: string): string =>
  `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n ${lines}\n virtual_ipaddress {\n 10.0.0.1/24\n }\n}\n`;

function saidOf(text: string): string[] {
  return read(text)
    .diagnostics.filter(({ code }) => code !== 'not-yet')
    .map(({ code, line }) => `${code} ${line}`);
}

const HOST: HostFacts = {
  interface: (name) => (name === 'eth0' ? 'present' : 'missing'),
  script: () => 'ok',
  user: (name) => (name === 'root' ? 'present' : 'missing'),
  group: (name) => (name === 'root' ? 'present' : 'missing'),
  numberName: (_, name) => (name === 'blue' ? 'present' : 'missing'),
  keyFile: (path) => (path.endsWith('open') ? 'open' : path.endsWith('none') ? 'missing' : 'ok'),
};

function onHost(text: string): { said: string[]; exit: number } {
  const { model, positions, claims, diagnostics } = read(text);
  const checked = checkAgainstHost(model, positions, HOST, claims);
  const said = checked.diagnostics.map(({ code, line }) => `${code} ${line}`);
  return { said, exit: exitClass([...diagnostics, ...checked.diagnostics]) };
}

describe('what is not acted upon yet', () => {
  test('is told of once a block, and changes no exit class', () => {
    const { diagnostics } = read(
      `vrrp_track_process p {\n process nginx\n quorum 2\n}\n${instance('track_process {\n p\n }')}`,
    );
    assert.deepEqual(
      diagnostics.map(({ code, line }) => `${code} ${line}`),
      ['not-yet 1', 'not-yet 8'],
    );
    assert.equal(exitClass(diagnostics), 0);
  });

  test('has its words judged like those of anything else', () => {
    assert.deepEqual(saidOf('global_defs {\n smtp_connect_timeout soon\n}'), ['invalid-number 2']);
    assert.deepEqual(saidOf('global_defs {\n snmp_socket\n}'), ['missing-value 2']);
    assert.deepEqual(saidOf(instance('use_vmac a/b')), ['invalid-choice 4']);
    assert.deepEqual(saidOf(instance('virtual_routes {\n 10.0.0.0/8 dev\n }')), [
      'missing-parameter 5',
    ]);
  });

  test('is defined above what names it', () => {
    const file = 'track_file f {\n file /run/f\n}\n';
    assert.deepEqual(saidOf(file + instance('track_file {\n f weight 254\n }')), []);
    assert.deepEqual(saidOf(instance('track_file {\n f\n }') + file), ['unknown-tracked 5']);
    assert.deepEqual(saidOf(`track_file f {\n}\n${instance('track_file {\n f\n }')}`), [
      'definition-incomplete 1',
    ]);
  });

  test('weights do nothing among members of a group that does not allow them', () => {
    const members = (words: string): string =>
      `vrrp_sync_group G {\n group {\n A\n B\n }\n ${words}\n}\n` +
      instance('track_interface {\n eth1 weight 5\n }') +
      instance('').replace('A', 'B').replace('_id 1', '_id 2').replace('0.1/24', '0.2/24');
    assert.deepEqual(saidOf(members('')), ['weight-in-group 12']);
    assert.deepEqual(saidOf(members('sync_group_tracking_weight')), []);
  });
});

describe('what else the host must have', () => {
  test('interfaces, and where their absence is fatal', () => {
    assert.deepEqual(onHost(`static_routes {\n 10.0.0.0/8 dev eth5\n}\n${instance('')}`), {
      said: ['interface-not-found 2'],
      exit: 5,
    });
    assert.deepEqual(onHost(`linkbeat_interfaces {\n eth5\n}\n${instance('')}`), {
      said: ['unknown-interface 2'],
      exit: 4,
    });
    const dynamic = `global_defs {\n dynamic_interfaces\n}\nstatic_routes {\n 10.0.0.0/8 dev eth5\n}\n`;
    assert.equal(onHost(dynamic + instance('')).exit, 0);
  });

  test('names of numbers', () => {
    const route = (table: string): string =>
      instance(`virtual_routes {\n 10.0.0.0/8 dev eth0 table ${table}\n }`);
    assert.equal(onHost(route('blue')).exit, 0);
    assert.deepEqual(onHost(route('green')), { said: ['unknown-number-name 5'], exit: 5 });
  });

  test('the user of all scripts', () => {
    assert.equal(onHost(`global_defs {\n script_user root root\n}\n${instance('')}`).exit, 0);
    assert.deepEqual(onHost(`global_defs {\n script_user root staff\n}\n${instance('')}`), {
      said: ['unknown-user 2'],
      exit: 5,
    });
  });

  test('key files that nobody else may read', () => {
    const keys = (path: string): string =>
      instance(`auth_hmac {\n key 1 file:${path}\n active_key 1\n }`);
    assert.equal(onHost(keys('/etc/key')).exit, 0);
    assert.deepEqual(onHost(keys('/etc/open')), { said: ['key-file-open 5'], exit: 6 });
    assert.deepEqual(onHost(keys('/etc/none')), { said: ['key-file-unusable 5'], exit: 5 });
  });
});

test('a key without its number is not shown either', () => {
  const secret = 's'.repeat(40);
  const { diagnostics } = read(instance(`auth_hmac {\n key ${secret}\n key ${secret} 1\n }`));
  const codes = diagnostics.map(({ code }) => code);
  assert(codes.includes('invalid-number') && codes.includes('missing-parameter'));
  for (const { message, hint } of diagnostics) {
    assert(!message.includes(secret) && hint?.includes(secret) !== true, message);
  }
});

test('keys are characters or digits of the right number, and no message shows one', () => {
  const of = (value: string): string[] =>
    saidOf(instance(`auth_hmac {\n key 1 ${value}\n active_key 1\n }`));
  assert.deepEqual(of('s'.repeat(32)), []);
  assert.deepEqual(of('s'.repeat(64)), []);
  assert.deepEqual(of(`hex:${'ab'.repeat(32)}`), []);
  for (const wrong of ['s'.repeat(31), 's'.repeat(65), `hex:${'ab'.repeat(31)}`, 'hex:xyz']) {
    assert.deepEqual(of(wrong), ['invalid-key 5', 'authentication-incomplete 6']);
    const text = instance(`auth_hmac {\n key 1 ${wrong} ${wrong}\n active_key 1\n }`);
    for (const { message, hint } of read(text).diagnostics) {
      assert(!message.includes(wrong) && hint?.includes(wrong) !== true, message);
    }
  }
});
