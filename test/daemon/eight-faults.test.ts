import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { EventRecord } from '../../src/api/events.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { createDaemonLab, eventually, holdfast, instance, skipDaemon } from './support.ts';
import { Witness, witnessLines } from './witness.ts';

const VIP = '192.168.80.100';
const A = '192\\.168\\.80\\.81';
const B = '192\\.168\\.80\\.82';
const transitions = (from: string, to: string, cause: string) =>
  `holdfast_vrrp_transitions_total{vrrp_instance="VI_1",from="${from}",to="${to}",cause="${cause}"}`;

/**
 * Each fault is made for real, and then every host is asked what it thinks has happened: by the
 * commands, by HTTP and by the metrics. The word that names the cause must be there.
 */
describe('eight faults, and what the hosts say about them', { skip: skipDaemon }, () => {
  let lab: Lab;
  /** The usual master. */
  let a: Witness;
  let b: Witness;
  let stranger: Host;
  before(async () => {
    lab = await createDaemonLab('a', 'b', 'c');
    a = new Witness(lab.host('a'));
    b = new Witness(lab.host('b'));
    stranger = lab.host('c');
    await start(b, 100);
    await start(a, 110);
    await a.becomes('master');
    await b.becomes('backup');
  });
  after(() => lab?.destroy());

  async function start(witness: Witness, priority: number): Promise<void> {
    const { host } = witness;
    const script = host.write(
      'check.sh',
      `#!/bin/sh\n[ ! -e ${host.path('broken')} ] || { echo 'no route to the database'; exit 7; }\n`,
    );
    await host.run(['chmod', '755', script]);
    const config = `global_defs {
    script_user root
    log_unknown_vrids
${witnessLines(host)}}
vrrp_script chk {
    script ${script}
    interval 1
}
${instance({ priority, advertInt: 1, lines: ['track_script {', 'chk', '}'] })}`;
    const args = [`--record=${host.path('flight')}`];
    const daemon = await host.start({ program: 'holdfast', config, args });
    witness.beginAnew(daemon);
    await daemon.logContains(/Entering \w+ STATE/, { timeoutMs: 30_000 });
  }

  const daemonOf = ({ daemon }: Witness): HostProcess => {
    assert(daemon !== undefined);
    return daemon;
  };

  async function begin(): Promise<void> {
    await a.becomes('master');
    await b.becomes('backup');
    await Promise.all([a.begin(), b.begin()]);
  }

  const lacks = ({ host }: Witness) =>
    eventually(
      () => (host.holds(VIP) ? undefined : true),
      () => `${host.name} still has ${VIP}`,
    );

  /** What the one that takes over says where the other just fell silent. */
  const silence = {
    kind: 'transition',
    text: /MASTER/,
    cause: new RegExp(`no advertisement from ${A} any more`),
    metric: transitions('backup', 'master', 'masterDown'),
  };
  /** Where it has said that it goes. */
  const left = {
    kind: 'transition',
    text: /MASTER/,
    cause: new RegExp(`${A} said that it stops`),
    metric: transitions('backup', 'master', 'masterDown'),
  };
  /** The better one is back, as it says itself … */
  const better = new RegExp(`${B} has priority 100, ours is 110`);
  /** … and as the other one says. */
  const preempted = {
    kind: 'transition',
    cause: new RegExp(`${A}.*priority 110, ours 100`),
    metric: transitions('master', 'backup', 'advert'),
  };

  test('1. the daemon is killed', async () => {
    await begin();
    daemonOf(a).signal('SIGKILL');
    await daemonOf(a).exited;
    await b.tells(silence);
    await b.becomes('master', silence.cause);
    const { status, stderr } = await a.command('status', '--json');
    assert.equal(status, 3, stderr);
    await lacks(a);
    await start(a, 110);
    await a.tells({ kind: 'transition', cause: /started/ });
    await a.becomes('master', better);
    await b.tells(preempted);
    await b.becomes('backup', preempted.cause);
  });

  test('2. the daemon hangs', async () => {
    await begin();
    daemonOf(a).signal('SIGSTOP');
    await b.tells(silence);
    const hanging = await a.command('status');
    assert.equal(hanging.status, 3);
    assert.match(hanging.stderr, /hangs/);
    await lacks(a);
    await b.becomes('master', silence.cause);
    daemonOf(a).signal('SIGCONT');
    await a.tells({
      kind: 'transition',
      cause: /slept for [\d.]+ s/,
      metric: transitions('master', 'backup', 'overslept'),
    });
    await a.becomes('master', better);
    await b.tells(preempted);
  });

  test('3. the daemon is stopped', async () => {
    await begin();
    const { number } = (await a.events()).at(-1) ?? { number: 0 };
    assert.equal((await daemonOf(a).stop()).status, 0);
    await b.tells(left);
    await b.becomes('master', left.cause);
    // Nobody can be asked any more; the file remembers.
    const kept = readFileSync(a.host.path('events.log'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as EventRecord);
    const pid = kept.findLastIndex((event) => event.number === number);
    const last = kept.slice(pid + 1);
    assert(
      last.some(({ kind, text }) => kind === 'handoverBegan' && /shutdown/.test(text)),
      JSON.stringify(last),
    );
    const ended = last.find(({ kind }) => kind === 'handoverEnded');
    assert.match(ended?.text ?? '', new RegExp(`${B} has taken over`));
    assert.match(last.at(-1)?.cause ?? '', /the daemon stops/);
    await start(a, 110);
    await a.becomes('master');
  });

  test('4. the cable is pulled', async () => {
    await begin();
    await a.host.setCable('pulled');
    await a.tells({
      kind: 'transition',
      cause: /interface eth0 down/,
      metric: transitions('master', 'fault', 'interface'),
    });
    await a.becomes('fault', /interface eth0 down/);
    assert.deepEqual((await a.status()).instances[0]?.faults, ['interface eth0 down']);
    await b.tells(silence);
    await b.becomes('master', silence.cause);
    await a.host.setCable('plugged');
    await a.tells({
      kind: 'transition',
      cause: /all faults are gone/,
      metric: transitions('fault', 'backup', 'recovered'),
    });
  });

  test('5. a script fails', async () => {
    await begin();
    await a.host.run(['touch', a.host.path('broken')]);
    const why = 'script chk: exited with status 7: "no route to the database"';
    const told = await a.tells({
      kind: 'transition',
      cause: /exited with status 7/,
      metric: transitions('master', 'fault', 'tracker'),
    });
    assert.equal(told.cause, why);
    await a.becomes('fault', /exited with status 7/);
    assert.deepEqual((await a.status()).instances[0]?.faults, [why]);
    await b.tells(left);
    await b.becomes('master', left.cause);
    await a.host.run(['rm', a.host.path('broken')]);
    await a.tells({ kind: 'scriptJudged', text: /succeeded/ });
  });

  test('6. an operator drains the host', async () => {
    await begin();
    assert.equal((await a.command('drain')).status, 0);
    await a.tells({ kind: 'drainChanged', text: /drained/ });
    await a.tells({ kind: 'handoverBegan', text: /drain/ });
    await a.tells({
      kind: 'handoverEnded',
      text: new RegExp(`${B} has taken over`),
      metric: 'holdfast_vrrp_handovers_total{vrrp_instance="VI_1",outcome="taken-over"}',
    });
    await a.tells({
      kind: 'transition',
      cause: /an operator drained this host/,
      metric: transitions('master', 'backup', 'operator'),
    });
    await a.becomes('backup', /an operator drained this host/);
    assert.equal((await a.status()).serving, 'drained');
    assert.equal((await a.status()).instances[0]?.restraint, 'drained');
    assert.equal((await a.metrics()).get('holdfast_vrrp_drained'), 1);
    await b.becomes('master', left.cause);
    assert.equal((await a.command('undrain')).status, 0);
    await a.tells({ kind: 'drainChanged', text: /not drained any more/ });
  });

  test('7. something removes the address', async () => {
    await begin();
    const removed = await a.host.run(['ip', 'address', 'del', `${VIP}/32`, 'dev', 'eth0']);
    assert.equal(removed.status, 0, removed.stderr);
    await a.tells({ kind: 'addressRestored', text: new RegExp(`${VIP} was removed`) });
    await eventually(
      () => (a.host.holds(VIP) ? true : undefined),
      () => `${VIP} is not put back`,
    );
    const [held] = (await a.status()).instances;
    assert.deepEqual(held?.addresses.held, [`${VIP}/32`]);
    assert.equal(held?.state, 'master');
    assert.equal((await b.events()).filter(({ kind }) => kind === 'transition').length, 0);
  });

  test('8. a stranger advertises our VRID, and another one', async () => {
    await begin();
    const foreign = (name: string, vrid: number, address: string, version: 2 | 3): string =>
      instance({ name, vrid, advertInt: 1, addresses: [address] }).replace(
        'version 3',
        `version ${version}`,
      );
    const config =
      foreign('ours', 51, '192.168.80.200', 2) + foreign('other', 77, '192.168.80.201', 3);
    const daemon = await stranger.start({ program: 'holdfast', config });
    for (const witness of [a, b]) {
      await witness.tells({ kind: 'unknownVrid', text: /VRID 77 from 192\.168\.80\.83/ });
      await witness.tells({
        kind: 'advertRefused',
        text: /192\.168\.80\.83.*version 2, expected 3/,
        metric: 'holdfast_vrrp_adverts_refused_total{vrrp_instance="VI_1",reason="version"}',
      });
    }
    const { stdout } = await stranger.run(['cat', '/sys/class/net/eth0/address']);
    await a.tells({
      kind: 'rivalSeen',
      text: new RegExp(
        `192\\.168\\.80\\.83.*${stdout.trim()}|${stdout.trim()}.*192\\.168\\.80\\.83`,
      ),
      metric: 'holdfast_vrrp_split_brain_sightings_total{vrrp_instance="VI_1",how="adverts"}',
    });
    assert.equal((await daemon.stop()).status, 0);
    // And one that just takes the address, without a word.
    await a.begin();
    await stranger.run(['ip', 'address', 'add', `${VIP}/32`, 'dev', 'eth0']);
    await a.tells({
      kind: 'rivalSeen',
      text: new RegExp(`${stdout.trim()} answers for ${VIP}`),
      metric: 'holdfast_vrrp_split_brain_sightings_total{vrrp_instance="VI_1",how="answers"}',
    });
    await stranger.run(['ip', 'address', 'del', `${VIP}/32`, 'dev', 'eth0']);
  });

  test('and the table of `holdfast status` is there for people', async () => {
    await begin();
    const { stdout, status } = await a.command('status');
    assert.equal(status, 0);
    assert.match(stdout, /VI_1.*master/i);
    const page = (await a.http('/v1/status')) as { readonly result: unknown };
    const own = await a.status();
    assert.deepEqual(
      (page.result as typeof own).instances.map(({ name, state }) => ({ name, state })),
      own.instances.map(({ name, state }) => ({ name, state })),
    );
    for (const witness of [a, b]) assert.equal((await daemonOf(witness).stop()).status, 0);
  });

  test('and a replay of what was recorded meanwhile tells the same', async () => {
    for (const { host } of [a, b]) {
      const { stdout, stderr, status } = await host.run([
        ...[holdfast, 'replay', '--verify', host.path('flight')],
      ]);
      assert.equal(status, 0, stdout + stderr);
    }
    const { stdout } = await b.host.run([holdfast, 'replay', b.host.path('flight')]);
    const causes = stdout.split('\n').filter((line) => line.includes('-> MASTER'));
    // Killed, hung, cable; and stopped, script, drained, stopped at the end.
    assert.equal(causes.filter((line) => silence.cause.test(line)).length, 3, stdout);
    assert.equal(causes.filter((line) => left.cause.test(line)).length, 4, stdout);
  });
});
