import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testPath } from '../../tools/sweep.ts';

// The entry of an image, in no container: it writes a file and becomes another program.

const folder = testPath('container-entry');
const conf = join(folder, 'etc', 'keepalived.conf');

function start(env: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  return spawnSync('bin/holdfast', ['container', ...argv], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
}

describe('holdfast container', () => {
  before(() => mkdirSync(folder));
  after(() => rmSync(folder, { recursive: true }));

  const arcts = {
    KEEPALIVED_CONF: conf,
    KEEPALIVED_UNICAST_SRC_IP: '192.0.2.7',
    KEEPALIVED_VIRTUAL_IPADDRESS_1: '192.0.2.9/24',
    KEEPALIVED_AUTH_PASS: 'hunter2',
  };

  test('writes the configuration for root alone and becomes the command', () => {
    const { status, stdout, stderr } = start({ ...arcts, KEEPALIVED_CMD: `cat ${conf}` });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, readFileSync(conf, 'utf8'));
    assert.match(stdout, /^ +auth_pass hunter2$/m);
    assert.equal(statSync(conf).mode & 0o777, 0o600);
    assert.match(stderr, /image arcts-keepalived: KEEPALIVED_\w+ is set$/m);
    assert.match(stderr, /KEEPALIVED_VIRTUAL_IPADDRESS_1="192.0.2.9\/24": virtual_ipaddress$/m);
    assert.match(stderr, /KEEPALIVED_STATE="MASTER" \(default\): state$/m);
    assert.match(stderr, /KEEPALIVED_AUTH_PASS="\*{8}": auth_pass$/m);
    assert.doesNotMatch(stderr, /hunter2/);
  });

  test('becomes holdfast under the name that is called', () => {
    const daemon = start({}, '--image', 'keepalived', '--', 'keepalived', '--version');
    assert.match(daemon.stderr, /in place of Keepalived/);
    const proxy = start({}, '--image', 'haproxy', '-v');
    assert.match(proxy.stdout, /^HAProxy version/);
  });

  test('does what HOLDFAST_IMAGE says, and stops where the old image would', () => {
    const { status, stderr } = start({ HOLDFAST_IMAGE: 'arcts-keepalived' }, '--image', 'haproxy');
    assert.equal(status, 1);
    assert.match(stderr, /image arcts-keepalived: HOLDFAST_IMAGE says so$/m);
    assert.match(
      stderr,
      /\$KEEPALIVED_VIRTUAL_IPADDRESS_1:1:1: fatal: .*\[image-variable-missing\]$/m,
    );
  });

  test('is shown by render, without its secrets', () => {
    const variables = Object.entries(arcts).flatMap((pair) => ['-e', pair.join('=')]);
    const args = ['render', '--image', 'arcts-keepalived', ...variables];
    const { stdout } = spawnSync('bin/holdfast', args, { encoding: 'utf8' });
    assert.match(stdout, /^ +192\.0\.2\.9\/24$/m);
    assert.match(stdout, /^ +auth_pass redacted$/m);
  });
});
