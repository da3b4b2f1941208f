import { parseArgs } from 'node:util';
import { fuzzHaproxy } from './haproxy-fuzzer.ts';

/**
 * `npm run fuzz:haproxy`: reads haproxy.cfg files that are mutated from those of the corpus.
 *
 *   --count=N  how many configurations (1,000,000)
 *   --seed=N   of the random numbers (1)
 *
 * Exits with 1 when one throws, takes longer than a second or is read differently the second time.
 */
function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: not a count: ${text}`);
  return value;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = readNumber(values.seed, 'seed');
const started = process.hrtime.bigint();
const report = fuzzHaproxy({
  seed,
  count: readNumber(values.count, 'count'),
  onProgress: (done, failures) => {
    if (done % 100_000 === 0) console.log(`${done} configurations, ${failures} failures`);
  },
});
const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
const codes = [...report.codes].sort(([, a], [, b]) => b - a);
console.log(`${report.configurations} configurations, seed ${seed}, ${elapsed.toFixed(1)} s`);
console.log(`slowest ${report.slowestMs.toFixed(0)} ms, ${report.clean} without an error`);
console.log(`${report.withProxies} with a proxy that is left`);
console.log(codes.map(([code, count]) => `${code} ${count}`).join(', '));
for (const { number, text, error } of report.failures) {
  console.log(`FAILURE ${number}: ${error.slice(0, 2000)}\n${text.slice(0, 2000)}`);
}
console.log(`${report.failures.length} failures`);
if (report.failures.length > 0) process.exitCode = 1;
