/** A hundred upgrades in a row of a master under traffic. */
import { join } from 'node:path';
import { projectRoot } from '../src/lab/programs.ts';
import { enduranceBars, endure } from './support/endurance.ts';
import { printBars, printTable, quantile } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const usage = 'bench:upgrades [--quick] [--json]';
const program = join(projectRoot(), 'bin', 'holdfast');

const options = readOptions(usage);
const machine = machineFacts();
if (options.output === 'text') printMachine(machine);
const pausesMs: number[] = [];
const outcome = await endure({
  name: 'upgrades',
  rounds: options.pace === 'quick' ? 5 : 100,
  warmUpRounds: 2,
  memory: 'at-the-end',
  round: async ({ host, daemon, socket }) => {
    const seen = daemon.log.length;
    const { status, stderr } = await host.run([program, 'upgrade', '-s', socket]);
    if (status !== 0) throw new Error(`${stderr}\n${daemon.tail()}`);
    for (const { text } of daemon.log.slice(seen)) {
      const pause = /took over as \w+ after ([\d.]+) ms/.exec(text)?.[1];
      if (pause !== undefined) pausesMs.push(Number(pause));
    }
  },
});
if (options.output === 'json') console.log(JSON.stringify({ machine, outcome, pausesMs }));
else {
  printTable(
    [
      'upgrades',
      's each',
      'pause p50 ms',
      'pause max ms',
      'longest distance ms',
      'gap of probes ms',
    ],
    [
      [
        outcome.rounds,
        outcome.secondsEach,
        quantile(pausesMs, 0.5),
        quantile(pausesMs, 1),
        outcome.longestMs,
        outcome.gapMs,
      ],
    ],
  );
  printTable(
    ['', 'before', 'after'],
    [
      ['PSS MiB', outcome.pssMiB.before, outcome.pssMiB.after],
      ['descriptors', outcome.descriptors.before, outcome.descriptors.after],
    ],
  );
}
printBars(enduranceBars(outcome));
