import { parseArgs } from 'node:util';
import { fuzzPackets } from './packet-fuzzer.ts';

/**
 * `npm run fuzz`: throws packets at every decoder that reads what others have written.
 *
 *   --count=N  how many packets (two million)
 *   --seed=N   of the random numbers (1)
 *
 * Exits with 1 when a decoder throws, takes longer than a second whenever it is tried, or accepts or
 * refuses nothing at all; the packet is printed, and the seed brings it back.
 */
function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: not a count: ${text}`);
  return value;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = readNumber(values.seed, 'seed');
const started = process.hrtime.bigint();
const seconds = () => (Number(process.hrtime.bigint() - started) / 1e9).toFixed(1);
const report = fuzzPackets({
  seed,
  count: readNumber(values.count, 'count'),
  onProgress: (done, { failed }) =>
    console.log(`${done} packets, ${failed} failures, ${seconds()} s`),
});

console.log(`${report.packets} packets, seed ${seed}, ${seconds()} s`);
for (const [decoder, tally] of Object.entries(report.decoders)) {
  const { made, given, accepted, totalNs, slowestNs, slowest } = tally;
  const reasons = [...tally.refused].sort(([, a], [, b]) => b - a);
  const refused = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const mean = (totalNs / 1000 / Math.max(given, 1)).toFixed(2);
  console.log(
    `${decoder}: ${given} (${made} of its own), ${accepted} accepted, ${refused} refused`,
  );
  console.log(`  ${why}`);
  console.log(`  mean ${mean} us, slowest ${(slowestNs / 1000).toFixed(0)} us: ${slowest}`);
  if (accepted > 0 && refused > 0) continue;
  console.log(`  UNTESTED: ${decoder} has ${accepted > 0 ? 'refused' : 'accepted'} nothing`);
  process.exitCode = 1;
}
for (const { decoder, packet, error } of report.failures) {
  console.log(`FAILURE of ${decoder} on ${packet}\n${error}`);
}
console.log(`${report.failed} failures`);
if (report.failed > 0) process.exitCode = 1;
