import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tracking } from '../../config/model/vrrp.ts';
import { Trackers } from './trackers.ts';
import type { TrackerReport } from './types.ts';

function tracking(name: string, weight: number, sense: Tracking['sense'] = 'normal'): Tracking {
  return { name, weight, sense };
}

function tracked(
  trackedInterfaces: readonly Tracking[],
  trackedScripts: readonly Tracking[],
  trackedChecks: readonly Tracking[] = [],
) {
  return { trackedInterfaces, trackedScripts, trackedChecks };
}

function report(name: string, verdict: 'up' | 'down', kind: TrackerReport['kind'] = 'script') {
  return { kind, name, verdict, detail: verdict } as const;
}

describe('trackers', () => {
  // [weight, sense, priority while up, priority while down] on a base of 100
  const weights = [
    [20, 'normal', 120, 100],
    [-20, 'normal', 100, 80],
    [20, 'reverse', 100, 120],
    [-20, 'reverse', 80, 100],
    [253, 'normal', 254, 100],
    [-253, 'normal', 100, 1],
    [0, 'normal', 100, 100],
  ] as const;
  for (const [weight, sense, up, down] of weights) {
    test(`weight ${weight} ${sense}`, () => {
      const trackers = new Trackers();
      trackers.configure(tracked([], [tracking('x', weight, sense)]));
      assert.equal(trackers.effectivePriority(100), 100, 'unknown counts for nothing');
      assert.equal(trackers.note(report('x', 'up')), 'changed');
      assert.equal(trackers.effectivePriority(100), up);
      assert.equal(trackers.note(report('x', 'up')), 'same');
      trackers.note(report('x', 'down'));
      assert.equal(trackers.effectivePriority(100), down);
      assert.equal(trackers.effectivePriority(255), 255, 'an owner stays one');
    });
  }

  test('weights add up before they are clamped', () => {
    const trackers = new Trackers();
    trackers.configure(tracked([tracking('eth1', 200)], [tracking('a', 100), tracking('b', -150)]));
    trackers.note(report('eth1', 'up', 'interface'));
    trackers.note(report('a', 'up'));
    trackers.note(report('b', 'down'));
    assert.equal(trackers.effectivePriority(50), 200);
    trackers.note(report('b', 'up'));
    assert.equal(trackers.effectivePriority(50), 254);
  });

  test('weight 0: down is a fault, and reversed, up is', () => {
    const trackers = new Trackers();
    trackers.configure(
      tracked([], [tracking('a', 0), tracking('b', 0, 'reverse'), tracking('c', 5)]),
    );
    assert.deepEqual(trackers.faults(), []);
    for (const name of ['a', 'b', 'c']) trackers.note(report(name, 'down'));
    assert.deepEqual(
      trackers.faults().map(({ name }) => name),
      ['a'],
    );
    for (const name of ['a', 'b', 'c']) trackers.note(report(name, 'up'));
    assert.deepEqual(
      trackers.faults().map(({ name }) => name),
      ['b'],
    );
  });

  test('a script and an interface of one name are two', () => {
    const trackers = new Trackers();
    trackers.configure(tracked([tracking('x', 1)], [tracking('x', 2)]));
    trackers.note(report('x', 'up'));
    assert.equal(trackers.effectivePriority(100), 102);
    assert.deepEqual(trackers.pending(), ['x']);
    trackers.note(report('x', 'up', 'interface'));
    assert.equal(trackers.effectivePriority(100), 103);
    assert.deepEqual(trackers.pending(), []);
  });

  test('new settings keep what is known, and know what was said before', () => {
    const trackers = new Trackers();
    trackers.configure(tracked([], [tracking('a', 10)]));
    trackers.note(report('a', 'up'));
    assert.equal(trackers.note(report('b', 'down')), 'not-tracked');
    trackers.configure(tracked([], [tracking('a', 30), tracking('b', -5), tracking('c', 7)]));
    assert.equal(trackers.effectivePriority(100), 125);
    assert.deepEqual(trackers.pending(), ['c']);
  });
});
