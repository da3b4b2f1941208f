import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newStatistics } from '../../core/vrrp/types.ts';
import { ClearedStatistics } from './cleared-statistics.ts';

function counted(advertsSent: number, name = 'A') {
  return { name, statistics: { ...newStatistics(), advertsSent } };
}

test('counters begin anew where they are cleared, and the engine does not notice', () => {
  const cleared = new ClearedStatistics();
  const router = counted(7);
  cleared.clear([router]);
  assert.equal(cleared.since(router).advertsSent, 0);
  router.statistics.advertsSent += 3;
  assert.equal(cleared.since(router).advertsSent, 3);
  assert.equal(router.statistics.advertsSent, 10);
  assert.equal(cleared.since(counted(5, 'B')).advertsSent, 5);
});

test('an instance that was replaced has counted less than before', () => {
  const cleared = new ClearedStatistics();
  cleared.clear([counted(7)]);
  assert.equal(cleared.since(counted(2)).advertsSent, 2);
});

test('the next program of the daemon goes on from there', () => {
  const cleared = new ClearedStatistics();
  cleared.clear([counted(7)]);
  const next = new ClearedStatistics();
  next.importState(JSON.parse(JSON.stringify(cleared.exportState())));
  assert.equal(next.since(counted(9)).advertsSent, 2);
});
