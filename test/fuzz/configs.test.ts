import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzConfigs } from './config-fuzzer.ts';

test('1,500 mutated configurations are read, and what is printed of them can be read again', () => {
  const report = fuzzConfigs({ seed: 20_000, count: 1500 });
  assert.deepEqual(report.failures, []);
  // A fuzzer that only ever gets refusals, or none, tests nothing.
  assert(report.clean > 20, `${report.clean} clean`);
  assert(report.withInstances > 500, `${report.withInstances} with instances`);
  assert(report.codes.size > 60, `${report.codes.size} codes`);
});

test('equal seeds try equal configurations', () => {
  const codesOf = (seed: number) => [...fuzzConfigs({ seed, count: 40 }).codes];
  assert.deepEqual(codesOf(1), codesOf(1));
  assert.notDeepEqual(codesOf(1), codesOf(2));
});
