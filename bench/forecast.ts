/**
 * What `holdfast simulate` foretells beside what real hosts do: the same files, both programs, and a
 * client that asks a thousand times a second. Writes docs/forecast.md.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TimeoutError } from '../src/lab/until.ts';
import { vip } from './failover/pair.ts';
import { CASES, caseName, type ForecastCase } from './forecast/cases.ts';
import { foretell } from './forecast/foretell.ts';
import { type Measured, measureRound } from './forecast/measure.ts';
import { type CaseResult, holds, markdownOf } from './forecast/verdict.ts';
import { openStage, type Stage } from './support/stage.ts';

const USAGE = `bench:forecast [--rounds=N] [--parallel=N] [--only=EVENT]... [--write]

Foretells some thirty failures of two hosts, and does them N times (default 5) at as many moments between two
adverts. --write puts the table into docs/forecast.md. Exit status 1: something was foretold wrongly.`;

const ATTEMPTS = 3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    parallel: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function measureCase(stage: Stage, one: ForecastCase, count: number): Promise<CaseResult> {
  const parts = { ...stage, probe: await stage.lab.probe(vip) };
  const foretold = foretell(one, stage.lab.hosts);
  const rounds: Measured[] = [];
  for (let round = 0; round < count; round++) {
    const phase = (round + 0.5) / count;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const measured = await measureRound(parts, one, phase).catch((error: unknown) => {
        // What took too long is told, and tried again.
        if (!(error instanceof TimeoutError)) throw error;
        process.stderr.write(`${caseName(one)}: ${error.message}\n`);
        return undefined;
      });
      if (measured === undefined) continue;
      rounds.push(measured);
      break;
    }
  }
  await parts.probe.stop();
  return { one, foretold, rounds };
}

/** Each lab takes the next case when it is done with one. */
async function measureAll(cases: readonly ForecastCase[]): Promise<readonly CaseResult[]> {
  const results = new Map<ForecastCase, CaseResult>();
  const left = [...cases];
  const labs = Array.from({ length: Number(values.parallel) }, async (_, index) => {
    const stage = await openStage(['a', 'b'], [4], [{ name: 'eth0' }], `fc${index}-`);
    try {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const result = await measureCase(stage, one, Number(values.rounds));
        results.set(one, result);
        const verdict = holds(result) ? 'holds' : 'DOES NOT HOLD';
        process.stderr.write(`${verdict}: ${markdownOf([result]).split('\n')[2]}\n`);
      }
    } finally {
      await stage.close();
    }
  });
  await Promise.all(labs);
  return cases.flatMap((one) => results.get(one) ?? []);
}

const HEAD = `# What was foretold, and what happened

Made by \`npm run bench:forecast -- --write\`: two hosts of the lab (network namespaces on one
switch) with the files that \`holdfast simulate\` reads, and a client that asks for the address a
thousand times a second. Each failure is done at several moments between two adverts. *nobody
serves*: the longest time without an answer; *another serves*: where somebody answers all the time,
the time until the other does. A forecast holds when all that was measured lies in its range, the
range is no wider than an advertisement interval and what finding out takes (an interval of the
check, or three adverts), and the typical value is within 15 % of the measured median, or 25 ms
where that is more.

`;

if (values.help) console.log(USAGE);
else {
  const wanted = CASES.filter(
    ({ event }) => values.only.length === 0 || values.only.includes(event),
  );
  const results = await measureAll(wanted);
  const table = markdownOf(results);
  const good = results.filter(holds).length;
  const summary = `\n${good} of ${results.length} forecasts hold.\n`;
  console.log(`${table}${summary}`);
  if (values.write) writeFileSync('docs/forecast.md', `${HEAD}${table}${summary}`);
  if (good < results.length) process.exitCode = 1;
}
