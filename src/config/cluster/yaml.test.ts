import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCluster } from './index.ts';

const whole = `cluster: db
purpose: tcp
vip: [10.0.0.9/24, 10.0.0.10]
frontPort: 3306
backPort: 3307
interface: eth0
advertInterval: 0.5
images: { haproxy: "haproxy:2.6" }
hosts:
  - name: a
    address: 10.0.0.1
  - { name: b, address: 10.0.0.2, interface: ens3, priority: 90, state: MASTER }
  - { name: c, address: 10.0.0.3, roles: [server] }
`;

function codes(text: string): readonly string[] {
  return readCluster('cluster.yaml', text).diagnostics.map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  );
}

describe('cluster.yaml', () => {
  test('says everything', () => {
    const { cluster } = readCluster('cluster.yaml', whole);
    assert.deepEqual(cluster, {
      name: 'db',
      purpose: 'tcp',
      deployment: 'systemd',
      vips: [{ address: '10.0.0.9', prefixLength: 24 }, { address: '10.0.0.10' }],
      frontPort: 3306,
      backPort: 3307,
      interface: 'eth0',
      advertIntervalS: 0.5,
      images: { keepalived: undefined, haproxy: 'haproxy:2.6' },
      hosts: [
        { name: 'a', address: '10.0.0.1', holder: {}, isServer: true },
        {
          ...{ name: 'b', address: '10.0.0.2', interface: 'ens3', isServer: true },
          holder: { priority: 90, state: 'MASTER' },
        },
        { name: 'c', address: '10.0.0.3', isServer: true },
      ],
    });
  });

  test('what a command line says comes before it', () => {
    const { cluster } = readCluster('f', whole, { deployment: 'compose', vrid: '7' });
    assert.deepEqual([cluster?.deployment, cluster?.vrid], ['compose', 7]);
    const { diagnostics } = readCluster('f', whole, { deployment: 'dockers' });
    assert.deepEqual(
      diagnostics.map(({ file, code, hint }) => [file, code, hint]),
      [
        ['command line', 'bad-choice', 'did you mean docker?'],
        ['f', 'server-without-vip', 'if it shall: roles: [vip, server] at a host'],
      ].sort(),
    );
  });

  test('mistakes are said at their places', () => {
    assert.deepEqual(codes('vip: [\n'), ['not-yaml 2:1']);
    assert.deepEqual(codes('- a\n'), ['not-yaml 1:1']);
    assert.deepEqual(codes(whole.replace('backPort', 'backport')), [
      'missing-key 1:1',
      'unknown-key 5:1',
      'server-without-vip 13:5',
    ]);
    assert.deepEqual(codes(whole.replace('frontPort: 3306', 'frontPort: [1]')), [
      'missing-key 1:1',
      'wrong-kind 4:12',
      'server-without-vip 13:5',
    ]);
    assert.deepEqual(codes(whole.replace('roles: [server]', 'roles: [sever]')), [
      'bad-choice 13:43',
    ]);
    assert.deepEqual(codes(whole.replace(/hosts:[\s\S]*/, 'hosts: a')), [
      'no-holder 1:1',
      'no-server 1:1',
      'wrong-kind 9:8',
    ]);
  });
});
