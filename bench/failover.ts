/**
 * How long nobody serves a virtual address after a power failure of its holder, and after a stop in
 * order: a pair of holdfasts against a pair of keepalived, in turn, at three advert intervals.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../src/lab/lab.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import type { Probe } from '../src/lab/probe.ts';
import type { Program } from '../src/lab/programs.ts';
import type { AdvertTap } from './support/advert-tap.ts';
import { configText } from './support/config.ts';
import { type Bar, judge, median, printBars, printTable, quantile } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { type BenchOptions, isWanted, readOptions } from './support/options.ts';
import { openStage, programs, restartHosts, startAll } from './support/stage.ts';

const usage = `bench:failover [--quick] [--json] [--only=SECONDS] [--only=crash] [--only=stop]

The gap that a client sees with one probe a millisecond. A crash happens half an advert interval after an
advert, so that rounds compare; "since last advert" does not depend on that instant.`;

const vip = '192.168.80.100';
const vrid = 51;
/** Of keepalived's median. */
const crashLimit = 1.05;
/** A round in which the client itself was held up for longer does not count. */
const stallLimitMs = (gapMs: number) => 10 + gapMs * 0.02;
const attemptsMax = 3;

type Event = 'crash' | 'stop';

interface Case {
  readonly event: Event;
  readonly advertSeconds: number;
  readonly rounds: number;
}

interface Round {
  readonly gapMs: number;
  /** From the last advert of the old master until the new one serves. */
  readonly fromAdvertMs: number;
  /** The part of it that is over with the first advert of the new one. */
  readonly electionMs: number;
}

interface Outcome extends Case {
  readonly rounds: number;
  readonly measured: Readonly<Record<Program, readonly Round[]>>;
}

interface Parts {
  readonly lab: Lab;
  readonly tap: AdvertTap;
  readonly probe: Probe;
}

function cases({ pace }: BenchOptions): readonly Case[] {
  const quick = pace === 'quick';
  return [
    { event: 'crash', advertSeconds: 1, rounds: quick ? 2 : 7 },
    { event: 'crash', advertSeconds: 0.1, rounds: quick ? 3 : 15 },
    { event: 'crash', advertSeconds: 0.01, rounds: quick ? 7 : 41 },
    { event: 'stop', advertSeconds: 1, rounds: quick ? 1 : 5 },
    { event: 'stop', advertSeconds: 0.1, rounds: quick ? 2 : 9 },
    { event: 'stop', advertSeconds: 0.01, rounds: quick ? 3 : 15 },
  ];
}

async function measure(parts: Parts, program: Program, step: Case): Promise<Round | undefined> {
  const { lab, tap, probe } = parts;
  await restartHosts(lab);
  const priorities = [100, 90];
  const [master] = await startAll(lab.hosts, program, (_host, index) =>
    configText([
      {
        name: 'BENCH',
        vrid,
        priority: priorities[index] ?? 1,
        advertSeconds: step.advertSeconds,
        address: `${vip}/24`,
      },
    ]),
  );
  const [first, second] = lab.hosts;
  if (first === undefined || second === undefined || master === undefined) throw new Error('hosts');
  // The lower priority may win for a moment when it starts first.
  do {
    await probe.waitForService({ host: first.name });
    await probe.settle();
  } while (probe.serving !== first.name);
  tap.clear();

  const own = first.address(4);
  const isOwn = (advert: { from: string; priority: number }): boolean => advert.from === own;
  const report = await probe.gapAround(
    async () => {
      await tap.next(isOwn);
      const advert = await tap.next(isOwn);
      if (step.event === 'stop') {
        master.signal('SIGTERM');
        return;
      }
      await until(advert.atMs + step.advertSeconds * 500);
      await first.powerOff();
    },
    { to: second.name },
  );
  const servedMs = report.gapFromMs + report.gapMs;
  const last = tap.seen.findLast((advert) => isOwn(advert) && advert.atMs < servedMs);
  const next = tap.seen.find((advert) => advert.from === second.address(4));
  if (last === undefined || next === undefined) throw new Error('the tap has missed adverts');
  if (report.stallMs > stallLimitMs(report.gapMs)) return undefined;
  const { gapMs } = report;
  return { gapMs, fromAdvertMs: servedMs - last.atMs, electionMs: next.atMs - last.atMs };
}

/** To some ten microseconds: timers of Node are a millisecond coarse, so the rest is spent waiting. */
async function until(instantMs: number): Promise<void> {
  const rest = instantMs - monotonicMs();
  if (rest > 3) await sleep(rest - 2);
  while (monotonicMs() < instantMs);
}

async function run(parts: Parts, step: Case): Promise<Outcome> {
  const measured: Record<Program, Round[]> = { holdfast: [], keepalived: [] };
  for (let count = 0; count < step.rounds; count++) {
    for (const program of programs) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const round = await measure(parts, program, step);
        if (round === undefined) continue;
        measured[program].push(round);
        break;
      }
    }
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return { ...step, measured };
}

function report(outcomes: readonly Outcome[]): void {
  const heads = ['event, advert_int', 'program', 'gap (median) ms', 'min', 'max', 'p90'];
  printTable(
    [...heads, 'since last advert', 'of which election', 'ratio of gaps', 'rounds'],
    outcomes.flatMap(({ event, advertSeconds, measured }) =>
      programs.map((program) => {
        const gaps = measured[program].map(({ gapMs }) => gapMs);
        return [
          `${event}, ${advertSeconds} s`,
          program,
          median(gaps).toFixed(1),
          quantile(gaps, 0).toFixed(1),
          quantile(gaps, 1).toFixed(1),
          quantile(gaps, 0.9).toFixed(1),
          median(measured[program].map(({ fromAdvertMs }) => fromAdvertMs)).toFixed(1),
          median(measured[program].map(({ electionMs }) => electionMs)).toFixed(1),
          program === 'holdfast' ? ratio(measured).toFixed(3) : undefined,
          gaps.length,
        ];
      }),
    ),
  );
}

function ratio(measured: Outcome['measured']): number {
  const medianOf = (program: Program) => median(measured[program].map(({ gapMs }) => gapMs));
  return medianOf('holdfast') / medianOf('keepalived');
}

function bars(outcomes: readonly Outcome[]): readonly Bar[] {
  return outcomes
    .filter(({ event }) => event === 'crash')
    .map(({ event, advertSeconds, measured }) =>
      judge(`failover-${event}-${advertSeconds}s-ratio`, ratio(measured), crashLimit),
    );
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const wanted = cases(options).filter(
    ({ event, advertSeconds }) =>
      options.only.length === 0 ||
      isWanted(options, event) ||
      isWanted(options, String(advertSeconds)),
  );
  const stage = await openStage(['a', 'b']);
  const outcomes: Outcome[] = [];
  try {
    const probe = await stage.lab.probe(vip);
    for (const step of wanted) {
      process.stderr.write(`${step.event} at ${step.advertSeconds} s `);
      outcomes.push(await run({ ...stage, probe }, step));
    }
  } finally {
    await stage.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else report(outcomes);
  printBars(bars(outcomes));
}

await main();
