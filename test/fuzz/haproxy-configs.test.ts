import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzHaproxy } from './haproxy-fuzzer.ts';

test('2,000 mutated haproxy.cfg are read, whatever they hold', () => {
  const report = fuzzHaproxy({ seed: 7, count: 2000 });
  assert.deepEqual(report.failures, []);
  // A fuzzer that only ever gets refusals, or none, tests nothing.
  assert(report.clean > 100, `${report.clean} clean`);
  assert(report.withProxies > 1500, `${report.withProxies} with proxies`);
  assert(report.codes.size > 45, `${report.codes.size} codes`);
});
