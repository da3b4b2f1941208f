import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IpAddress, parseIp } from '../../base/ip.ts';
import { micros } from '../../base/time.ts';
import type { NodeEffect } from '../../core/node-types.ts';
import type { ScriptOutcome } from '../../ports/scripts.ts';
import { DurationHistogram } from './histogram.ts';
import { measureScripts } from './measure-scripts.ts';
import { VrrpMetrics } from './vrrp-metrics.ts';

const at = micros(1);
const instance = 'VI_1';
const peer = parseIp('192.0.2.7') as IpAddress;
const record = (event: Extract<NodeEffect, { kind: 'record' }>['event']): NodeEffect =>
  ({ kind: 'record', event }) as NodeEffect;

describe('a histogram of durations', () => {
  test('counts each in the first bucket that has room, and what is above in the last', () => {
    const histogram = new DurationHistogram([10, 20]);
    for (const duration of [0, 10, 11, 20, 21, 5000]) histogram.observe(duration);
    assert.deepEqual(histogram.figures(), {
      boundsUs: [10, 20],
      counts: [2, 2, 2],
      sumUs: 5062,
      maxUs: 5000,
    });
  });
});

describe('what the VRRP process counts', () => {
  test('transitions by states and cause', () => {
    const metrics = new VrrpMetrics();
    const change = { kind: 'transition', instance, at, priority: 100 } as const;
    const cause = { kind: 'startup' } as const;
    metrics.effect(record({ ...change, from: 'init', to: 'backup', cause }));
    for (const _ of [1, 2]) {
      const operator = { kind: 'operator', action: 'drain' } as const;
      metrics.effect(record({ ...change, from: 'master', to: 'backup', cause: operator }));
    }
    assert.deepEqual(metrics.instance(instance).transitions.counts(), {
      'init backup startup': 1,
      'master backup operator': 2,
    });
    assert.deepEqual(metrics.instance('VI_2').transitions.counts(), {});
  });

  test('rivals, hand-overs, losses and renewals', () => {
    const metrics = new VrrpMetrics();
    const base = { instance, at } as const;
    const rival = { kind: 'rivalSeen', address: peer, mac: undefined, detail: '' } as const;
    metrics.effect(record({ ...base, ...rival, how: 'adverts' }));
    const ended = { kind: 'handoverEnded', to: peer, afterUs: 5 } as const;
    metrics.effect(record({ ...base, ...ended, outcome: 'taken-over' }));
    metrics.effect(record({ ...base, kind: 'addressRestored', address: peer }));
    metrics.effect({ kind: 'renewGuard', instance, guard: { kind: 'lifetime', seconds: 4 } });
    metrics.addressLost(instance);
    const counts = metrics.instance(instance);
    assert.deepEqual(counts.rivals.counts(), { answers: 0, adverts: 1 });
    assert.equal(counts.handovers.counts()['taken-over'], 1);
    assert.deepEqual([counts.lost, counts.restored, counts.renewals], [1, 1, 1]);
  });

  test('lateness, but for wake-ups at which nothing was due', () => {
    const metrics = new VrrpMetrics();
    metrics.timerRan(micros(100), micros(350));
    metrics.timerRan(micros(400), micros(350));
    metrics.timerRan(undefined, micros(350));
    const { counts, sumUs } = metrics.timerLateness.figures();
    assert.equal(sumUs, 250);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1,
    );
  });

  test('how scripts end and how long they run, by name and kind', () => {
    const metrics = new VrrpMetrics();
    let now = 0;
    const outcomes: ScriptOutcome[] = [
      { kind: 'exited', status: 0 },
      { kind: 'exited', status: 1 },
      { kind: 'signalled', signal: 'SIGTERM' },
      { kind: 'not-started', reason: 'no such file' },
    ];
    const ended: ScriptOutcome[] = [];
    for (const outcome of outcomes) {
      const scripts = measureScripts(
        {
          scripts: {
            run: (_command, _options, onEnd) => {
              now += 3000;
              onEnd(outcome);
              return { pid: undefined, kill: () => {} };
            },
          },
          clock: { now: () => micros(now), wallMs: () => 0 },
          metrics,
        },
        'track',
      );
      scripts.run({ argv: ['/bin/check'] }, { name: 'check' }, (each) => ended.push(each));
    }
    assert.deepEqual(ended, outcomes);
    const judged = { kind: 'scriptJudged', script: 'check', at, detail: '' } as const;
    metrics.effect(record({ ...judged, outcome: 'timed_out' }));
    metrics.effect(record({ kind: 'scriptOverrun', script: 'check', at }));
    const [script, ...others] = metrics.scripts();
    assert.deepEqual(others, []);
    assert.equal(script?.name, 'check');
    assert.deepEqual(script.results, {
      success: 1,
      failure: 1,
      signalled: 1,
      'not-started': 1,
    });
    assert.deepEqual([script.verdict, script.overruns], ['down', 1]);
    // What never ran took no time.
    assert.equal(script.durations.sumUs, 9000);
  });

  test('remembers a bounded number of names', () => {
    const metrics = new VrrpMetrics();
    for (let index = 0; index < 10_100; index++) metrics.addressLost(`VI_${index}`);
    assert.equal(metrics.instance('VI_0').lost, 0);
    assert.equal(metrics.instance('VI_10099').lost, 1);
  });
});
