import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros } from '../../base/time.ts';
import { Deadlines } from './deadlines.ts';

describe('deadlines', () => {
  test('the earliest comes first, and each only once', () => {
    const deadlines = new Deadlines<'a' | 'b' | 'c'>();
    deadlines.set('a', micros(30));
    deadlines.set('b', micros(10));
    deadlines.set('c', micros(20));
    assert.equal(deadlines.next(), 10);
    assert.equal(deadlines.takeDue(micros(9)), undefined);
    assert.deepEqual(deadlines.takeDue(micros(25)), { kind: 'b', at: 10 });
    assert.deepEqual(deadlines.takeDue(micros(25)), { kind: 'c', at: 20 });
    assert.equal(deadlines.takeDue(micros(25)), undefined);
    assert.equal(deadlines.next(), 30);
  });

  test('setting again replaces, clearing forgets', () => {
    const deadlines = new Deadlines<'a' | 'b'>();
    deadlines.set('a', micros(10));
    deadlines.set('a', micros(40));
    deadlines.set('b', micros(50));
    assert.equal(deadlines.takeDue(micros(39)), undefined);
    assert.equal(deadlines.next(), 40);
    deadlines.clear('a');
    assert.equal(deadlines.get('a'), undefined);
    assert.equal(deadlines.next(), 50);
    deadlines.clearAll();
    assert.equal(deadlines.next(), undefined);
    assert.equal(deadlines.takeDue(micros(100)), undefined);
  });

  test('slack takes a kind before its time', () => {
    const deadlines = new Deadlines<'a' | 'b'>();
    deadlines.set('a', micros(110));
    deadlines.set('b', micros(105));
    const slack = (kind: 'a' | 'b'): number => (kind === 'a' ? 10 : 0);
    assert.deepEqual(deadlines.takeDue(micros(100), slack), { kind: 'a', at: 110 });
    assert.equal(deadlines.takeDue(micros(100), slack), undefined);
  });

  test('of two at one instant the one set first comes first', () => {
    const deadlines = new Deadlines<'timeout' | 'interval'>();
    deadlines.set('timeout', micros(10));
    deadlines.set('interval', micros(10));
    assert.equal(deadlines.takeDue(micros(10))?.kind, 'timeout');
    assert.equal(deadlines.takeDue(micros(10))?.kind, 'interval');
  });
});
