import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { VrrpScriptModel } from '../../config/model/vrrp.ts';
import { type ScriptEffect, ScriptMachine } from './script.ts';

const model: VrrpScriptModel = {
  name: 'check',
  command: { argv: ['/usr/bin/check'] },
  interval: seconds(1),
  timeout: seconds(1),
  rise: 1,
  fall: 1,
  initialResult: 'unknown',
};

/** Runs the script once for each letter: s(uccess), f(ailure); returns the verdicts. */
function verdicts(settings: Partial<VrrpScriptModel>, results: string): string {
  const script = new ScriptMachine({ ...model, ...settings });
  let now = micros(0);
  script.handle(now, { kind: 'start' }, []);
  return [...results]
    .map((letter) => {
      const result = letter === 's' ? 'success' : 'failure';
      script.handle(now, { kind: 'scriptExited', result, detail: '' }, []);
      now = script.nextDeadline() ?? now;
      script.expire(now, []);
      return { unknown: '?', up: 'U', down: 'd' }[script.verdict()];
    })
    .join('');
}

function effectsOf(script: ScriptMachine, now: Micros): string {
  const out: ScriptEffect[] = [];
  script.expire(now, out);
  return out
    .map((effect) => (effect.kind === 'killScript' ? effect.signal : effect.kind))
    .join(', ');
}

describe('a tracked script', () => {
  const cases: [string, Partial<VrrpScriptModel>, string, string][] = [
    ['every result counts', {}, 'sfsf', 'UdUd'],
    ['the first success decides alone', { rise: 3 }, 's', 'U'],
    ['the first failure decides alone', { fall: 3 }, 'f', 'd'],
    ['three failures in a row', { fall: 3 }, 'sfffs', 'UUUdU'],
    ['a success starts the count anew', { fall: 3 }, 'sffsfff', 'UUUUUUd'],
    ['two successes in a row', { rise: 2 }, 'fss', 'ddU'],
    ['a failure starts that count anew', { rise: 3 }, 'fssfsss', 'ddddddU'],
    ['both', { rise: 2, fall: 3 }, 'sffsfffsfss', 'UUUUUUddddU'],
    ['well again it stays so for fall failures', { rise: 2, fall: 3 }, 'fssfff', 'ddUUUd'],
    ['init_fail needs rise successes', { rise: 2, initialResult: 'failed' }, 'ss', 'dU'],
  ];
  for (const [name, settings, results, expected] of cases) {
    test(name, () => assert.equal(verdicts(settings, results), expected));
  }

  test('what takes too long is ended, counts as failed, and its end counts for nothing', () => {
    const script = new ScriptMachine({ ...model, timeout: micros(500_000) });
    script.handle(micros(0), { kind: 'start' }, []);
    assert.equal(effectsOf(script, micros(499_999)), '');
    assert.equal(effectsOf(script, micros(500_000)), 'SIGTERM, scriptVerdict');
    assert.equal(script.verdict(), 'down');
    assert.equal(effectsOf(script, seconds(1)), 'scriptOverrun');
    assert.equal(effectsOf(script, seconds(2)), 'scriptOverrun');
    assert.equal(effectsOf(script, micros(2_500_000)), 'SIGKILL');
    script.handle(seconds(2.6), { kind: 'scriptExited', result: 'success', detail: '' }, []);
    assert.equal(script.verdict(), 'down');
    assert.equal(effectsOf(script, seconds(3)), 'runScript');
  });

  test('where timeout and interval are one, the run is judged before the next', () => {
    const script = new ScriptMachine(model);
    script.handle(micros(0), { kind: 'start' }, []);
    assert.equal(effectsOf(script, seconds(1)), 'SIGTERM, scriptVerdict, scriptOverrun');
  });

  test('an end that nobody awaits counts for nothing', () => {
    const script = new ScriptMachine(model);
    script.handle(micros(0), { kind: 'scriptExited', result: 'success', detail: '' }, []);
    assert.equal(script.verdict(), 'unknown');
  });

  test('new settings keep the verdict and never put off the next run', () => {
    const script = new ScriptMachine({ ...model, interval: seconds(100), timeout: seconds(100) });
    script.handle(micros(0), { kind: 'start' }, []);
    script.handle(micros(0), { kind: 'scriptExited', result: 'success', detail: '' }, []);
    script.reconfigure(seconds(5), { ...model, fall: 2 });
    assert.equal(script.verdict(), 'up');
    assert.equal(script.nextDeadline(), seconds(6));
    script.reconfigure(seconds(5), { ...model, interval: seconds(50) });
    assert.equal(script.nextDeadline(), seconds(6));
  });

  test('stopping ends a run and forgets the timers', () => {
    const script = new ScriptMachine(model);
    const out: ScriptEffect[] = [];
    script.stop(out);
    assert.deepEqual(out, []);
    script.handle(micros(0), { kind: 'start' }, []);
    script.stop(out);
    assert.deepEqual(out, [{ kind: 'killScript', script: 'check', signal: 'SIGTERM' }]);
    assert.equal(script.nextDeadline(), undefined);
  });
});
