import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { EventRecord, StatusResult } from '../../src/api/protocol.ts';
import type { CommandResult } from '../../src/lab/execute.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  createDaemonLab,
  eventually,
  globals,
  holdfast,
  instance,
  masterOf,
  skipDaemon,
} from './support.ts';

const VIP = '192.168.80.100';

/** What an operator at the console of a host sees and does. */
describe('the commands', { skip: skipDaemon }, () => {
  let lab: Lab;
  let a: Host;
  let b: Host;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    a = lab.host('a');
    b = lab.host('b');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const { processes, directory } of lab.hosts) {
      for (const left of processes) left.signal('SIGCONT');
      for (const left of processes) left.signal('SIGTERM');
      await Promise.all([...processes].map(({ exited }) => exited));
      await a.run(`rm -f '${directory}'/h.*`);
    }
  });

  const configOf = (priority: number, lines: readonly string[] = []) =>
    instance({ priority, lines });

  /** Beside its pid file h.pid the socket is h.sock. */
  function start(host: Host, config: string): Promise<HostProcess> {
    const file = host.write('keepalived.conf', config);
    return host.start({ program: 'holdfast', config: { file }, args: ['-p', host.path('h.pid')] });
  }

  async function startBoth(
    config = configOf(150),
  ): Promise<{ first: HostProcess; second: HostProcess }> {
    const first = await start(a, config);
    await masterOf(first);
    const second = await start(b, configOf(100));
    await second.logContains('Entering BACKUP STATE');
    // A hand-over waits for nobody while nobody was ever heard.
    await eventually(
      async () => {
        const [peer] = (await statusOf(b)).instances;
        const { stdout } = await ask(a, 'explain', 'VI_1');
        return peer?.master !== null && stdout.includes('192.168.80.82') ? true : undefined;
      },
      () => `they do not know of each other\n${first.tail()}\n${second.tail()}`,
    );
    return { first, second };
  }

  const ask = (host: Host, ...words: readonly string[]): Promise<CommandResult> =>
    host.run([holdfast, ...words, '--socket', host.path('h.sock')]);
  async function done(host: Host, ...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await ask(host, ...words);
    assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }
  const statusOf = async (host: Host): Promise<StatusResult> =>
    JSON.parse(await done(host, 'status', '--json'));
  const eventsOf = async (host: Host): Promise<EventRecord[]> =>
    (await done(host, 'events', '--json', '-n', '1000'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const hasState = (host: Host, state: string) =>
    eventually(
      async () => {
        const status = await statusOf(host);
        return status.instances[0]?.state === state ? status : undefined;
      },
      () => `${host.name} is not ${state}`,
    );

  test('status and explain tell who is master, and why', async () => {
    await startBoth();
    const [master] = (await statusOf(a)).instances;
    assert.equal(master?.state, 'master');
    assert.deepEqual(master.addresses.held, [`${VIP}/32`]);
    const [backup] = (await statusOf(b)).instances;
    assert.equal(backup?.state, 'backup');
    assert.deepEqual(backup.master, { address: '192.168.80.81', priority: 150 });
    assert.match(await done(a, 'status'), /VI_1 +MASTER +150 +192\.168\.80\.100\/32 +this host/);
    assert.match(await done(b, 'status'), /VI_1 +BACKUP +100 +- +192\.168\.80\.81 \(150\)/);
    const why = await done(b, 'explain', 'VI_1');
    assert.match(why, /VI_1 is backup/);
    assert.match(why, /Master is 192\.168\.80\.81 with priority 150/);
  });

  test('explain says what cannot be known of a keepalived that is backup', async () => {
    await masterOf(await start(a, configOf(150)));
    await b.start({ program: 'keepalived', config: configOf(100) });
    const why = await eventually(
      async () => {
        const text = await done(a, 'explain', 'VI_1');
        return text.includes('192.168.80.82') ? text : undefined;
      },
      () => 'it was not heard of',
    );
    assert.match(why, /192\.168\.80\.82 +state unknown +priority unknown/);
    assert.match(why, /priority and state of 192\.168\.80\.82: in VRRP only a master speaks/);
    const { stdout } = await ask(a, 'handover', 'VI_1');
    assert.match(stdout, /192\.168\.80\.82 has taken over VI_1 after [\d.]+ ms/);
  });

  test('what is misspelt is told the nearest word', async () => {
    await start(a, configOf(150));
    await eventually(
      () => (existsSync(a.path('h.sock')) ? true : undefined),
      () => 'no socket',
    );
    const wrongName = await ask(a, 'explain', 'VI_2');
    assert.equal(wrongName.status, 1);
    assert.match(wrongName.stderr, /no instance 'VI_2': did you mean 'VI_1'/);
    const wrongCommand = await a.run([holdfast, 'statsu']);
    assert.match(wrongCommand.stderr, /did you mean 'status'/);
    const wrongPriority = await ask(a, 'priority', 'VI_1', '255');
    assert.match(wrongPriority.stderr, /'255' is neither 1 to 254 nor reset/);
  });

  test('the socket is found where daemons usually have it, or where the environment says', async () => {
    const file = a.write('keepalived.conf', configOf(150));
    const args = ['-p', '/run/keepalived.pid'];
    await masterOf(await a.start({ program: 'holdfast', config: { file }, args }));
    assert.equal((await a.run([holdfast, 'status'])).status, 0);
    const elsewhere = await a.run([holdfast, 'status'], {
      env: { HOLDFAST_SOCKET: '/run/no.sock' },
    });
    assert.equal(elsewhere.status, 3);
    assert.match(elsewhere.stderr, /no daemon answers on \/run\/no\.sock/);
  });

  test('handover answers when another host has taken over', async () => {
    await startBoth();
    const { status, stdout, stderr } = await ask(a, 'handover', 'VI_1');
    assert.match(stdout, /^192\.168\.80\.82 has taken over VI_1 after [\d.]+ ms$/m, stderr);
    assert.equal(status, 0);
    assert.equal((await statusOf(b)).instances[0]?.state, 'master');
    const [left] = (await statusOf(a)).instances;
    assert.deepEqual([left?.state, left?.restraint], ['backup', 'handed-over']);
    const events = await eventsOf(a);
    assert(events.some(({ text }) => /an operator had it handed over/.test(text)));
    const again = await ask(a, 'handover', 'VI_1');
    assert.equal(again.status, 1);
    assert.match(again.stdout, /not master of VI_1 \(backup\): 192\.168\.80\.82 is/);
  });

  test('handover with nobody to take over leaves the master in place', async () => {
    const { second } = await startBoth();
    await second.stop({ signal: 'SIGKILL' });
    const { status, stdout } = await ask(a, 'handover', 'VI_1');
    assert.match(stdout, /nobody has taken over VI_1 within [\d.]+ ms: this host goes on serving/);
    assert.equal(status, 1);
    assert.equal((await statusOf(a)).instances[0]?.state, 'master');
  });

  test('handover without waiting, where the file says so, tells who came after', async () => {
    await startBoth(configOf(150, ['@holdfast planned_handover off']));
    const { status, stdout } = await ask(a, 'handover', 'VI_1');
    assert.match(stdout, /^192\.168\.80\.82 has taken over VI_1 after [\d.]+ ms$/m);
    assert.equal(status, 0);
    assert.equal((await statusOf(a)).instances[0]?.state, 'backup');
  });

  test('drain gives up all, survives a reload and a restart, and is taken back', async () => {
    const { first } = await startBoth();
    const said = await done(a, 'drain');
    assert.match(said, /192\.168\.80\.82 has taken over VI_1/);
    assert.match(said, /this host is drained/);
    await done(a, 'reload');
    assert.equal((await statusOf(a)).serving, 'drained');
    assert.equal((await first.stop()).status, 0);
    const again = await start(a, configOf(150));
    await again.logContains('this host was drained by an operator');
    await hasState(a, 'backup');
    assert.match(await done(a, 'status'), /^DRAINED by an operator/m);
    // Longer than it would wait for a master, with none there.
    for (const left of b.processes) left.signal('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal((await statusOf(a)).instances[0]?.state, 'backup');
    await done(a, 'undrain');
    await hasState(a, 'master');
    assert.equal((await statusOf(a)).serving, 'serving');
    assert.equal(existsSync(a.path('h.drained')), false);
  });

  test('priority holds until it is reset, and explain has the sum', async () => {
    const check = ['track_script {', '    check weight -20', '}'];
    const script = `vrrp_script check {
    script "${a.write('check.sh', '#!/bin/sh\necho all of it is broken\nexit 3\n', 0o755)}"
    interval 1
}
`;
    const { first } = await startBoth(`${script}${configOf(150, check)}`);
    const lowered = await eventually(
      async () => {
        const text = await done(a, 'explain', 'VI_1');
        return text.includes('Priority 130:') ? text : undefined;
      },
      () => 'the script does not count',
    );
    assert.match(lowered, /configured +150 +configured/);
    assert.match(lowered, /check +- +20 +script is down \(.*status 3.*\), weight -20/);
    const [judged] = (await eventsOf(a)).filter(({ kind }) => kind === 'priorityChanged');
    assert.match(judged?.text ?? '', /150 -> 130: script check: .*status 3.*all of it is broken/);

    assert.match(await done(a, 'priority', 'VI_1', '90'), /70 in force, set to 90/);
    await first.logContains(/asked over the control socket by user 0, .*: priority VI_1 90$/);
    await hasState(b, 'master');
    const explained = await done(a, 'explain', 'VI_1');
    assert.match(explained, /operator +90 +set by an operator in place of the configured 150/);
    assert.match(explained, /= +70 +in force/);
    assert.match(await done(a, 'priority', 'VI_1', 'reset'), /130 in force, configured 150/);
    await hasState(a, 'master');
  });

  test('reload prints the mistakes, or the difference that it applied', async () => {
    await startBoth(configOf(150, ['preempt_delay 5']));
    const change = (config: string): void =>
      renameSync(a.write('keepalived.new', config), a.path('keepalived.conf'));
    change(configOf(150).replace('virtual_router_id 51', 'virtual_router_id 511'));
    const refused = await ask(a, 'reload');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /the running configuration stays/);
    assert.match(refused.stderr, /keepalived\.conf:5:\d+: error: /);
    assert.match(await done(a, 'status'), /its reload at .* was refused/);

    const two = instance({ name: 'VI_2', vrid: 52, addresses: ['192.168.80.102'] });
    change(`${configOf(140)}${two}`);
    const applied = await done(a, 'reload');
    assert.match(applied, /^added +VI_2$/m);
    assert.match(applied, /^changed +VI_1$/m);
    assert.match(applied, /priority: 150 -> 140/);
    assert.match(applied, /preempt_delay: 5 s -> 0 s/);
    assert.match(await done(a, 'reload'), /nothing has changed \(2 instances\)/);
  });

  test('a reload moves the socket, and closes it', async () => {
    const config = `${globals('control_group daemon')}${configOf(150)}`;
    await masterOf(await start(a, config));
    const elsewhere = a.path('else.sock');
    a.write('keepalived.conf', `${globals(`control_socket ${elsewhere}`)}${configOf(150)}`);
    await done(a, 'reload');
    const moved = () => a.run([holdfast, 'status', '-s', elsewhere]);
    await eventually(
      async () => ((await moved()).status === 0 ? true : undefined),
      () => 'no socket at its new place',
    );
    assert.equal(existsSync(a.path('h.sock')), false);
    a.write('keepalived.conf', `${globals('control_socket off')}${configOf(150)}`);
    assert.equal((await a.run([holdfast, 'reload', '-s', elsewhere])).status, 0);
    await eventually(
      () => (existsSync(elsewhere) ? undefined : true),
      () => 'it is still there',
    );
  });

  test('who may: root and the group; others at most read', async () => {
    await masterOf(await start(a, `${globals('control_group daemon')}${configOf(150)}`));
    const socket = a.path('h.sock');
    const as = (identity: string, words: string): Promise<CommandResult> =>
      a.run(`setpriv ${identity} ${holdfast} ${words} --socket '${socket}'`);
    const nobody = '--reuid=65534 --regid=65534 --clear-groups';
    const kept = await as(nobody, 'status');
    assert.equal(kept.status, 4, kept.stderr);
    assert.match(kept.stderr, /permission denied; only root and the members of group daemon/);

    await a.run(`chmod 0666 '${socket}'`);
    assert.equal((await as(nobody, 'status')).status, 0);
    for (const words of ['drain', 'undrain', 'handover VI_1', 'priority VI_1 1', 'reload']) {
      const refused = await as(nobody, words);
      assert.equal(refused.status, 4, `${words}: ${refused.stdout}`);
      assert.match(refused.stderr, /only root and the socket's group/);
    }
    const [state] = (await statusOf(a)).instances;
    assert.deepEqual([state?.state, state?.priority.effective], ['master', 150]);

    for (const member of [
      '--reuid=1 --regid=1 --clear-groups',
      '--reuid=65534 --regid=65534 --groups=1',
    ]) {
      const allowed = await as(member, 'priority VI_1 77');
      assert.equal(allowed.status, 0, allowed.stderr);
    }
  });

  test('a daemon that hangs is told as such, and since when', async () => {
    const daemon = await start(a, configOf(150));
    await masterOf(daemon);
    daemon.signal('SIGSTOP');
    const hung = await eventually(
      async () => {
        const result = await ask(a, 'status');
        return result.status === 0 || result.stderr.includes('may be about') ? undefined : result;
      },
      () => 'it answers',
    );
    assert.equal(hung.status, 3);
    assert.match(hung.stderr, /the daemon hangs: .*no answer within 2 s/);
    assert.match(hung.stderr, /process \d+ is stopped \(SIGSTOP\)/);
    assert.match(hung.stderr, /its last sign of life was [\d.]+ s ago \(20\d\d-.*Z\)/);
    daemon.signal('SIGCONT');
    await eventually(
      async () => ((await ask(a, 'status')).status === 0 ? true : undefined),
      () => 'it does not answer again',
    );
  });

  test('what a killed daemon left is told from one that runs, and replaced', async () => {
    const none = await ask(a, 'status');
    assert.equal(none.status, 3);
    assert.match(none.stderr, /no daemon answers on .*h\.sock: there is no such socket/);
    const killed = await start(a, configOf(150));
    await masterOf(killed);
    await killed.stop({ signal: 'SIGKILL' });
    assert.match((await ask(a, 'status')).stderr, /the one that made it has ended/);
    await masterOf(await start(a, configOf(150)));
    assert.equal((await ask(a, 'status')).status, 0);
  });

  test('events are followed as they come, and written to a file', async () => {
    const file = a.path('h.events');
    const daemon = await start(a, `${globals(`events_file ${file}`)}${configOf(150)}`);
    await masterOf(daemon);
    const words = ['events', '--follow', '--socket', a.path('h.sock')];
    const follower = await a.spawn([holdfast, ...words], { name: 'events' });
    await follower.logContains(/INIT -> BACKUP \(priority 150\): started$/);
    await follower.logContains(/BACKUP -> MASTER \(priority 150\): no master was heard/);
    await done(a, 'priority', 'VI_1', '99');
    await follower.logContains(/priority 150 -> 99: an operator set the priority/);
    // Nothing waits for it any more.
    follower.signal('SIGKILL');
    assert.equal((await daemon.stop()).status, 0, daemon.tail());
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const kinds = lines.map((line): string => JSON.parse(line).text);
    assert.match(kinds[0] ?? '', /INIT -> BACKUP/);
    assert.match(kinds.at(-1) ?? '', /MASTER -> INIT .*: the daemon stops/);
  });
});
