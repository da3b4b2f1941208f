/**
 * Large configurations, side by side with keepalived: thousands of addresses, hundreds of instances at
 * 0.1 s, a file with a thousand instances.
 */
import type { Program } from '../src/lab/programs.ts';
import { type Crowd, type CrowdOutcome, measureCrowd, openCrowdStage } from './scale/crowds.ts';
import { type LargeReload, type LargeReloads, measureReloads } from './scale/large-file.ts';
import { type MemoryOutcome, measureMemory, openMemoryStage, type Size } from './scale/memory.ts';
import { type Load, type LoadOutcome, measureLoad } from './scale/processor.ts';
import { type Bar, groupBy, judge, median, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { type BenchOptions, isWanted, readOptions } from './support/options.ts';
import { programs } from './support/stage.ts';

const usage =
  'bench:scale [--quick] [--json] [--only=take-over-ipv4] [--only=take-over-ipv6] [--only=master] ' +
  '[--only=backup] [--only=reload] [--only=memory]\n\nNeeds cc.';

const timeLimit = 1.1;
const masterLimit = 1;
const backupLimit = 3;
const reloadLimit = 1;
const memoryLimitMiB = 60;

const memorySizes: readonly Size[] = [
  { instances: 1, addresses: 1 },
  { instances: 250, addresses: 1 },
  { instances: 1000, addresses: 4 },
];

interface Outcomes {
  readonly crowds: readonly CrowdOutcome[];
  readonly loads: readonly LoadOutcome[];
  readonly reloads: LargeReloads | undefined;
  readonly memory: readonly MemoryOutcome[];
}

async function runCrowds(options: BenchOptions): Promise<readonly CrowdOutcome[]> {
  const isQuick = options.pace === 'quick';
  const counts = isQuick ? [100, 1000] : [100, 1000, 4000];
  const cases = ([4, 6] as const)
    .filter((family) => isWanted(options, `take-over-ipv${family}`))
    .flatMap((family) =>
      counts.map((count): Crowd => {
        const stop = count === counts.at(-1) ? 'measured' : 'skipped';
        return { family, count, stop };
      }),
    );
  if (cases.length === 0) return [];
  const outcomes: CrowdOutcome[] = [];
  const stage = await openCrowdStage();
  try {
    for (const crowd of cases) {
      for (let round = 0; round < (isQuick ? 1 : 5); round++) {
        for (const program of inTurn(round)) {
          process.stderr.write(`${crowd.count} IPv${crowd.family}, ${program}\n`);
          const outcome = await measureCrowd(stage, program, crowd);
          process.stderr.write(`${describeCrowd(outcome)}\n`);
          outcomes.push(outcome);
        }
      }
    }
  } finally {
    await stage.close();
  }
  return outcomes;
}

/** Of each round, so that a run that is cut short has said something. */
function describeCrowd({ fromAdvertMs, fromFirstMs, stopMs, left }: CrowdOutcome): string {
  const stop = left === undefined ? `${stopMs?.toFixed(0) ?? '-'} ms` : `${left} left`;
  return `  ${fromAdvertMs.toFixed(1)} ms, from the first ${fromFirstMs.toFixed(1)} ms, stop ${stop}`;
}

async function runLoads(options: BenchOptions): Promise<readonly LoadOutcome[]> {
  const isQuick = options.pace === 'quick';
  const outcomes: LoadOutcome[] = [];
  for (const role of ['master', 'backup'] as const) {
    if (!isWanted(options, role)) continue;
    for (const count of [50, 250]) {
      process.stderr.write(`${count} instances, ${role}\n`);
      const load: Load = { role, count };
      outcomes.push(await measureLoad(load, { count: isQuick ? 2 : 6, seconds: isQuick ? 4 : 10 }));
    }
  }
  return outcomes;
}

async function runMemory(options: BenchOptions): Promise<readonly MemoryOutcome[]> {
  if (!isWanted(options, 'memory')) return [];
  const outcomes: MemoryOutcome[] = [];
  const stage = await openMemoryStage();
  try {
    for (const size of memorySizes) {
      for (const program of programs) {
        process.stderr.write(`memory, ${size.instances} instances, ${program}\n`);
        const outcome = await measureMemory(stage, program, size);
        if (outcome === undefined) process.stderr.write('  did not hold all within a minute\n');
        else outcomes.push(outcome);
      }
    }
  } finally {
    await stage.close();
  }
  return outcomes;
}

/** Who is first changes from round to round. */
function inTurn(round: number): readonly Program[] {
  return round % 2 === 0 ? programs : [...programs].reverse();
}

interface CrowdFigures extends Pick<Crowd, 'family' | 'count'> {
  readonly of: Readonly<Record<Program, Readonly<Record<CrowdMeasure, number>>>>;
  readonly ratio: Readonly<Record<CrowdMeasure, number>>;
}

type CrowdMeasure = 'fromAdvertMs' | 'fromFirstMs' | 'stopMs';

/** Medians, and the ratios of the medians. */
function crowdFigures(outcomes: readonly CrowdOutcome[]): readonly CrowdFigures[] {
  const groups = groupBy(outcomes, ({ family, count }) => `${family} ${count}`);
  return [...groups.values()].map(([first, ...rest]) => {
    if (first === undefined) throw new Error('an empty group');
    const all = [first, ...rest];
    const middle = (program: Program, measure: CrowdMeasure): number =>
      median(all.filter((one) => one.program === program).flatMap((one) => one[measure] ?? []));
    const figures = (program: Program) => measures((measure) => middle(program, measure));
    const of = { holdfast: figures('holdfast'), keepalived: figures('keepalived') };
    const ratio = measures((measure) => of.holdfast[measure] / of.keepalived[measure]);
    return { family: first.family, count: first.count, of, ratio };
  });
}

function measures(value: (measure: CrowdMeasure) => number): Record<CrowdMeasure, number> {
  return {
    fromAdvertMs: value('fromAdvertMs'),
    fromFirstMs: value('fromFirstMs'),
    stopMs: value('stopMs'),
  };
}

function printCrowds(outcomes: readonly CrowdOutcome[]): readonly Bar[] {
  const figures = crowdFigures(outcomes);
  if (figures.length === 0) return [];
  printTable(
    ['addresses', 'program', 'first advert to last address ms', 'first to last ms', 'stop ms'],
    figures.flatMap(({ family, count, of, ratio }) =>
      [...programs.map((name) => ({ name, ...of[name] })), { name: 'ratio', ...ratio }].map(
        ({ name, fromAdvertMs, fromFirstMs, stopMs }) => [
          `${count} IPv${family}`,
          name,
          fromAdvertMs,
          fromFirstMs,
          stopMs,
        ],
      ),
    ),
  );
  const left = outcomes
    .filter(({ program }) => program === 'holdfast')
    .reduce((sum, one) => sum + (one.left ?? 0), 0);
  const bars = figures.flatMap(({ family, count, ratio }) => [
    judge(`scale-ipv${family}-${count}-take-over-ratio`, ratio.fromAdvertMs, timeLimit),
    // Where keepalived never removed all, there is nothing to compare with.
    ...(Number.isNaN(ratio.stopMs)
      ? []
      : [judge(`scale-ipv${family}-${count}-stop-ratio`, ratio.stopMs, timeLimit)]),
  ]);
  return [...bars, judge('scale-stop-left', left, 0)];
}

function printLoads(outcomes: readonly LoadOutcome[]): readonly Bar[] {
  if (outcomes.length === 0) return [];
  const figures = outcomes.map(({ role, count, windows }) => ({
    role,
    count,
    holdfast: median(windows.map((window) => window.holdfast)),
    keepalived: median(windows.map((window) => window.keepalived)),
    ratio: median(windows.map((window) => window.holdfast / window.keepalived)),
  }));
  printTable(
    ['instances at 0.1 s', 'holdfast %', 'keepalived %', 'ratio of windows'],
    figures.map(({ role, count, holdfast, keepalived, ratio }) => [
      `${count}, ${role}`,
      holdfast * 100,
      keepalived * 100,
      ratio,
    ]),
  );
  return figures.map(({ role, count, ratio }) =>
    judge(
      `scale-${role}-${count}-processor-ratio`,
      ratio,
      role === 'master' ? masterLimit : backupLimit,
    ),
  );
}

function printReloads(reloads: LargeReloads | undefined): readonly Bar[] {
  if (reloads === undefined) return [];
  const middle = (program: Program, pick: (one: LargeReload) => number): number =>
    median(reloads[program].map(pick));
  const missed = (program: Program): number =>
    reloads[program].reduce((sum, one) => sum + one.missed, 0);
  printTable(
    ['program', 'SIGHUP to the new address ms', 'missed adverts', 'longest distance ms', 'reloads'],
    programs.map((program) => [
      program,
      middle(program, ({ ms }) => ms),
      missed(program),
      Math.max(...reloads[program].map(({ longestMs }) => longestMs)),
      reloads[program].length,
    ]),
  );
  const ratio = middle('holdfast', ({ ms }) => ms) / middle('keepalived', ({ ms }) => ms);
  return [
    judge('scale-reload-ratio', ratio, reloadLimit),
    judge('scale-reload-missed', missed('holdfast'), 0),
  ];
}

function printMemory(outcomes: readonly MemoryOutcome[]): readonly Bar[] {
  if (outcomes.length === 0) return [];
  printTable(
    ['instances', 'addresses', 'program', 'PSS MiB', 'RSS MiB', 'PSS of all its processes MiB'],
    outcomes.map(({ instances, addresses, program, pssMiB, rssMiB, allPssMiB }) => [
      String(instances),
      instances * addresses,
      program,
      pssMiB,
      rssMiB,
      allPssMiB,
    ]),
  );
  return memorySizes.map(({ instances }) => {
    const own = outcomes.find((one) => one.program === 'holdfast' && one.instances === instances);
    const pssMiB = own?.pssMiB ?? Number.POSITIVE_INFINITY;
    return judge(`scale-memory-${instances}-pss-mib`, pssMiB, memoryLimitMiB);
  });
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const isQuick = options.pace === 'quick';
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const bars: Bar[] = [];
  // Each part is told of at once: of half an hour nothing is lost with what fails in its last minute.
  const crowds = await runCrowds(options);
  bars.push(...printCrowds(crowds));
  const loads = await runLoads(options);
  bars.push(...printLoads(loads));
  const reloads = isWanted(options, 'reload')
    ? await measureReloads(1000, isQuick ? 2 : 7)
    : undefined;
  bars.push(...printReloads(reloads));
  const memory = await runMemory(options);
  bars.push(...printMemory(memory));
  const outcomes: Outcomes = { crowds, loads, reloads, memory };
  if (options.output === 'json') console.log(JSON.stringify({ machine, ...outcomes }));
  printBars(bars);
}

await main();
