import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipKernelTests, until } from '../linux/namespaces.ts';
import { HAPROXY, KEEPALIVED } from './facts.ts';
import { DoctorHost } from './support.ts';

const LIMIT_MS = 30_000;
/** Planted where secrets stand, and where they ought not to. */
const SECRETS = {
  password: 'pw4dvert',
  peerKey: 'peer-key-of-thirty-two-characters',
  argument: 'tok-3n-in-argument',
  output: 'said-by-a-script',
  stats: 'stats-page-w0rd',
  user: 'user-list-w0rd',
  comment: 'left-in-a-comment',
  url: 'in-the-url-of-a-log',
};

interface Manifest {
  readonly secretsTakenOut: number;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

describe('holdfast support-bundle', { skip: skipKernelTests }, () => {
  let host: DoctorHost;
  before(() => {
    host = new DoctorHost('bundle');
  });
  after(() => host.remove());

  function configuration(): string {
    const script = host.write('check.sh', `#!/bin/sh\necho "token=${SECRETS.output}"\nexit 3\n`);
    execFileSync('chmod', ['700', script]);
    const socket = join(host.folder, 'control.sock');
    const events = join(host.folder, 'events.jsonl');
    return host.write(
      'keepalived.conf',
      `global_defs {
    script_user root
    @holdfast control_socket ${socket}
    @holdfast events_file ${events}
    @holdfast peer_key ${SECRETS.peerKey}
}
vrrp_script chk {
    script "${script} --token ${SECRETS.argument}"
    interval 1
    weight -10
}
${KEEPALIVED({
  instance: `authentication {
        auth_type PASS
        auth_pass ${SECRETS.password}
    }
    # ${SECRETS.comment}
    track_script {
        chk
    }`,
})}`,
    );
  }

  test('holds what helps, in a manifest, and nothing secret', async () => {
    const conf = configuration();
    const proxy = host.write(
      'haproxy.cfg',
      `userlist u\n  user bob insecure-password ${SECRETS.user}\n${HAPROXY('192.0.2.1:80')}` +
        `listen stats\n  mode http\n  bind 192.0.2.1:81\n  stats enable\n` +
        `  stats auth admin:${SECRETS.stats} # ${SECRETS.comment}\n`,
    );
    const log = host.write('some.log', `GET https://u:${SECRETS.url}@a/ as ${SECRETS.password}\n`);
    const socket = join(host.folder, 'control.sock');
    const recording = join(host.folder, 'run.flight');
    const holdfast = resolve('bin/holdfast');
    const pid = join(host.folder, 'holdfast.pid');
    const run = ['run', '-f', conf, '--record', recording, '--pid', pid];
    const daemon = host.start('own', holdfast, ...run);
    await until(() => existsSync(socket), 'the control socket', LIMIT_MS);
    const asked = (): string => host.run('', holdfast, 'events', '-s', socket).stdout;
    await until(() => asked().includes(SECRETS.output), 'the script', LIMIT_MS);

    const output = join(host.folder, 'bundle.tar.gz');
    const files = ['-f', conf, '-f', proxy, '-s', socket, '--record', recording, '--log', log];
    const words = [holdfast, 'support-bundle', ...files, '-o', output, '--listen', '0'];
    const { stdout, stderr, status } = host.run('', ...words);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /secrets taken out/);
    assert.equal(statSync(output).mode & 0o777, 0o600);
    // Never over a file.
    assert.equal(host.run('', ...words).status, 1);
    await host.stop(daemon);

    const folder = join(host.folder, 'unpacked');
    mkdirSync(folder);
    execFileSync('tar', ['-xzf', output, '-C', folder]);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    assert(manifest.secretsTakenOut >= 4, `${manifest.secretsTakenOut}`);
    const listed = manifest.files.map(({ name }) => name);
    const unpacked = readdirSync(folder, { recursive: true, withFileTypes: true });
    assert.equal(unpacked.filter((one) => one.isFile()).length, listed.length + 1);
    for (const name of [
      ...['configuration/keepalived.conf', 'configuration/haproxy.cfg', 'configuration/check.txt'],
      ...['daemon/status.json', 'daemon/events.json', 'daemon/explain-web.json', 'doctor.json'],
      ...['facts.json', 'versions.json', 'kernel/addresses.txt', 'kernel/nftables.txt'],
      ...['logs/events.jsonl', 'logs/1.txt', 'recording.flight'],
    ]) {
      assert(listed.includes(name), `${name} is missing: ${JSON.stringify(manifest.leftOut)}`);
    }
    let whole = '';
    for (const { name, bytes, sha256 } of manifest.files) {
      const content = readFileSync(join(folder, name));
      assert.equal(content.length, bytes, name);
      assert.equal(createHash('sha256').update(content).digest('hex'), sha256, name);
      whole += content.toString('latin1');
      for (const [what, secret] of Object.entries(SECRETS))
        assert(!content.includes(secret), `${what} is in ${name}`);
    }
    // What it is for is in it.
    assert.match(whole, /192\.0\.2\.10/);
    assert.match(whole, /script chk: exited with status 3/);
    assert.match(
      readFileSync(join(folder, 'configuration/keepalived.conf'), 'utf8'),
      /virtual_router_id 51/,
    );
  });

  test('without a daemon and a configuration it says what is left out', () => {
    const output = join(host.folder, 'less.tar.gz');
    const none = ['-f', join(host.folder, 'none.conf'), '-s', join(host.folder, 'none.sock')];
    const words = [
      resolve('bin/holdfast'),
      'support-bundle',
      ...none,
      '-o',
      output,
      '--listen',
      '0',
    ];
    assert.equal(host.run('', ...words).status, 0);
    const text = execFileSync('tar', ['-xzOf', output, 'manifest.json'], { encoding: 'utf8' });
    const { leftOut } = JSON.parse(text) as Manifest;
    const names = leftOut.map(({ name }) => name);
    assert(names.includes('configuration/keepalived.conf') && names.includes('daemon/'), text);
  });
});
