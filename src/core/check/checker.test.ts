import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, parseIp } from '../../base/ip.ts';
import { type Micros, seconds, toSeconds } from '../../base/time.ts';
import type { HttpCheck, HttpUrl, PolledCheck } from '../../config/model/health-check.ts';
import { Checker, type CheckerEffect } from './checker.ts';
import type { Finding } from './probe.ts';
import type { AskingCheck } from './requests.ts';

const PACE: PolledCheck = {
  interval: seconds(10),
  retries: 2,
  retryDelay: seconds(3),
  warmup: seconds(4),
  alpha: false,
  logAllFailures: false,
};
const target = {
  address: parseIp('10.0.0.2') as IpAddress,
  port: 80,
  connectTimeout: seconds(5),
  firewallMark: 0,
};
const TCP: AskingCheck = { kind: 'tcp', ...PACE, target };
const SCRIPT: AskingCheck = {
  kind: 'script',
  ...PACE,
  command: { argv: ['/bin/check'] },
  timeout: seconds(10),
  setsWeight: true,
};

function web(changes: Partial<HttpCheck & PolledCheck> = {}): AskingCheck {
  const url = (path: string): HttpUrl => ({
    path,
    statusCodes: [{ first: 200, last: 299 }],
    strictTls: false,
  });
  return {
    ...{ kind: 'http', ...PACE, target, version: '1.0', sendServerName: false },
    ...{ fastRecovery: false, strictTls: false, urls: [url('/a'), url('/b'), url('/c')] },
    ...changes,
  };
}

function smtp(...ports: number[]): AskingCheck {
  return {
    ...{ kind: 'smtp', ...PACE, heloName: 'h' },
    targets: ports.map((port) => ({ ...target, port })),
  };
}

/**
 * Each step is one answer: `+` or `-`, or the exit status of a script. Of each a line comes back: when it
 * was asked, what, and what followed from it.
 */
function play(check: AskingCheck, answers: string, known?: 'up' | 'down'): string[] {
  const checker = new Checker(check);
  if (known !== undefined) checker.adopt({ verdict: known });
  checker.start(0 as Micros, 0);
  return answers.split(' ').map((answer) => {
    const now = checker.nextDeadline();
    assert.ok(now !== undefined, 'asks on');
    const effects: CheckerEffect[] = [];
    checker.expire(now, effects);
    const [asked] = effects.splice(0);
    assert.ok(asked?.kind === 'ask' && checker.nextDeadline() === undefined);
    checker.answered(now, { finding: finding(answer), latency: seconds(0) }, effects);
    const news = effects.map((effect) => (effect.kind === 'judged' ? effect.verdict : effect.kind));
    const { request } = asked;
    const what =
      'path' in request ? request.path : request.kind === 'smtp' ? request.target.port : '';
    return [toSeconds(now), what, ...news].filter((part) => part !== '').join(' ');
  });
}

function finding(answer: string): Finding {
  if (answer === '+') return { kind: 'passed', detail: '' };
  if (answer === '-') return { kind: 'failed', cause: 'refused', detail: '' };
  return { kind: 'exited', status: Number(answer) };
}

const CASES: readonly (readonly [string, AskingCheck, string, readonly string[], 'up'?])[] = [
  ['the first result decides alone', TCP, '- - +', ['1 down', '11 attemptFailed', '21 up']],
  [
    'a failure is tried again',
    TCP,
    '+ - - -',
    ['1 up', '11 attemptFailed', '14 attemptFailed', '17 down'],
  ],
  [
    'a success forgives',
    TCP,
    '+ - - + -',
    [...['1 up', '11 attemptFailed', '14 attemptFailed', '17'], '27 attemptFailed'],
  ],
  [
    'what is known to be up has its retries',
    TCP,
    '- - -',
    ['0 attemptFailed', '3 attemptFailed', '6 down'],
    'up',
  ],
  ['no retries: the first failure counts', { ...TCP, retries: 0 }, '+ -', ['1 up', '11 down']],
  [
    'after coming back all retries are there again',
    TCP,
    '- + - - -',
    [...['1 down', '11 up', '21 attemptFailed'], ...['24 attemptFailed', '27 down']],
  ],
  [
    'one that answers and refuses in turn stays where it has a retry',
    { ...TCP, retries: 1 },
    '+ - + - + -',
    ['1 up', '11 attemptFailed', '14', '24 attemptFailed', '27', '37 attemptFailed'],
  ],
  [
    'and goes and comes where it has none',
    { ...TCP, retries: 0 },
    '+ - + - +',
    ['1 up', '11 down', '21 up', '31 down', '41 up'],
  ],
  [
    'urls are an interval apart, also while it is up',
    web(),
    '+ + + + +',
    ['1 /a', '11 /b', '21 /c up', '31 /a', '41 /b'],
  ],
  ['a url that fails at first', web(), '+ - +', ['1 /a', '11 /b down', '21 /b']],
  [
    'a url is tried again for itself',
    web(),
    '+ + + + - - +',
    [
      ...['1 /a', '11 /b', '21 /c up', '31 /a', '41 /b attemptFailed'],
      ...['44 /b attemptFailed', '47 /b'],
    ],
  ],
  [
    'one that is down asks the url that failed, then all',
    web(),
    '+ - - + + + +',
    [...['1 /a', '11 /b down', '21 /b attemptFailed', '31 /b'], ...['41 /a', '51 /b', '61 /c up']],
  ],
  [
    'one url alone has to answer twice',
    web({ urls: [{ path: '/a', statusCodes: [{ first: 200, last: 299 }], strictTls: false }] }),
    '- + - + + +',
    ['1 /a down', '11 /a', '21 /a attemptFailed', '31 /a', '41 /a up', '51 /a'],
  ],
  [
    'one that fails on the way is asked for from then on',
    web(),
    '- + + - + + + +',
    [
      ...['1 /a down', '11 /a', '21 /a', '31 /b attemptFailed', '41 /b'],
      ...['51 /a', '61 /b', '71 /c up'],
    ],
  ],
  [
    'fast_recovery does without the pauses',
    web({ fastRecovery: true }),
    '- + + + + +',
    [...['1 /a down', '11 /a', '11 /a', '11 /b', '11 /c up'], '21 /a'],
  ],
  [
    'the longer pause counts for a url that is down',
    web({ retryDelay: seconds(30) }),
    '- - +',
    ['1 /a down', '31 /a attemptFailed', '61 /a'],
  ],
  [
    'hosts follow each other',
    smtp(25, 587),
    '+ + + + - - +',
    [
      ...['1 25', '1 587 up', '11 25', '11 587', '21 25 attemptFailed'],
      ...['24 25 attemptFailed', '27 25'],
    ],
  ],
  [
    'a script sets the weight',
    SCRIPT,
    '7 7 0 2 1',
    [...['1 weightWanted up', '11', '21', '31 weightWanted'], '41 attemptFailed'],
  ],
];

for (const [name, check, answers, lines, known] of CASES) {
  test(`a check: ${name}`, () => assert.deepEqual(play(check, answers, known), lines));
}

test('the first run comes after a second and a share of the warm-up', () => {
  const checker = new Checker(TCP);
  checker.start(seconds(100), 0.5);
  assert.equal(checker.nextDeadline(), seconds(103));
});

test('scripts are begun at an even pace, and never while one runs', () => {
  for (const [took, next] of [
    [4, 11],
    [10, 11],
    [12, 21],
  ] as const) {
    const checker = new Checker(SCRIPT);
    checker.start(0 as Micros, 0);
    checker.expire(seconds(1), []);
    const report = { finding: finding('0'), latency: seconds(took) };
    checker.answered(seconds(1 + took), report, []);
    assert.equal(checker.nextDeadline(), seconds(next), `${took} s`);
  }
});

test('a pause drops the question, and an answer to it', () => {
  const checker = new Checker(TCP);
  checker.start(0 as Micros, 0);
  checker.expire(seconds(1), []);
  const effects: CheckerEffect[] = [];
  checker.pause(effects);
  checker.pause(effects);
  checker.answered(seconds(2), { finding: finding('-'), latency: seconds(1) }, effects);
  assert.deepEqual(effects, [{ kind: 'abandon' }]);
  assert.deepEqual([checker.verdict, checker.nextDeadline()], ['unknown', undefined]);
});
