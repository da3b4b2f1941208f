import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Observation } from './observation.ts';

const SIGNALS = { json: 36, clear: 63, threads: 64 } as const;

interface Settings {
  readonly priority?: number;
  readonly only?: readonly string[];
}

/** What holdfast alone does when it leaves, or where it had no processor for three intervals, would be a difference. */
function config({ priority = 150, only = ['V1', 'V2', 'V3'] }: Settings = {}): string {
  const instances = [
    `vrrp_instance V1 {
  interface eth0
  version 2
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    192.168.80.101/24
    192.168.80.102/24 dev eth0 label eth0:x
  }
  virtual_ipaddress_excluded {
    fd00:80::101/64
    192.168.80.103
  }
  track_interface {
    eth0
    lo weight 5
  }
  track_script {
    s
  }
  authentication {
    auth_type PASS
    auth_pass secret
  }
  notify "@bin/spy any"
  notify_master "@bin/spy 'one word' two"
  notify_stop "@bin/spy stop" nobody
  notify_master_rx_lower_pri "@bin/spy lower"
}`,
    `vrrp_instance V2 {
  interface eth0
  virtual_router_id 52
  advert_int 0.2
  nopreempt
  notify_priority_changes false
  virtual_ipaddress {
    192.168.80.105/24
  }
  notify "@bin/spy any"
  notify_deleted "@bin/spy gone"
}`,
    `vrrp_instance V3 {
  interface eth0
  virtual_router_id 53
  advert_int 0.2
  preempt_delay 7
  unicast_peer {
    192.168.80.82
  }
  virtual_ipaddress {
    fe80::53
  }
  notify "@bin/spy any"
  notify_fault "@bin/spy fault"
}`.replace('192.168.80.82', 'fd00:80::82'),
  ];
  return `global_defs {
  @holdfast planned_handover off
  @holdfast fast_takeover off
  @holdfast dead_man off
  vrrp_version 3
  router_id lab
  script_user root
  vrrp_notify_fifo @pipe
  notify_fifo @all nobody
  notify_fifo_script "@bin/reader one"
  vrrp_notify_priority_changes true
  config_save_dir @save
}
vrrp_script s {
  script "/usr/bin/test ! -e @down"
  interval 1
  weight -20
}
${instances.filter((text) => only.some((name) => text.includes(`vrrp_instance ${name} `))).join('\n')}
`;
}

const RIVAL = `vrrp_instance V1 {
  interface eth0
  virtual_router_id 51
  priority 50
  virtual_ipaddress {
    192.168.80.101/24
    192.168.80.102/24
  }
  authentication {
    auth_type PASS
    auth_pass secret
  }
}
`;

interface Json {
  readonly data: Record<string, unknown>;
  readonly stats: Record<string, number>;
}

describe('what other programs see of holdfast and of keepalived', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, () => {
  let ours: Observation;
  let theirs: Observation;
  const both = <Value>(act: (one: Observation) => Promise<Value>): Promise<[Value, Value]> =>
    Promise.all([act(ours), act(theirs)]);

  before(async () => {
    [ours, theirs] = await Promise.all([
      Observation.create('holdfast'),
      Observation.create('keepalived'),
    ]);
  });
  after(() => Promise.all([ours?.destroy(), theirs?.destroy()]));

  test('pipes are told of every change, in the same lines', { timeout: 90_000 }, async () => {
    await both(async (one) => {
      await one.start(config());
      for (const line of ['V1" MASTER 155', 'V2" MASTER 100', 'V3" MASTER 100']) {
        await one.untilTold(`INSTANCE "${line}`);
      }
    });
    const modes = (one: Observation): string[] =>
      ['pipe', 'all'].map((name) => {
        const { mode, uid, gid } = statSync(one.path(name));
        return `${mode.toString(8)} ${uid} ${gid}`;
      });
    assert.deepEqual(modes(ours), modes(theirs));
    // V1 falls below itself, and rises again.
    await both(async (one) => {
      const rival = await one.startRival(RIVAL);
      await one.untilTold('INSTANCE "V1" MASTER_RX_LOWER_PRI 155');
      await rival.stop();
      one.host.write('down', '');
      await one.untilTold('INSTANCE "V1" MASTER_PRIORITY 135');
      await one.host.run(['rm', one.path('down')]);
      await one.untilTold('INSTANCE "V1" MASTER_PRIORITY 155');
      const since = one.lines().length - 1;
      await one.host.setCable('pulled');
      for (const name of ['V1', 'V2', 'V3']) {
        await one.until(
          () =>
            one
              .lines()
              .slice(since)
              .some((line) => line.startsWith(`INSTANCE "${name}" FAULT`)),
          `${name} notices nothing`,
        );
      }
      await one.host.setCable('plugged');
      for (const line of ['V1" MASTER 155', 'V2" MASTER 100', 'V3" MASTER 100']) {
        await one.untilTold(`INSTANCE "${line}`, since);
      }
    });
    assert.deepEqual(perInstance(ours), perInstance(theirs));
  });

  test('the JSON dump has the same keys in the same order, and values', async () => {
    const [mine, model] = await both(async (one) => {
      return JSON.parse(await one.dump(SIGNALS.json, 'keepalived.json')) as Json[];
    });
    assert.equal(mine.length, model.length);
    for (const [index, expected] of model.entries()) {
      const { data, stats } = mine[index] ?? assert.fail('an instance is missing');
      const common = Object.keys(stats).filter((key) => key in expected.stats);
      assert.deepEqual(Object.keys(data), Object.keys(expected.data));
      assert.deepEqual(common, Object.keys(expected.stats));
      const told = { ...expected.data, last_transition: 0, auth_data: '' };
      assert.deepEqual({ ...data, last_transition: 0, auth_data: '' }, told);
      assert.equal(typeof data.last_transition, typeof expected.data.last_transition);
      assert.notEqual(data.auth_data, 'secret');
      assert.equal(stats.become_master, expected.stats.become_master);
    }
  });

  test('the text dump says the same in the same order', async () => {
    const [mine, model] = await both((one) => one.dump('SIGUSR1', 'keepalived.data'));
    const told = factsOf(mine);
    const expected = factsOf(model);
    const headings = told.filter((line) => line.startsWith('---'));
    assert.deepEqual(
      headings,
      expected.filter((line) => headings.includes(line)),
    );
    const instances = (lines: string[]): string[] => {
      const begin = lines.indexOf('------< VRRP Topology >------');
      const length = lines.slice(begin + 1).findIndex((line) => line.startsWith('---'));
      return lines.slice(begin, begin + 1 + length);
    };
    assert.deepEqual(instances(told), instances(expected));
    // Around them holdfast says less, and nothing else.
    const rest = told.slice(0, told.indexOf('------< VRRP Topology >------'));
    assert.deepEqual(
      rest.filter((line) => !expected.includes(line)),
      [],
    );
    assert.deepEqual(
      dumpFiles(ours).filter((file) => file.includes('data')),
      dumpFiles(theirs).filter((file) => file.includes('data')),
    );
  });

  test('counters are written, and cleared after it', async () => {
    const [mine, model] = await both(async (one) => {
      const first = await one.dump(SIGNALS.clear, 'keepalived.stats');
      return [first, await one.dump('SIGUSR2', 'keepalived.stats')];
    });
    const shape = (text = ''): string => text.replaceAll(/(Received|Sent): [1-9]\d*/g, '$1: some');
    assert.equal(shape(mine[0]), shape(model[0]));
    assert.match(mine[0] ?? '', /Became master: 2\n/);
    // Between the two dumps an advert went out, or none.
    const cleared = (text = ''): string => text.replaceAll(/(Received|Sent): \d+/g, '$1: few');
    assert.equal(cleared(mine[1]), cleared(model[1]));
    assert.match(mine[1] ?? '', /Priority Zero:\n\s+Received: 0\n\s+Sent: 0\n/);
    assert.match(mine[1] ?? '', /Became master: 0\n/);
    assert.deepEqual(dumpFiles(ours), dumpFiles(theirs));
  });

  test('a thousand signals end nobody', async () => {
    await both(async (one) => {
      for (let count = 0; count < 200; count++) {
        for (const signal of [...Object.values(SIGNALS), 'SIGUSR1', 'SIGUSR2'] as const) {
          // To keepalived the last one is unknown: it would be its end.
          if (signal !== SIGNALS.threads || one === ours) one.signal(signal);
        }
      }
      JSON.parse(await one.dump(SIGNALS.json, 'keepalived.json'));
    });
    assert.equal(ours.daemon.end, undefined);
  });

  test('a reload tells of what is gone, and keeps copies', async () => {
    await both(async (one) => {
      const since = one.lines().length - 1;
      one.reload(config({ only: ['V1'] }));
      await one.untilTold('INSTANCE "V2" DELETED 100', since);
      await one.untilTold('INSTANCE "V3" FAULT 100', since);
      await one.until(() => readdirSync(one.path('save')).length === 4, 'copies are missing');
    });
    // After every reload keepalived tells anew what trackers make of a priority, even of a master's.
    const isAgain = (line: string, at: number) => at > 0 && line.includes('BACKUP_PRIORITY');
    const told = Object.entries(perInstance(theirs)).map(([name, lines]) => {
      return [name, lines.filter((line, at) => !isAgain(line, at))] as const;
    });
    assert.deepEqual(perInstance(ours), Object.fromEntries(told));
    const names = (one: Observation): string[] =>
      readdirSync(one.path('save'))
        .map((name) => name.replace(/\.\d+\./, '.PID.'))
        .sort();
    assert.deepEqual(names(ours), names(theirs));
  });

  test('scripts get the same arguments and surroundings', async () => {
    await both(async (one) => {
      await one.stop();
      await one.until(() => one.spied().has('any INSTANCE V1 STOP 155'), 'no stop script ran');
      await one.until(() => one.spied().has('stop'), 'the stop script of nobody did not run');
    });
    const [mine, model] = [ours.spied(), theirs.spied()];
    assert.deepEqual([...mine.keys()].sort(), [...model.keys()].sort());
    for (const [call, seen] of mine) assert.equal(seen, model.get(call), call);
    assert.deepEqual(ours.lines().slice(-2), theirs.lines().slice(-2));
  });

  test('what reads a pipe has read all and is ended; pipes are gone', async () => {
    const lines = (one: Observation): string[] => one.read('read').split('\n');
    assert.deepEqual(lines(ours).filter((line) => line === 'argv: one').length, 1);
    assert.deepEqual(lines(ours).slice(-2), ['TERM', '']);
    for (const name of ['pipe', 'all']) {
      assert.deepEqual([existsSync(ours.path(name)), name], [existsSync(theirs.path(name)), name]);
    }
  });
});

/** Lines of different instances come in any order, and a rival is heard more or less often. */
function perInstance(one: Observation): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const line of one.lines()) {
    const name = line.split('"')[1] ?? '';
    groups[name] ??= [];
    const group = groups[name];
    if (!line.includes(' MASTER_RX_LOWER_PRI ') || group.at(-1) !== line) group.push(line);
  }
  return groups;
}

/** Names and modes of what lies in the temporary directory. */
function dumpFiles(one: Observation): string[] {
  return readdirSync(one.path('tmp'))
    .filter((name) => name.startsWith('keepalived'))
    .map((name) => `${name} ${statSync(one.path(`tmp/${name}`)).mode.toString(8)}`)
    .sort();
}

/** Instants and what only one host has are left out. */
function factsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^ +(Last transition|Read timeout|Password) =/.test(line))
    .filter((line) => !isOwnMatter(line))
    .map((line) => line.replaceAll(/fe80::[0-9a-f:]+:[0-9a-f:]+/g, 'fe80::…'))
    .map((line) => line.replaceAll(/\/\S*\/(bin|pipe|all|down)\b/g, '/…/$1'));
}

/** Descriptors, and a bug: 2.2.7 says the opposite of what it does. */
function isOwnMatter(line: string): boolean {
  return /^ +(fd_in|Check unicast src)/.test(line);
}
