import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from './host-check.ts';
import { checkAgainstHost, exitClass } from './index.ts';
import { read } from './test-support.ts';

const text = (globals = '') => `global_defs {
  ${globals}
}
vrrp_script chk {
  script "/bin/chk -x"
  weight -20
}
vrrp_script other {
  script /bin/other
}
vrrp_instance A {
  interface eth0
  virtual_router_id 1
  virtual_ipaddress {
    10.0.0.1
    10.0.0.2 dev eth1
  }
  track_interface {
    eth2
  }
  track_script {
    chk
    other
  }
  notify_master /bin/notify nobody
}
`;

const healthy: HostFacts = {
  interface: () => 'present',
  script: () => 'ok',
  user: (name) => (name === 'keepalived_script' ? 'missing' : 'present'),
  group: () => 'present',
};

function check(facts: Partial<HostFacts>, globals?: string) {
  const { model, positions, diagnostics } = read(text(globals));
  assert.deepEqual(diagnostics, []);
  const checked = checkAgainstHost(model, positions, { ...healthy, ...facts });
  const said = checked.diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
  return { ...checked, said, exit: exitClass(checked.diagnostics) };
}

const secure = 'enable_script_security\n  script_user root';

test('a host that has everything', () => {
  const { said, exit, model } = check({}, secure);
  assert.deepEqual(said, []);
  assert.equal(exit, 0);
  assert.deepEqual(model, read(text(secure)).model);
});

test('scripts without script security are a security matter, told once', () => {
  const { said, exit } = check({});
  assert.deepEqual(said, ['scripts-unprotected 5:10']);
  assert.equal(exit, 6);
});

test('a script that is missing is dropped together with what tracks it', () => {
  const { said, exit, model } = check(
    { script: ({ argv }) => (argv[0] === '/bin/chk' ? 'missing' : 'ok') },
    secure,
  );
  assert.deepEqual(said, ['script-not-found 6:10']);
  assert.equal(exit, 5);
  assert.deepEqual(
    model.instances[0]?.trackedScripts.map(({ name }) => name),
    ['other'],
  );
  assert.deepEqual(
    model.scripts.map(({ name }) => name),
    ['other'],
  );
});

test('a script that is not executable is not run, but is still to be protected', () => {
  const { said, exit, model } = check({ script: () => 'not-executable' });
  assert.deepEqual(said, [
    'script-not-executable 5:10',
    'scripts-unprotected 5:10',
    'script-not-executable 9:10',
    'script-not-executable 25:17',
  ]);
  assert.equal(exit, 6);
  assert.deepEqual(model.instances[0]?.notify, {});
});

test('a script of root that others may change is refused under script security only', () => {
  const facts: Partial<HostFacts> = { script: () => 'writable-by-others' };
  const enforced = check(facts, secure);
  assert.deepEqual(enforced.said, ['script-refused 6:10', 'script-refused 10:10']);
  assert.equal(enforced.exit, 5);
  assert.deepEqual(enforced.model.instances[0]?.trackedScripts, []);
  // notify_master runs as nobody, whom the file may belong to.
  assert.deepEqual(enforced.model.instances[0]?.notify.master?.user, 'nobody');
  const lenient = check(facts);
  assert.deepEqual(lenient.said, [
    'script-writable 5:10',
    'scripts-unprotected 5:10',
    'script-writable 9:10',
  ]);
  assert.equal(lenient.model.instances[0]?.trackedScripts.length, 2);
});

test('the user keepalived_script is used where it exists and none is configured', () => {
  const { said, model } = check({ user: () => 'present' }, 'enable_script_security');
  assert.deepEqual(said, []);
  assert.equal(model.scripts[0]?.command.user, 'keepalived_script');
  assert.equal(model.instances[0]?.notify.master?.user, 'nobody');
});

test('script security without a user to run scripts as drops them', () => {
  const { said, exit } = check({}, 'enable_script_security');
  assert.deepEqual(said, ['unknown-user 5:10', 'unknown-user 9:10']);
  assert.equal(exit, 5);
});

test('a user who does not exist', () => {
  const { said, exit, model } = check(
    { user: (name) => (name === 'nobody' ? 'missing' : 'present') },
    secure,
  );
  // keepalived's -t is silent about notifications.
  assert.deepEqual(said, ['notify-unusable 26:17']);
  assert.equal(exit, 0);
  assert.deepEqual(model.instances[0]?.notify, {});
});

test('interfaces that are missing are named where they are written', () => {
  const { said, exit, model } = check({ interface: () => 'missing' }, secure);
  assert.deepEqual(said, [
    'interface-not-found 13:13',
    'interface-not-found 17:5',
    'interface-not-found 20:5',
  ]);
  assert.equal(exit, 5);
  assert.equal(model.instances.length, 1);
});

test('dynamic interfaces may be missing', () => {
  const { said } = check({ interface: () => 'missing' }, `dynamic_interfaces\n  ${secure}`);
  assert.deepEqual(said, []);
});

const servers = (globals: string, user = '') => `global_defs {
  ${globals}
}
virtual_server 10.0.0.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum_up /bin/up
  real_server 10.0.0.2 80 {
    notify_down "/bin/down now" nobody
    MISC_CHECK {
      misc_path "/bin/check -x"
      ${user}
    }
  }
}
`;

function checkServers(facts: Partial<HostFacts>, globals: string, user?: string) {
  const { model, positions, claims } = read(servers(globals, user));
  const { diagnostics } = checkAgainstHost(model, positions, { ...healthy, ...facts }, claims);
  const said = diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
  return { said, exit: exitClass(diagnostics) };
}

test('scripts of virtual servers are held against the host like all others', () => {
  assert.deepEqual(checkServers({}, secure), { said: [], exit: 0 });
  assert.deepEqual(checkServers({}, ''), { said: ['scripts-unprotected 10:17'], exit: 6 });
  assert.deepEqual(checkServers({ script: () => 'missing' }, ''), {
    said: ['notify-unusable 8:13', 'notify-unusable 10:17', 'notify-unusable 12:17'],
    exit: 0,
  });
});

test('of a health check keepalived asks for the user, of a notification it does not', () => {
  const facts: Partial<HostFacts> = { user: (name) => (name === 'root' ? 'present' : 'missing') };
  assert.deepEqual(checkServers(facts, secure, 'user nobody'), {
    said: ['notify-unusable 11:17', 'unknown-user 13:17'],
    exit: 5,
  });
  assert.deepEqual(checkServers({}, 'enable_script_security'), {
    said: ['unknown-user 8:13', 'unknown-user 12:17'],
    exit: 5,
  });
});
