import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { millis, seconds } from '../../../base/time.ts';
import { effectiveWeight, isUsable } from '../usable.ts';
import {
  http,
  OK,
  REFUSED,
  Stage,
  testBackend,
  testCheck,
  testConfig,
  testServer,
} from './test-stage.ts';

const SILENT_CHECKS = { options: new Set<never>() };
const LOGGED = { options: new Set(['log-health-checks'] as const) };

function one(check = testCheck(), changes = {}, options: object = SILENT_CHECKS): Stage {
  const servers = [testServer('s', { check, ...changes })];
  return new Stage(testConfig([testBackend('b', servers, options)])).start();
}

/** Times and changes, without names and figures. */
function brief(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replace(/(Backup )?Server \w+\//, '').replace(/[,.] (reason|changed|\d).*$/, ''),
  );
}

suite('checks', () => {
  test('the timeline that haproxy was measured to have', () => {
    const stage = one(
      testCheck({ inter: seconds(1), fastinter: millis(200), downinter: seconds(3) }),
    );
    stage.pass(2500);
    stage.answers.set('b/s', REFUSED);
    stage.pass(4500);
    stage.answers.set('b/s', OK);
    stage.pass(4500);
    assert.deepEqual(
      stage.asked.map((line) => line.split(' ')[0]),
      [
        ...['0.000', '1.000', '2.000', '3.000', '3.200', '3.400'],
        ...['6.400', '9.400', '9.600', '10.600'],
      ],
    );
    assert.deepEqual(brief(stage.said()), [
      '3.400 alert s is DOWN',
      '3.400 emerg backend b has no server available!',
      '9.600 notice s is UP',
    ]);
  });

  test('the first answer decides: one failure is down, one success all of its health', () => {
    const down = one(testCheck());
    down.answers.set('b/s', REFUSED);
    assert.equal(down.server('b/s').health.health, 2);
    assert.ok(isUsable(down.server('b/s')));
    down.pass(0);
    assert.equal(down.server('b/s').health.operational, 'stopped');
    const up = one();
    up.pass(0);
    assert.equal(up.server('b/s').health.health, 4);
  });

  for (const [initState, health, operational] of [
    ['fully-up', 4, 'running'],
    ['up', 2, 'running'],
    ['down', 1, 'stopped'],
    ['fully-down', 0, 'stopped'],
  ] as const)
    test(`init-state ${initState}`, () => {
      const { health: is } = one(testCheck(), { initState }).server('b/s');
      assert.deepEqual([is.health, is.operational], [health, operational]);
    });

  test('whoever is not checked is up, whatever init-state says', () => {
    const servers = [testServer('s', { initState: 'down' })];
    const stage = new Stage(testConfig([testBackend('b', servers)])).start();
    assert.ok(isUsable(stage.server('b/s')));
  });

  test('first questions are spread over the shortest interval', () => {
    const servers = [1000, 2000, 1500, 4000].map((inter, index) =>
      testServer(`s${index}`, { check: testCheck({ inter: millis(inter) }) }),
    );
    const stage = new Stage(testConfig([testBackend('b', servers)])).start();
    stage.pass(999);
    assert.deepEqual(stage.asked, ['0.000 b/s0', '0.250 b/s1', '0.500 b/s2', '0.750 b/s3']);
  });

  test('spread-checks moves questions by at most its share', () => {
    const servers = [testServer('s', { check: testCheck({ inter: seconds(1) }) })];
    const stage = new Stage(testConfig([testBackend('b', servers)], 20)).start();
    stage.pass(60_000);
    const times = stage.asked.map((line) => Number.parseFloat(line));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(gaps.every((gap) => gap > 0.799 && gap < 1.201));
    assert.ok(Math.max(...gaps) - Math.min(...gaps) > 0.1);
  });

  test('what is asked is not asked again before it answers, and counts as checking', () => {
    const stage = one();
    stage.answers.set('b/s', 'silence');
    stage.pass(60_000);
    assert.equal(stage.asked.length, 1);
    assert.equal(stage.server('b/s').health.isChecking, true);
  });

  test('404 takes new traffic from one that is up, and does not bring back one that is down', () => {
    const stage = one(testCheck({ inter: millis(300), fastinter: millis(100) }), {}, LOGGED);
    stage.answers.set('b/s', http(200, 'OK'));
    stage.pass(250);
    stage.said();
    stage.answers.set('b/s', http(404, 'Not Found', true));
    stage.pass(300);
    assert.deepEqual(stage.said(), [
      '0.300 notice Health check for server b/s conditionally succeeded, ' +
        'reason: Layer7 check conditionally passed, code: 404, check duration: 0ms, ' +
        'status: 3/3 UP.',
      '0.300 notice Server b/s is stopping. 0 active and 0 backup servers online. ' +
        '0 sessions requeued, 0 total in queue.',
      '0.300 emerg backend b has no server available!',
    ]);
    stage.answers.set('b/s', http(500, 'Internal Server Error'));
    stage.pass(600);
    assert.deepEqual(stage.said().slice(-2), [
      '0.800 notice Health check for server b/s failed, reason: Layer7 wrong status, ' +
        'code: 500, info: "Internal Server Error", check duration: 0ms, ' +
        'status: 0/2 DOWN.',
      '0.800 notice Server b/s is DOWN. 0 active and 0 backup servers left. ' +
        '0 sessions active, 0 requeued, 0 remaining in queue.',
    ]);
    stage.answers.set('b/s', http(404, 'Not Found', true));
    stage.pass(1000);
    assert.deepEqual(stage.said(), []);
    assert.deepEqual(stage.server('b/s').health.last, http(404, 'Not Found').outcome);
  });

  test('counts failures while they cost health, and time down', () => {
    const stage = one(testCheck({ inter: seconds(1) }));
    stage.pass(0);
    stage.answers.set('b/s', REFUSED);
    stage.pass(10_000);
    stage.answers.set('b/s', OK);
    stage.pass(2000);
    const { health, proxy } = stage.server('b/s');
    assert.deepEqual([health.failures, health.downs, health.downtime], [3, 1, seconds(9)]);
    assert.deepEqual([proxy.back?.downs, proxy.back?.downtime], [1, seconds(9)]);
    assert.equal(health.lastChange, seconds(12));
    assert.equal(proxy.back?.lastChange, seconds(12));
  });

  test('a proxy that is stopped asks nobody', () => {
    const stage = one();
    stage.answers.set('b/s', 'silence');
    stage.pass(0);
    stage.give({ kind: 'stopped', proxy: stage.server('b/s').proxy });
    assert.equal(stage.effects.at(-1)?.kind, 'abandon');
    assert.equal(stage.engine.nextDeadline(), undefined);
  });
});

suite('slow start', () => {
  test('a sixteenth more of the weight each time, as haproxy shows it', () => {
    const stage = one(testCheck({ inter: millis(300) }), { slowstart: seconds(4), weight: 10 });
    stage.pass(0);
    stage.order('b/s', { kind: 'state', to: 'maint' });
    stage.order('b/s', { kind: 'state', to: 'ready' });
    const seen: number[][] = [];
    const server = stage.server('b/s');
    for (let second = 0; second < 5; second++) {
      seen.push([server.health.throttle, Math.ceil(effectiveWeight(server) / 16)]);
      stage.pass(1000);
    }
    assert.deepEqual(seen, [
      [6, 1],
      [31, 4],
      [56, 6],
      [81, 9],
      [100, 10],
    ]);
    assert.deepEqual(brief(stage.said()).slice(-1), ['4.000 notice s is UP']);
    assert.equal(server.health.operational, 'running');
  });

  test('not at the start of the process', () => {
    const stage = one(testCheck(), { slowstart: seconds(4) });
    stage.pass(0);
    assert.equal(stage.server('b/s').health.throttle, 100);
  });

  test('ends when the server goes down', () => {
    const stage = one(testCheck({ fall: 1, inter: millis(100) }), { slowstart: seconds(40) });
    stage.order('b/s', { kind: 'state', to: 'maint' });
    stage.order('b/s', { kind: 'state', to: 'ready' });
    stage.answers.set('b/s', REFUSED);
    stage.pass(60_000);
    const { operational, throttle } = stage.server('b/s').health;
    assert.deepEqual([operational, throttle], ['stopped', 100]);
  });
});

suite('sessions', () => {
  test('end with the server, where it is so configured, and those of backups with its return', () => {
    const check = testCheck({ inter: seconds(1), fall: 1, rise: 1 });
    const servers = [
      testServer('s', {
        check,
        onMarkedDown: 'shutdown-sessions',
        onMarkedUp: 'shutdown-backup-sessions',
      }),
      testServer('k', { backup: true }),
    ];
    const stage = new Stage(testConfig([testBackend('b', servers)])).start();
    stage.answers.set('b/s', REFUSED);
    stage.pass(0);
    stage.answers.set('b/s', OK);
    stage.pass(1000);
    const ends = stage.effects.filter(({ kind }) => kind === 'shutdownSessions');
    assert.deepEqual(
      ends.map((end) =>
        end.kind === 'shutdownSessions' ? [end.server.config.name, end.because] : [],
      ),
      [
        ['s', 'down'],
        ['k', 'better'],
      ],
    );
  });
});

suite('traffic', () => {
  const observed = (onError: 'fastinter' | 'fail-check' | 'sudden-death' | 'mark-down'): Stage => {
    const check = testCheck({ inter: seconds(2), fastinter: millis(100) });
    const stage = one(check, { observe: 'layer7', errorLimit: 3, onError });
    stage.pass(0);
    const server = stage.server('b/s');
    for (let error = 0; error < 3; error++)
      stage.give({ kind: 'observed', server, seen: { layer: 7, result: 'wrong-response' } });
    return stage;
  };
  for (const [onError, health, status, failures] of [
    ['fastinter', 4, 'L4OK', 0],
    ['fail-check', 3, 'HANA', 1],
    ['sudden-death', 2, 'HANA', 1],
    ['mark-down', 0, 'HANA', 1],
  ] as const)
    test(`on-error ${onError}`, () => {
      const stage = observed(onError);
      const { health: is } = stage.server('b/s');
      assert.deepEqual([is.health, is.last.status, is.failures], [health, status, failures]);
      assert.equal(is.observedErrors, 1);
      stage.pass(100);
      assert.equal(stage.asked.length, 2);
    });

  test('is told as haproxy tells it', () => {
    assert.deepEqual(observed('mark-down').said(), [
      '0.000 alert Server b/s is DOWN, reason: Health analyze, ' +
        'info: "Detected 3 consecutive errors, last one was: Wrong http response". ' +
        '0 active and 0 backup servers left. 0 sessions active, 0 requeued, ' +
        '0 remaining in queue.',
      '0.000 emerg backend b has no server available!',
    ]);
  });

  test('a success between them begins the count anew; other layers do not count', () => {
    const stage = one(testCheck(), { observe: 'layer4', errorLimit: 2, onError: 'mark-down' });
    const server = stage.server('b/s');
    const error = { layer: 4, result: 'unsuccessful-connection' } as const;
    for (const seen of [
      error,
      { layer: 4, result: 'success' } as const,
      error,
      { layer: 7, result: 'closed' } as const,
    ])
      stage.give({ kind: 'observed', server, seen });
    assert.equal(server.health.observedErrors, 0);
    stage.give({ kind: 'observed', server, seen: error });
    assert.equal(server.health.operational, 'stopped');
  });
});
