/**
 * What a minute of trouble costs a virtual server that nftables balances, under load: 64 kept connections
 * of wrk and a client of new ones, while a server dies and returns every second, while an operator takes
 * it out and puts it back, while the configuration is read again, and while the checker process is killed.
 */
import { ChurnHosts } from './churn/hosts.ts';
import { configuration, failing, type Outcome, partNames, runPart } from './churn/parts.ts';
import { judge, printBars, printTable, total } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';

const usage = `bench:churn [--quick] [--json] [--only=PART]...

Parts: ${partNames.join(', ')}. Needs nginx, nft and wrk.`;

const options = readOptions(usage);
const isQuick = options.pace === 'quick';
const backWithinMs = 2000;

function extentOf(part: Outcome['part']) {
  const rounds = part === 'checker' ? 20 : 60;
  return { rounds: isQuick ? 3 : rounds, roundsOfLoad: 10, halfMs: 500 };
}

function report(outcomes: readonly Outcome[]): void {
  const rows = outcomes.map(({ part, losses }) => [
    part,
    total(losses.flatMap(({ answered }) => Object.values(answered))),
    total(losses.map(({ lost }) => lost[failing])),
    total(losses.map(({ lost }) => lost.nobody + lost.s2 + lost.s3)),
    total(losses.map(({ wrk }) => wrk.requests)),
    total(losses.map(({ wrk }) => wrk.broken)),
    total(losses.map(({ ended }) => ended.s2 + ended.s3)),
    total(losses.map(({ wrk }) => wrk.late)),
  ]);
  const kept = ['kept: requests', 'broken', 'ended at others', 'late'];
  printTable(['part', 'new connections', `lost to ${failing}`, 'to others', ...kept], rows);
  const reasons = outcomes.flatMap((each) => each.losses.flatMap((some) => some.reasons));
  if (reasons.length > 0) console.log(`lost: ${[...new Set(reasons)].join(', ')}\n`);
  const back = outcomes.flatMap(({ backMs }) => backMs.map(Math.round));
  if (back.length > 0) console.log(`checker back after ${back.join(', ')} ms\n`);
}

const machine = machineFacts();
if (options.output === 'text') printMachine(machine);
const hosts = new ChurnHosts();
const outcomes: Outcome[] = [];
try {
  await hosts.open(configuration);
  for (const part of partNames.filter((name) => isWanted(options, name))) {
    outcomes.push(await runPart(hosts, part, extentOf(part)));
  }
} finally {
  // Also where an order was not answered in time.
  for (const line of hosts.log.match(/^.*stood still.*$/gm) ?? []) console.error(line);
  await hosts.close();
}
if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
else report(outcomes);
printBars(
  outcomes.flatMap(({ part, bars, backMs }) => [
    ...bars,
    ...(part === 'checker'
      ? [judge('checker: longest time until it is back, ms', Math.max(...backMs), backWithinMs)]
      : []),
  ]),
);
