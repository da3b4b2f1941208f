import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { testPath } from '../../../tools/sweep.ts';

const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(testPath('plan-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The inventory of sealos, as the document shows it. */
const inventory = readFileSync('test/seeds/files/000/hosts', 'utf8');
const file = join(folder, 'hosts');
writeFileSync(file, inventory);

function run(command: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync('bin/holdfast', [command, ...args], {
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

function plan(...args: readonly string[]) {
  return run('plan', args);
}

describe('holdfast plan', () => {
  const output = join(folder, 'first');

  test('writes everything, and a second time nothing', () => {
    const first = plan(file, '-o', output);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /hosts:4:1: info: node03 .*\n.*hosts:16:1: warning: .*eth0/);
    assert.equal(statSync(join(output, 'secrets.json')).mode & 0o777, 0o600);
    const holder = join(output, 'hosts/node01/etc');
    assert.equal(statSync(join(holder, 'keepalived/keepalived.conf')).mode & 0o777, 0o600);
    assert.equal(statSync(join(holder, 'keepalived/check_haproxy.sh')).mode & 0o777, 0o755);
    const again = plan(file, '-o', output);
    assert.equal(again.status, 0);
    assert.match(again.stdout, /as planned: 13 files/);
  });

  test('shows a difference, without passwords, and leaves the files until it is told', () => {
    const other = join(folder, 'other');
    writeFileSync(other, inventory.replace('priority=80', 'priority=90'));
    const path = join(output, 'hosts/node02/etc/keepalived/keepalived.conf');
    const before = readFileSync(path, 'utf8');
    const shown = plan(other, '-o', output);
    assert.equal(shown.status, 2);
    assert.match(shown.stdout, /^-.*priority 80\n\+.*priority 90$/m);
    assert.doesNotMatch(shown.stdout, /auth_pass [^*]/);
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.equal(plan(other, '-o', output, '--write').status, 0);
    assert.match(readFileSync(path, 'utf8'), /priority 90/);
  });

  test('nothing is planned from a file with errors', () => {
    const bad = join(folder, 'bad');
    writeFileSync(bad, inventory.replace('vip=10.1.86.209', 'vip=10.1.86.201'));
    const { status, stderr } = plan(bad, '-o', join(folder, 'none'));
    assert.equal(status, 1);
    assert.match(stderr, /bad:14:1: error: .* node01 \(.*\) \[vip-is-host\]/);
    assert.deepEqual(readdirSync(folder).includes('none'), false);
  });

  test('keepalived and haproxy find nothing wrong', { skip: isRoot ? false : 'needs root' }, () => {
    // The interfaces, and the script where it will lie: a mount of its own, seen by nobody else.
    for (const deployment of ['static-pod', 'compose', 'docker', 'systemd']) {
      const made = join(folder, deployment);
      const { status, stderr } = plan(file, '-o', made, '--deployment', deployment);
      assert.equal(status, 0, stderr);
      const holder = join(made, 'hosts/node01');
      const script = `set -e
mount --bind ${holder}/etc/keepalived /etc/keepalived
ip link add eth0 type veth peer name eth1
keepalived -t -f /etc/keepalived/keepalived.conf
haproxy -c -f ${holder}/etc/haproxy/haproxy.cfg`;
      const checked = spawnSync('unshare', ['--mount', '--net', 'sh', '-c', script], {
        encoding: 'utf8',
      });
      assert.equal(checked.status, 0, `${deployment}: ${checked.stdout}${checked.stderr}`);
    }
    const start = join(folder, 'docker/hosts/node01/opt/holdfast/start.sh');
    execFileSync('bash', ['-n', start]);
  });
});

describe('holdfast plan --template', () => {
  /** As sealos has it, with the loop over masters. */
  const haproxy = `frontend k8s
  bind *:6444
  default_backend k8s-backend
backend k8s-backend
  {% for host in groups['k8s-master'] %}
  server {{hostvars[host].name}} {{ host }}:6443 check
  {% endfor %}
`;
  const keepalived = `vrrp_instance VI_1 {
    state {{ lb }}
    interface {{ ansible_default_ipv4.interface }}
    priority {{ priority }}
    virtual_ipaddress {
         {{ vip }}
    }
}
`;
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test('fills in what Ansible would', () => {
    const output = join(folder, 'templated');
    const templates = [
      ...['--template', write('haproxy.cfg.j2', haproxy)],
      ...['--template', write('keepalived.conf.j2', keepalived)],
    ];
    const { status, stderr } = plan(file, '-o', output, ...templates);
    assert.equal(status, 0, stderr);
    const node02 = join(output, 'hosts/node02/etc');
    assert.match(
      readFileSync(join(node02, 'haproxy/haproxy.cfg'), 'utf8'),
      /^backend k8s-backend\n(?: +server node0[123] 10\.1\.86\.20[123]:6443 check\n){3} *$/m,
    );
    assert.match(
      readFileSync(join(node02, 'keepalived/keepalived.conf'), 'utf8'),
      /state BACKUP\n {4}interface eth0\n {4}priority 80\n[\s\S]*10\.1\.86\.209\n/,
    );
  });

  test('says which name is not known, and which files can be made', () => {
    const output = join(folder, 'not-templated');
    const bad = plan(file, '-o', output, '--template', write('keepalived.conf.j2', 'a {{ nme }}'));
    assert.deepEqual(
      [bad.status, /keepalived\.conf\.j2, for node01: /.test(bad.stderr)],
      [1, true],
    );
    const other = plan(file, '-o', output, '--template', write('other.conf.j2', ''));
    assert.match(other.stderr, /must be one of keepalived\.conf\.j2/);
  });
});

describe('holdfast import', () => {
  const made = join(folder, 'imported-from');

  test('gives the cluster.yaml of the plan whose files it reads, and its passwords', () => {
    for (const deployment of ['static-pod', 'compose', 'docker', 'systemd']) {
      const output = `${made}-${deployment}`;
      assert.equal(plan(file, '-o', output, '--deployment', deployment).status, 0);
      const hosts = ['node01', 'node02'].map((name) => join(output, 'hosts', name));
      const again = join(folder, `again-${deployment}`);
      const { status, stderr } = run('import', [...hosts, '-o', again]);
      assert.equal(status, 0, stderr);
      for (const name of ['cluster.yaml', 'secrets.json']) {
        assert.equal(
          readFileSync(join(again, name), 'utf8'),
          readFileSync(join(output, name), 'utf8'),
        );
      }
      assert.equal(plan(join(again, 'cluster.yaml'), '-o', output).status, 0);
    }
  });

  test('finds the images that the files name, whatever starts the containers', () => {
    for (const deployment of ['static-pod', 'compose', 'docker']) {
      const output = join(folder, `imaged-${deployment}`);
      const cluster = join(folder, `imaged-${deployment}.yaml`);
      writeFileSync(
        cluster,
        `vip: 10.1.86.209
interface: eth0
deployment: ${deployment}
images:
  keepalived: registry.example:5000/ha/keepalived:2.3
  haproxy: registry.example/haproxy@sha256:${'0123456789abcdef'.repeat(4)}
hosts:
  - { name: node01, address: 10.1.86.201 }
  - { name: node02, address: 10.1.86.202 }
`,
      );
      assert.equal(plan(cluster, '-o', output).status, 0);
      const hosts = ['node01', 'node02'].map((name) => join(output, 'hosts', name));
      const { status, stdout, stderr } = run('import', hosts);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, readFileSync(join(output, 'cluster.yaml'), 'utf8'), deployment);
      assert.match(stdout, /keepalived: registry\.example:5000\/ha\/keepalived:2\.3$/m);
    }
  });

  test('says what differs between the hosts, and what a plan would not write', () => {
    const output = join(folder, 'by-hand');
    assert.equal(plan(file, '-o', output).status, 0);
    const hosts = ['node01', 'node02'].map((name) => join(output, 'hosts', name));
    const path = join(hosts[1] ?? '', 'etc/keepalived/keepalived.conf');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('state BACKUP', 'state BACKUP\n    nopreempt'));
    const kept = run('import', hosts);
    assert.equal(kept.status, 0);
    assert.match(kept.stderr, /node02.*warning: preempt of vrrp_instance VI_cluster .*not-carried/);
    writeFileSync(path, text.replace(/virtual_router_id \d+/, 'virtual_router_id 7'));
    const differing = run('import', hosts);
    assert.equal(differing.status, 1);
    assert.equal(differing.stdout, '');
    assert.match(differing.stderr, /error: virtual_router_id of node02 is not that of node01/);
  });
});

describe('holdfast init', () => {
  test('asks until the answers will do, and what it writes can be planned', () => {
    const made = join(folder, 'asked.yaml');
    const answers = [
      'prod',
      '',
      '',
      'x',
      '10.0.0.9',
      '',
      '',
      '',
      'a=10.0.0.1',
      'b',
      'b=10.0.0.2',
      '',
    ];
    const { status, stdout, stderr } = run('init', [made], `${answers.join('\n')}\n`);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /'x' is no IP address/);
    assert.equal(stdout, `${made} written; next: holdfast plan ${made} -o prod\n`);
    assert.equal(plan(made, '-o', join(folder, 'prod')).status, 0);
    assert.equal(run('init', [made]).status, 1);
  });

  test('asks nothing where options say everything; the end of the input is no answer', () => {
    const made = join(folder, 'given.yaml');
    const options =
      '--name db --purpose tcp --deployment docker --vip 10.0.0.9/24 --interface eth0';
    const ports = '--front-port 3306 --back-port 3307 --host a=10.0.0.1 --host b=10.0.0.2';
    const { status, stderr } = run('init', [made, ...`${options} ${ports}`.split(' ')]);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(readFileSync(made, 'utf8'), /vip: 10\.0\.0\.9\/24\n/);
    assert.equal(run('init', [join(folder, 'unanswered.yaml'), '--name', 'x']).status, 1);
  });
});
