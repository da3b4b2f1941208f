import { parseArgs } from 'node:util';
import { fuzzConfigs } from './config-fuzzer.ts';

/**
 * `npm run fuzz:configs`: reads configurations that were good before they were mutated.
 *
 *   --count=N  how many configurations (20,000)
 *   --seed=N   of the random numbers (1)
 *
 * Exits with 1 when one throws, takes longer than a second, is read differently the second time, or
 * cannot be printed and read again; it is printed, and the seed brings it back.
 */
function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: not a count: ${text}`);
  return value;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = readNumber(values.seed, 'seed');
const started = process.hrtime.bigint();
const report = fuzzConfigs({
  seed,
  count: readNumber(values.count, 'count'),
  onProgress: (done, failures) => {
    if (done % 10_000 === 0) console.log(`${done} configurations, ${failures} failures`);
  },
});
const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
const codes = [...report.codes].sort(([, a], [, b]) => b - a);
console.log(`${report.configurations} configurations, seed ${seed}, ${elapsed.toFixed(1)} s`);
console.log(`slowest ${report.slowestMs.toFixed(0)} ms, ${report.clean} without a diagnostic`);
console.log(`${report.withInstances} with an instance that is left`);
console.log(codes.map(([code, count]) => `${code} ${count}`).join(', '));
for (const { number, text, error } of report.failures) {
  console.log(`FAILURE ${number}: ${error.slice(0, 2000)}\n${text.slice(0, 2000)}`);
}
console.log(`${report.failures.length} failures`);
if (report.failures.length > 0) process.exitCode = 1;
