/** What the log of Debian's haproxy 2.6 said of the same orders, line for line, but for names. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { millis, seconds } from '../../../base/time.ts';
import { effectiveWeight, isUsable } from '../usable.ts';
import { parseWeight } from './orders.ts';
import { REFUSED, Stage, testBackend, testCheck, testConfig, testServer } from './test-stage.ts';
import type { ServerOrder } from './types.ts';

const check = testCheck({ inter: millis(200) });
const agent = { port: 1, inter: millis(300) };
const state = (to: 'ready' | 'drain' | 'maint'): ServerOrder => ({ kind: 'state', to });
const health = (to: 'up' | 'stopping' | 'down'): ServerOrder => ({ kind: 'health', to });

/** `up` and `dn` with who tracks them, a backup, and one alone. */
function stageOf(): Stage {
  const stage = new Stage(
    testConfig([
      testBackend('b', [
        testServer('up', { check }),
        testServer('dn', { check }),
        testServer('bk', { check, backup: true }),
      ]),
      testBackend('tr', [
        testServer('t1', { track: { proxy: 'b', server: 'up' } }),
        testServer('t2', { track: { proxy: 'b', server: 'dn' } }),
      ]),
      testBackend('lx', [testServer('o1', { check })], { kind: 'listen' }),
    ]),
  ).start();
  for (const path of ['b/dn', 'b/bk']) stage.answers.set(path, REFUSED);
  stage.pass(900);
  stage.said();
  return stage;
}

/** Without times. */
function play(
  stage: Stage,
  orders: readonly (readonly [string, ServerOrder])[],
  pauseMs = 0,
): string[] {
  for (const [path, order] of orders) {
    assert.equal(stage.order(path, order), undefined);
    stage.pass(pauseMs);
  }
  return stage.said().map((line) => line.slice(line.indexOf(' ') + 1));
}

const NONE_LEFT = '0 sessions active, 0 requeued, 0 remaining in queue.';
const NONE_QUEUED = '0 sessions requeued, 0 total in queue.';

suite('orders', () => {
  test('of one that is down', () => {
    assert.deepEqual(
      play(stageOf(), [
        ['b/dn', state('maint')],
        ['b/dn', state('drain')],
      ]),
      [
        'notice Server b/dn was DOWN and now enters maintenance.',
        'notice Server tr/t2 was DOWN and now enters maintenance via b/dn.',
        'notice Server b/dn is UP/DRAIN (leaving forced maintenance).',
        'notice Server b/dn remains in forced drain mode.',
        'notice Server tr/t2 is UP/DRAIN (leaving maintenance).',
        'notice Server tr/t2 is leaving forced drain but remains in drain mode via b/dn.',
      ],
    );
  });

  test('one that drains and is found down', () => {
    const stage = stageOf();
    play(stage, [
      ['b/dn', state('maint')],
      ['b/dn', state('drain')],
    ]);
    stage.pass(200);
    assert.deepEqual(
      play(stage, [
        ['b/dn', state('ready')],
        ['b/dn', state('drain')],
      ]),
      [
        'notice Server b/dn is DOWN, reason: Layer4 connection problem, ' +
          'info: "Connection refused", check duration: 0ms. ' +
          `1 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server b/dn remains in forced drain mode.',
        `notice Server tr/t2 is DOWN via b/dn. 1 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t2 is leaving forced drain but remains in drain mode via b/dn.',
        'notice Server b/dn is DOWN (leaving forced drain).',
        'notice Server tr/t2 is DOWN (leaving forced drain).',
        `notice Server b/dn enters drain state. 1 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t2 enters drain state via b/dn. ' +
          `1 active and 0 backup servers left. ${NONE_LEFT}`,
      ],
    );
  });

  test('health by hand', () => {
    const stage = stageOf();
    assert.deepEqual(
      play(stage, [
        ['b/dn', health('up')],
        ['b/dn', state('maint')],
        ['tr/t2', state('maint')],
        ['tr/t2', state('ready')],
        ['tr/t2', state('drain')],
        ['tr/t2', state('ready')],
        ['b/dn', state('ready')],
      ]),
      [
        'notice Server b/dn is UP, changed from CLI. ' +
          `2 active and 0 backup servers online. ${NONE_QUEUED}`,
        `notice Server tr/t2 is UP via b/dn. 2 active and 0 backup servers online. ${NONE_QUEUED}`,
        'alert Server b/dn is going DOWN for maintenance. ' +
          `1 active and 0 backup servers left. ${NONE_LEFT}`,
        'alert Server tr/t2 is going DOWN for maintenance via b/dn. ' +
          `1 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t2 is leaving forced maintenance but remains in maintenance via b/dn.',
        'notice Server b/dn is UP/READY (leaving forced maintenance).',
        'notice Server tr/t2 is UP/READY (leaving maintenance).',
      ],
    );
    assert.equal(
      stage.order('tr/t2', health('down')),
      'cannot change health on a tracking server.',
    );
  });

  test('of one that tracks, and of whom it tracks', () => {
    assert.deepEqual(
      play(stageOf(), [
        ['tr/t1', state('maint')],
        ['b/up', state('maint')],
        ['tr/t1', state('ready')],
        ['b/up', state('ready')],
        ['tr/t1', state('drain')],
        ['b/up', state('drain')],
        ['tr/t1', state('ready')],
        ['b/up', state('ready')],
        ['b/up', health('stopping')],
        ['b/up', health('up')],
      ]),
      [
        'alert Server tr/t1 is going DOWN for maintenance. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'emerg backend tr has no server available!',
        'alert Server b/up is going DOWN for maintenance. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'emerg backend b has no server available!',
        'notice Server tr/t1 is leaving forced maintenance but remains in maintenance via b/up.',
        'notice Server b/up is UP/READY (leaving forced maintenance).',
        'notice Server tr/t1 is UP/READY (leaving maintenance).',
        'notice Server tr/t1 enters drain state. 0 active and 0 backup servers online. ' +
          `${NONE_QUEUED}`,
        'emerg backend tr has no server available!',
        'notice Server b/up enters drain state. 0 active and 0 backup servers online. ' +
          `${NONE_QUEUED}`,
        'emerg backend b has no server available!',
        'notice Server tr/t1 remains in forced drain mode.',
        'notice Server tr/t1 is leaving forced drain but remains in drain mode via b/up.',
        'notice Server b/up is UP (leaving forced drain).',
        'notice Server tr/t1 is UP (leaving forced drain).',
        'notice Server b/up is stopping, changed from CLI. ' +
          `0 active and 0 backup servers online. ${NONE_QUEUED}`,
        'emerg backend b has no server available!',
        'notice Server tr/t1 is stopping via b/up. ' +
          `0 active and 0 backup servers online. ${NONE_QUEUED}`,
        'emerg backend tr has no server available!',
        'notice Server b/up is UP, changed from CLI. ' +
          `1 active and 0 backup servers online. ${NONE_QUEUED}`,
        `notice Server tr/t1 is UP via b/up. 1 active and 0 backup servers online. ${NONE_QUEUED}`,
      ],
    );
  });

  test('of one that tracks, while the other one changes', () => {
    assert.deepEqual(
      play(stageOf(), [
        ['b/up', state('maint')],
        ['tr/t1', state('maint')],
        ['b/up', state('ready')],
        ['tr/t1', state('ready')],
        ['tr/t1', state('drain')],
        ['b/up', state('drain')],
        ['b/up', state('ready')],
        ['tr/t1', state('ready')],
        ['b/up', health('stopping')],
        ['tr/t1', state('maint')],
        ['tr/t1', state('ready')],
        ['b/up', health('down')],
        ['tr/t1', state('maint')],
        ['tr/t1', state('ready')],
      ]).filter((line) => line.includes('t1')),
      [
        'alert Server tr/t1 is going DOWN for maintenance via b/up. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t1 remains in forced maintenance.',
        'notice Server tr/t1 is UP/READY (leaving forced maintenance).',
        'notice Server tr/t1 enters drain state. ' +
          `0 active and 0 backup servers online. ${NONE_QUEUED}`,
        'notice Server tr/t1 remains in forced drain mode.',
        'notice Server tr/t1 remains in forced drain mode.',
        'notice Server tr/t1 is UP (leaving forced drain).',
        'notice Server tr/t1 is stopping via b/up. ' +
          `0 active and 0 backup servers online. ${NONE_QUEUED}`,
        'notice Server tr/t1 is going DOWN for maintenance. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t1 is UP/READY (leaving forced maintenance).',
        'notice Server tr/t1 is DOWN via b/up. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'notice Server tr/t1 was DOWN and now enters maintenance.',
        'notice Server tr/t1 is DOWN/READY (leaving forced maintenance).',
      ],
    );
  });

  test('the last server, of a listen section', () => {
    assert.deepEqual(
      play(stageOf(), [
        ['lx/o1', state('drain')],
        ['lx/o1', state('maint')],
      ]),
      [
        'notice Server lx/o1 enters drain state. 0 active and 0 backup servers online. ' +
          `${NONE_QUEUED}`,
        'emerg proxy lx has no server available!',
        'notice Server lx/o1 is going DOWN for maintenance. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
      ],
    );
  });

  test('backups that stand in', () => {
    const stage = stageOf();
    stage.answers.delete('b/bk');
    stage.pass(400);
    assert.deepEqual(
      play(stage, [
        ['b/up', health('down')],
        ['b/bk', health('down')],
      ]),
      [
        'notice Backup Server b/bk is UP, reason: Layer4 check passed, ' +
          `check duration: 0ms. 1 active and 1 backup servers online. ${NONE_QUEUED}`,
        'alert Server b/up is DOWN, changed from CLI. ' +
          `0 active and 1 backup servers left. Running on backup. ${NONE_LEFT}`,
        `alert Server tr/t1 is DOWN via b/up. 0 active and 0 backup servers left. ${NONE_LEFT}`,
        'emerg backend tr has no server available!',
        'alert Backup Server b/bk is DOWN, changed from CLI. ' +
          `0 active and 0 backup servers left. ${NONE_LEFT}`,
        'emerg backend b has no server available!',
      ],
    );
  });

  test('leaving maintenance puts health at rise: the next check decides', () => {
    const stage = stageOf();
    play(stage, [['b/up', state('maint')]], 1000);
    assert.ok(!stage.asked.slice(-4).some((line) => line.endsWith('b/up')));
    play(stage, [['b/up', state('ready')]]);
    const server = stage.server('b/up');
    assert.deepEqual([server.health.health, server.health.operational], [2, 'running']);
    stage.answers.set('b/up', REFUSED);
    stage.pass(200);
    assert.equal(server.health.operational, 'stopped');
  });

  test('maintenance takes the place of drain, and what is asked is given up', () => {
    const stage = stageOf();
    stage.answers.set('b/up', 'silence');
    stage.pass(200);
    const server = stage.server('b/up');
    assert.equal(server.health.isChecking, true);
    play(stage, [
      ['b/up', state('drain')],
      ['b/up', state('maint')],
    ]);
    assert.deepEqual([...server.health.admin], ['maint']);
    assert.equal(server.health.isChecking, false);
    assert.equal(stage.effects.filter(({ kind }) => kind === 'abandon').length, 1);
    stage.give({ kind: 'checked', server, result: REFUSED });
    assert.equal(server.health.health, 4);
  });

  test('one that the file disables, and one whose name is not resolved', () => {
    const stage = new Stage(
      testConfig([
        testBackend('b', [
          testServer('off', { check, disabled: true }),
          testServer('new', {
            check,
            address: { kind: 'name', host: 'a.example', prefer: 'ipv4' },
          }),
        ]),
      ]),
    ).start();
    stage.pass(1000);
    assert.deepEqual(stage.asked, []);
    const back = stage.server('b/off').proxy.back;
    assert.deepEqual([back?.downs, back?.lastChange], [0, 0]);
    stage.order('b/off', state('ready'));
    assert.ok(isUsable(stage.server('b/off')));
    const server = stage.server('b/new');
    server.ip = stage.server('b/off').ip;
    stage.give({ kind: 'resolved', server });
    assert.deepEqual(play(stage, []), [
      'notice Server b/off is UP/READY (leaving forced maintenance).',
      'notice Server b/new is UP/READY (resolves again).',
    ]);
    assert.equal(server.health.downtime, seconds(1));
  });
});

suite('weights', () => {
  test('by number and by share of the configured one; without weight it is as good as gone', () => {
    const stage = new Stage(
      testConfig([testBackend('b', [testServer('s', { weight: 10 })])]),
    ).start();
    const server = stage.server('b/s');
    const weights = ['50%', '500%', '3000%', '5', '0'].map((text) => {
      const order = parseWeight(text);
      assert.ok(typeof order !== 'string');
      stage.order('b/s', order);
      return effectiveWeight(server) / 16;
    });
    assert.deepEqual(weights, [5, 50, 256, 5, 0]);
    assert.deepEqual(stage.said(), ['0.000 emerg backend b has no server available!']);
    assert.equal(server.proxy.back?.downs, 1);
  });

  for (const [text, answer] of [
    ['', 'Require <weight> or <weight%>.'],
    ['abc', 'Empty weight string empty or preceded by garbage'],
    ['%', 'Empty weight string empty or preceded by garbage'],
    ['5x', 'Trailing garbage in weight string'],
    ['50%x', 'Trailing garbage in weight string'],
    ['1.5', 'Trailing garbage in weight string'],
    ['-5%', 'Relative weight must be positive.'],
    ['257', 'Absolute weight can only be between 0 and 256 inclusive.'],
  ] as const)
    test(`'${text}' is no weight`, () => assert.equal(parseWeight(text), answer));
});

suite('checks that are switched', () => {
  test('off: it stays as it is, whatever it answers', () => {
    const stage = stageOf();
    play(stage, [['b/up', { kind: 'checks', what: 'check', to: 'disabled' }]]);
    stage.answers.set('b/up', REFUSED);
    stage.pass(5000);
    const server = stage.server('b/up');
    assert.ok(isUsable(server));
    assert.equal(server.health.last.status, 'UNK');
    play(stage, [['b/up', { kind: 'checks', what: 'check', to: 'enabled' }]], 1000);
    assert.ok(!isUsable(server));
  });

  test('what is not configured cannot be switched on', () => {
    const stage = new Stage(testConfig([testBackend('b', [testServer('s')])])).start();
    const refusals = [
      stage.order('b/s', { kind: 'checks', what: 'check', to: 'enabled' }),
      stage.order('b/s', { kind: 'checks', what: 'agent', to: 'enabled' }),
      stage.order('b/s', { kind: 'agent', to: 'up' }),
    ];
    assert.deepEqual(refusals, [
      'Health check was not configured on this server, cannot enable.',
      'Agent was not configured on this server, cannot enable.',
      'agent checks are not enabled on this server.',
    ]);
  });
});

suite('agents', () => {
  const stageWith = (logged = false): Stage => {
    const options = new Set(logged ? (['log-health-checks'] as const) : []);
    const servers = [testServer('s', { check, agent, weight: 10 })];
    const stage = new Stage(testConfig([testBackend('b', servers, { options })])).start();
    stage.agents.set('b/s', 'up');
    stage.pass(1000);
    return stage;
  };
  const says = (stage: Stage, line: string): string[] => {
    stage.said();
    stage.agents.set('b/s', line);
    stage.pass(300);
    return play(stage, []);
  };

  test('down holds until it says up, whatever the check says', () => {
    const stage = stageWith();
    assert.deepEqual(says(stage, 'down # hot'), [
      'alert Server b/s is DOWN, reason: Layer7 wrong status, code: 0, ' +
        'info: "via agent : down (hot)", check duration: 0ms. ' +
        `0 active and 0 backup servers left. ${NONE_LEFT}`,
      'emerg backend b has no server available!',
    ]);
    assert.deepEqual(says(stage, 'ready'), []);
    assert.deepEqual(says(stage, '50%'), []);
    assert.deepEqual(says(stage, 'up'), [
      'notice Server b/s is UP, reason: Layer7 check passed, code: 0, ' +
        'info: "via agent : up", check duration: 0ms. ' +
        `1 active and 0 backup servers online. ${NONE_QUEUED}`,
    ]);
  });

  test('up does not help one whose check fails', () => {
    const stage = stageWith();
    stage.answers.set('b/s', REFUSED);
    stage.pass(1000);
    assert.deepEqual([says(stage, 'down'), says(stage, 'up')], [[], []]);
    assert.ok(!isUsable(stage.server('b/s')));
  });

  test('with the checks in the log', () => {
    const stage = stageWith(true);
    assert.deepEqual(says(stage, 'stopped'), [
      'notice Agent check for server b/s failed, reason: Layer7 wrong status, ' +
        'code: 0, info: "via agent : stopped", check duration: 0ms, status: 0/1 DOWN.',
      `alert Server b/s is DOWN. 0 active and 0 backup servers left. ${NONE_LEFT}`,
      'emerg backend b has no server available!',
    ]);
    assert.deepEqual(says(stage, 'up 100%'), [
      'notice Agent check for server b/s succeeded, reason: Layer7 check passed, ' +
        'code: 0, info: "via agent : up", check duration: 0ms, status: 1/1 UP.',
      `notice Server b/s is UP. 1 active and 0 backup servers online. ${NONE_QUEUED}`,
    ]);
  });

  test('maintenance, drain and back; while in maintenance it is still asked', () => {
    const stage = stageWith();
    assert.deepEqual(says(stage, 'maint').slice(0, 1), [
      'alert Server b/s is going DOWN for maintenance. ' +
        `0 active and 0 backup servers left. ${NONE_LEFT}`,
    ]);
    assert.deepEqual(says(stage, 'up'), []);
    assert.deepEqual(says(stage, 'ready'), [
      'notice Server b/s is UP/READY (leaving forced maintenance).',
    ]);
    assert.deepEqual(says(stage, 'drain').slice(0, 1), [
      `notice Server b/s enters drain state. 0 active and 0 backup servers online. ${NONE_QUEUED}`,
    ]);
    assert.deepEqual(says(stage, 'down').slice(1), [
      'notice Server b/s remains in forced drain mode.',
    ]);
    assert.deepEqual(says(stage, 'ready'), ['notice Server b/s is DOWN (leaving forced drain).']);
  });

  test('weight and limit', () => {
    const stage = stageWith();
    says(stage, '75% maxconn:30');
    const server = stage.server('b/s');
    assert.deepEqual([server.userWeight, server.maxconn], [7, 30]);
    assert.equal(server.health.agent?.status, 'CHECKED');
    assert.ok(stage.effects.some(({ kind }) => kind === 'limitChanged'));
  });

  test('one that cannot be asked says nothing about the server', () => {
    const stage = stageWith();
    stage.agents.set('b/s', { kind: 'failed', outcome: REFUSED.outcome });
    stage.said();
    stage.pass(5000);
    assert.deepEqual(stage.said(), []);
    assert.equal(stage.server('b/s').health.agent?.status, 'L4CON');
  });

  for (const [line, description, weight] of [
    ['hello again', 'agent reports an error : hello', 10],
    ['abc%', 'agent reports an error : abc%', 10],
    ['', '', 10],
    ['ready, up 50% maxconn:5', 'via agent : up', 5],
    ['down#too hot', 'via agent : down (too hot)', 10],
    ['fail # not good', 'via agent : fail (not good)', 10],
    ['150%', '', 15],
  ] as const)
    test(`'${line}'`, () => {
      const stage = stageWith();
      says(stage, line);
      const { health: is, userWeight } = stage.server('b/s');
      assert.deepEqual([is.agent?.description, userWeight], [description, weight]);
    });
});
