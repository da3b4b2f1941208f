/**
 * What `holdfast simulate` foretells beside what real hosts do: the same files, both programs, and a
 * client that asks a thousand times a second. Writes docs/forecast.md.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TimeoutError } from '../src/lab/until.ts';
import { vip } from './failover/pair.ts';
import { CASES, caseName, type ForecastCase } from './forecast/cases.ts';
import { type Foretold, foretell } from './forecast/foretell.ts';
import { type Measured, measureRound } from './forecast/measure.ts';
import { type CaseResult, holds, markdownOf, TYPICAL_MS } from './forecast/verdict.ts';
import { openStage, type Stage } from './support/stage.ts';

const USAGE = `bench:forecast [--rounds=N] [--parallel=N] [--only=EVENT]... [--with=PROGRAM] [--seconds=N]
    [--keep=FILE] [--write]

Foretells some thirty failures of two hosts, and does them N times (default 5) at as many moments between two
adverts; --with: where this program is the master. --write puts the table into docs/forecast.md.
--keep has each round's figures in FILE, and what is there is not measured again: with --seconds, after which
no case is begun, a long run can be made in parts. Exit status 1: something was foretold wrongly.`;

const ATTEMPTS = 5;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    parallel: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    with: { type: 'string' },
    seconds: { type: 'string', default: 'Infinity' },
    keep: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function measureCase(
  stage: Stage,
  one: ForecastCase,
  { what }: Foretold,
): Promise<readonly Measured[]> {
  const parts = { ...stage, probe: await stage.lab.probe(vip) };
  const count = Number(values.rounds);
  const rounds: Measured[] = [];
  for (let round = 0; round < count; round++) {
    const phase = (round + 0.5) / count;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const measured = await measureRound(parts, one, { phase, what }).catch((error: unknown) => {
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
  return rounds;
}

const keyOf = (one: ForecastCase): string =>
  `${caseName(one)}; ${one.master}, ${one.successor}; ${values.rounds} rounds`;

/** What an earlier part of the run has measured. */
function keptRounds(): ReadonlyMap<string, readonly Measured[]> {
  if (values.keep === undefined || !existsSync(values.keep)) return new Map();
  const lines = readFileSync(values.keep, 'utf8').trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as [string, Measured[]]));
}

/** Each lab takes the next case when it is done with one. */
async function measureAll(cases: readonly ForecastCase[]): Promise<readonly CaseResult[]> {
  const results = new Map<ForecastCase, CaseResult>();
  const kept = keptRounds();
  const left = [...cases];
  const endMs = Date.now() + Number(values.seconds) * 1000;
  const labs = Array.from({ length: Number(values.parallel) }, async (_, index) => {
    const stage = await openStage(['a', 'b'], [4], [{ name: 'eth0' }], `fc${index}-`);
    try {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const known = kept.get(keyOf(one));
        if (known === undefined && Date.now() > endMs) continue;
        const foretold = foretell(one, stage.lab.hosts);
        const rounds = known ?? (await measureCase(stage, one, foretold));
        const result = { one, foretold, rounds };
        results.set(one, result);
        if (known !== undefined) continue;
        const line = `${JSON.stringify([keyOf(one), rounds])}\n`;
        if (values.keep !== undefined) appendFileSync(values.keep, line);
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
check, or three adverts), and the typical value is within 15 % of the measured median, or ${TYPICAL_MS} ms
where that is more: of gaps of some milliseconds a share says nothing.

Both programs run at \`vrrp_rt_priority 50\`. keepalived's own limit for that, 10 ms of a processor
without waiting, is raised (\`vrrp_rlimit_rttime\`): on a machine that is shared the kernel kills it by that
limit as it becomes master, and then nobody serves for another 0.9 s at an interval of 0.25 s, which no
forecast counts in. A round in which the client was held up (for more than 10 ms and 2 % of the gap), or
the command that strikes (60 ms), is made again. Of keepalived's processes the
youngest is killed first: its VRRP process would hear of its parent's end otherwise, and leave in order.

`;

if (values.help) console.log(USAGE);
else {
  const wanted = CASES.filter(
    ({ event, master }) =>
      (values.only.length === 0 || values.only.includes(event)) &&
      (values.with === undefined || values.with === master),
  );
  const results = await measureAll(wanted);
  const table = markdownOf(results);
  const good = results.filter(holds).length;
  const summary = `\n${good} of ${results.length} forecasts hold, with ${values.rounds} rounds each.\n`;
  console.log(`${table}${summary}`);
  if (values.write) writeFileSync('docs/forecast.md', `${HEAD}${table}${summary}`);
  if (good < results.length) process.exitCode = 1;
}
