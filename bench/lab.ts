/** How soon a lab of four hosts stands, as `holdfast lab` and every test of several hosts wait for it. */
import { monotonicMs } from '../src/lab/monotonic.ts';
import { createNetwork } from '../src/lab/network.ts';
import { judge, median, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';

const ROUNDS = 9;
const BAR_MS = 1000;

async function standsAfterMs(round: number): Promise<number> {
  const startedMs = monotonicMs();
  const hosts = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const network = await createNetwork({ prefix: `hft-${process.pid}-${round}-`, hosts });
  const ms = monotonicMs() - startedMs;
  await network.destroy();
  return ms;
}

printMachine(machineFacts());
const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) times.push(await standsAfterMs(round));
printTable(
  ['lab of four hosts', 'ms'],
  [
    ['median', median(times)],
    ['longest', Math.max(...times)],
  ],
);
printBars([judge('lab-stands', median(times), BAR_MS)]);
