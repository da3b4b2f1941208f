import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { createDaemonLab, holdfast, instance, skipDaemon } from './support.ts';

const group = '/usr/local/bin';
const files: Readonly<Record<string, string>> = {
  good: instance(),
  'good, version 2 with a password': instance({
    lines: ['authentication {', '  auth_type PASS', '  auth_pass secret', '}'],
    advertInt: 1,
  }).replace('version 3', 'version 2'),
  'good, with comments and odd spacing': `! one\n# two\n\n${instance().replaceAll('    ', '\t')}`,
  empty: '',
  'without instances': 'global_defs {\n    router_id one\n}\n',
  'the own interface tracked': instance({ lines: ['track_interface {', '  eth0', '}'] }),
  'an unknown keyword': instance({ lines: ['nonsense 1'] }),
  'an unknown block': `nonsense {\n    some thing\n}\n${instance()}`,
  'a priority out of range': instance({ priority: 300 }),
  'a VRID out of range': instance({ vrid: 300 }),
  'no VRID': instance().replace(/.*virtual_router_id.*\n/, ''),
  'no interface': instance().replace(/.*interface.*\n/, ''),
  'an interface that is not there': instance({ interface: 'eth7' }),
  'one VRID twice on an interface': instance() + instance({ name: 'VI_2' }),
  'one name twice': instance() + instance({ vrid: 52 }),
  'a brace too few': `${instance()}vrrp_instance VI_2 {\n    interface eth0\n`,
  'a brace too many': `${instance()}}\n`,
  'a password of nine characters': instance({
    lines: ['authentication {', '  auth_type PASS', '  auth_pass ninechars', '}'],
    advertInt: 1,
  }).replace('version 3', 'version 2'),
  'an address that is none': instance({ addresses: ['192.168.80.300'] }),
  'two addresses on a line': instance({ addresses: ['192.168.80.100 192.168.80.101'] }),
  'no addresses': instance({ addresses: [] }),
  'a state that is none': instance().replace('BACKUP', 'SLAVE'),
  'nopreempt and MASTER': instance({ lines: ['nopreempt'] }).replace('BACKUP', 'MASTER'),
  'a script that is missing': `vrrp_script s {\n    script "${group}/missing"\n}\n${instance({
    lines: ['track_script {', '  s', '}'],
  })}`,
  'a script that is not defined': instance({ lines: ['track_script {', '  s', '}'] }),
  'a weight out of range': `vrrp_script s {\n    script "/bin/true"\n    weight 300\n}\n${instance({
    lines: ['track_script {', '  s', '}'],
  })}`,
  'an included file that is missing': `include /nowhere/*.conf\n${instance()}`,
};

/** `keepalived -t` says by its exit status how bad it is; tools that deploy files go by it. */
describe('-t', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  const check = async (command: readonly string[]) => {
    const { status, stderr } = await host.run([...command]);
    return { status, stderr };
  };

  for (const [title, text] of Object.entries(files)) {
    test(`${title}: holdfast's exit status is keepalived's`, async () => {
      const file = host.write('check.conf', text);
      const [theirs, ours, check2] = await Promise.all([
        check(['keepalived', '-t', '-l', '-f', file]),
        check([holdfast, '-t', '-f', file]),
        check([holdfast, 'check', '-f', file]),
      ]);
      const said = `keepalived:\n${theirs.stderr}\nholdfast:\n${ours.stderr}`;
      assert.equal(ours.status, theirs.status, said);
      assert.equal(check2.status, ours.status);
    });
  }

  test('a file that is not there is an error, other than with keepalived', async () => {
    const ours = await check([holdfast, '-t', '-f', '/nowhere/keepalived.conf']);
    assert.notEqual(ours.status, 0);
    assert.match(ours.stderr, /\/nowhere\/keepalived\.conf/);
  });

  test('the report may go to a file', async () => {
    const file = host.write('check.conf', files['an unknown keyword'] ?? '');
    const report = host.path('report');
    const ours = await check([holdfast, `-t${report}`, '-f', file]);
    assert.equal(ours.stderr, '');
    const { stdout } = await host.run(['cat', report]);
    assert.match(stdout, /check\.conf:\d+:\d+/);
  });
});
