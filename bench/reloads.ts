/** A thousand reloads in a row, each with a change elsewhere in the file, beside a master under traffic. */
import { renameSync, writeFileSync } from 'node:fs';
import { monotonicMs } from '../src/lab/monotonic.ts';
import { configText, type InstanceText } from './support/config.ts';
import { enduranceBars, endure, steadyInstance } from './support/endurance.ts';
import { printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const usage = 'bench:reloads [--quick] [--json]';

/** Another address, another priority, an instance that comes and goes, a name that was never there. */
function othersOf(number: number): readonly InstanceText[] {
  const other = {
    name: 'OTHER',
    vrid: 52,
    priority: 100 + (number % 3),
    advertSeconds: 1,
    address: `192.168.80.${110 + (number % 40)}/24`,
  };
  const guest = {
    ...other,
    name: `GUEST${number}`,
    vrid: 53 + (number % 100),
    address: `192.168.80.${160 + (number % 40)}/24`,
  };
  return number % 2 === 0 ? [other] : [other, guest];
}

const options = readOptions(usage);
const machine = machineFacts();
if (options.output === 'text') printMachine(machine);
const outcome = await endure({
  name: 'reloads',
  rounds: options.pace === 'quick' ? 50 : 1000,
  // Until all that Node lets pile up has been collected once.
  warmUpRounds: options.pace === 'quick' ? 100 : 2500,
  memory: 'peak',
  round: async ({ daemon, configFile }, number) => {
    writeFileSync(`${configFile}.new`, configText([steadyInstance, ...othersOf(number)]));
    renameSync(`${configFile}.new`, configFile);
    const afterMs = monotonicMs();
    daemon.signal('SIGHUP');
    await daemon.logContains('Configuration reloaded', { afterMs });
  },
});
if (options.output === 'json') console.log(JSON.stringify({ machine, outcome }));
else {
  printTable(
    ['reloads', 's each', 'adverts', 'longest distance ms', 'gap of probes ms'],
    [[outcome.rounds, outcome.secondsEach, outcome.adverts, outcome.longestMs, outcome.gapMs]],
  );
  printTable(
    ['', 'before', 'after'],
    [
      ['PSS MiB at most', outcome.pssMiB.before, outcome.pssMiB.after],
      ['descriptors', outcome.descriptors.before, outcome.descriptors.after],
    ],
  );
}
printBars(enduranceBars(outcome));
