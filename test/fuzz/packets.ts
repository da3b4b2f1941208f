import { parseArgs } from 'node:util';
import { fuzzPackets } from './packet-fuzzer.ts';

/**
 * `npm run fuzz`: throws packets at every decoder that reads what a network sends.
 *
 *   --count=N  how many packets (a million)
 *   --seed=N   of the random numbers (1)
 *
 * Exits with 1 when a decoder throws; the packet is printed, and the seed brings it back.
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
const report = fuzzPackets({ seed, count: readNumber(values.count, 'count') });
const elapsed = Number(process.hrtime.bigint() - started) / 1e9;

console.log(`${report.packets} packets, seed ${seed}, ${elapsed.toFixed(1)} s`);
for (const [decoder, tally] of Object.entries(report.decoders)) {
  const outcomes = [...tally.outcomes].sort(([, a], [, b]) => b - a);
  const text = outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  const mean = (tally.totalNs / 1000 / Math.max(report.packets, 1)).toFixed(2);
  const slowest = (tally.slowestNs / 1000).toFixed(0);
  console.log(`${decoder}: mean ${mean} us, slowest ${slowest} us (${tally.slowest}); ${text}`);
}
for (const { decoder, packet, error } of report.exceptions.slice(0, 10)) {
  console.log(`EXCEPTION in ${decoder} on ${packet}\n${error}`);
}
console.log(`${report.exceptions.length} exceptions`);
if (report.exceptions.length > 0) process.exitCode = 1;
