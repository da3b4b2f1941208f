import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parse } from 'yaml';
import { testPath } from '../../../tools/sweep.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root';
const folder = mkdtempSync(testPath('manifest-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function manifest(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('bin/holdfast', ['manifest', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const wanted = [
  ...['control-plane', '--vip', '10.1.86.209', '--interface', 'eth0'],
  ...['--master', 'node01=10.1.86.201', '--master', 'node02.example.org=10.1.86.202'],
];

describe('holdfast manifest control-plane', () => {
  test('what its init container writes passes the checks of keepalived, haproxy and holdfast', {
    skip,
  }, () => {
    const secrets = join(folder, 'secrets.json');
    const { status, stdout, stderr } = manifest(
      ...[...wanted, '--balance', '6444', '--secrets', secrets, '--token-file', '/etc/vip/token'],
    );
    assert.equal(status, 0, stderr);
    assert.equal(statSync(secrets).mode & 0o777, 0o600);
    const [writer] = parse(stdout).spec.initContainers;
    const env = (writer.env as { name: string; value?: string }[]).flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value.replaceAll('$$', '$')]],
    );
    for (const name of ['keepalived', 'haproxy'])
      mkdirSync(join(folder, name), { recursive: true });
    const holdfast = join(process.cwd(), 'bin/holdfast');
    for (const node of ['node01', 'node02.example.org']) {
      const check = `set -e
mount --bind ${folder}/keepalived /etc/keepalived
mount --bind ${folder}/haproxy /etc/haproxy
ip link add eth0 type veth peer name eth1
bash -ec "$WRITE"
keepalived -t -i ${node} -f /etc/keepalived/keepalived.conf
${holdfast} check --config-id ${node} -f /etc/keepalived/keepalived.conf
haproxy -c -f /etc/haproxy/haproxy.cfg`;
      const checked = spawnSync('unshare', ['--mount', '--net', 'sh', '-c', check], {
        encoding: 'utf8',
        env: {
          ...process.env,
          ...Object.fromEntries(env),
          NODE_NAME: node,
          WRITE: writer.command[2],
        },
      });
      assert.equal(checked.status, 0, `${checked.stdout}${checked.stderr}`);
      assert.equal(statSync(join(folder, 'keepalived/keepalived.conf')).mode & 0o777, 0o600);
    }
    // A node that nobody named must not begin.
    const stranger = spawnSync('bash', ['-ec', writer.command[2]], {
      encoding: 'utf8',
      env: { ...process.env, NODE_NAME: 'node09' },
    });
    assert.equal(stranger.status, 1);
    assert.match(stranger.stderr, /node09 is none of node01, node02\.example\.org/);
  });

  test('the same options print the same, with the key that was drawn the first time', () => {
    const secrets = join(folder, 'twice.json');
    const first = manifest(...wanted, '--secrets', secrets);
    assert.deepEqual(manifest(...wanted, '--secrets', secrets), first);
    const key = JSON.parse(readFileSync(secrets, 'utf8')).peerKey as string;
    assert.ok(first.stdout.includes(`peer_key ${key}\n`));
  });

  test('what is wrong is said, and nothing printed', () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[...wanted, '--vip', '10.1.86.201'], /10\.1\.86\.201 .*node01/],
      [[...wanted, '--balance', '6443'], /6443/],
      [[...wanted, '--vrid', '0'], /VRID '0'.*1 to 255/],
      [[...wanted, '--token-file', 'a b'], /no absolute path/],
      [[...wanted, '--client-cert', '/a'], /--client-key/],
      [[...wanted, '--sysctl', 'net=$(x)'], /NAME=VALUE/],
      [['control-plane', '--vip', '10.1.86.209', '--interface', 'eth0'], /host/],
      [['worker'], /control-plane/],
    ];
    const before = readdirSync(folder);
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = manifest(...args);
      assert.equal(status, 1, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, message);
    }
    assert.deepEqual(readdirSync(folder), before);
  });
});
