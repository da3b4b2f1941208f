/**
 * What a reload every second costs the clients of the proxy, for a minute: 64 kept connections of wrk and a
 * client of new ones, in tcp and in http mode, haproxy in the same run beside it.
 */

import { type Outcome, runReloads } from './proxy-reloads/run.ts';
import { modes, sides } from './proxy-reloads/stage.ts';
import { judge, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';

const usage = `bench:proxy-reloads [--quick] [--json] [--only=PART]...

Parts: ${sides.flatMap((side) => modes.map((mode) => `${side}-${mode}`)).join(', ')}. Needs haproxy, nginx and wrk.`;

const options = readOptions(usage);
const reloads = options.pace === 'quick' ? 5 : 60;

function report(outcomes: readonly Outcome[]): void {
  const heads = ['program', 'mode', 'reloads', 'kept: requests', 'broken', 'late', 'refused'];
  printTable(
    [...heads, 'new: answered', 'lost', 'workers at once', 'left'],
    outcomes.map((each) => [
      ...[each.side, each.mode, each.reloads, each.requests, each.broken, each.late, each.refused],
      ...[each.answered, each.lost.length, each.mostWorkers, each.left.length],
    ]),
  );
  const reasons = new Set(
    outcomes.flatMap(({ side, mode, lost }) => lost.map((why) => `${side} ${mode}: ${why}`)),
  );
  if (reasons.size > 0) console.log(`lost: ${[...reasons].join(', ')}\n`);
  for (const { side, left } of outcomes)
    for (const what of left) console.log(`${side} left ${what}`);
}

const machine = machineFacts();
if (options.output === 'text') printMachine(machine);
const outcomes: Outcome[] = [];
for (const side of sides)
  for (const mode of modes)
    if (isWanted(options, `${side}-${mode}`))
      outcomes.push(...(await runReloads(side, [mode], reloads)));
if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
else report(outcomes);
printBars(
  outcomes
    .filter(({ side }) => side === 'holdfast')
    .flatMap(({ mode, broken, refused, late, lost, descriptors, left }) => [
      judge(`${mode}: requests lost`, broken + refused + late + lost.length, 0),
      judge(`${mode}: processes, files and sockets left`, left.length, 0),
      judge(`${mode}: descriptors that the master gained`, descriptors, 0),
    ]),
);
