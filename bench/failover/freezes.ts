/**
 * The daemon of the holder hangs (SIGSTOP) or is killed (SIGKILL) while its host goes on: for how long
 * do two hosts hold the address, for how long does nobody, and who has it when the daemon wakes up?
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { configText } from '../support/config.ts';
import { type Bar, judge, median, printTable, quantile } from '../support/figures.ts';
import type { BenchOptions } from '../support/options.ts';
import {
  inRounds,
  likePairs,
  type Pair,
  type Parts,
  pairName,
  type RunningPair,
  signalDaemon,
  startPair,
  vip,
  vrid,
} from './pair.ts';

const overlapLimitMs = 1500;
/** Of the gaps' medians: what a single probe may be off. */
const gapLimitMs = 5;
/** Overlaps are counted in rounds of ten milliseconds. */
const stallMaxMs = 100;
/** Nobody gives anything up by himself any more after so long. */
const watchMs = 3000;

export interface Freeze {
  readonly event: 'hang' | 'kill';
  readonly advertSeconds: number;
  readonly rounds: number;
}

interface Round {
  readonly overlapMs: number;
  readonly gapMs: number;
  /** Whether the address went back to the woken daemon before its Master_Down_Interval had passed. */
  readonly takenBack: 'yes' | 'no' | undefined;
}

export interface FreezeOutcome extends Freeze {
  readonly measured: readonly { readonly pair: Pair; readonly rounds: readonly Round[] }[];
}

export function freezes({ pace }: BenchOptions): readonly Freeze[] {
  const rounds = pace === 'quick' ? 1 : 3;
  return [1, 0.1, 0.01].flatMap((advertSeconds) => [
    { event: 'hang', advertSeconds, rounds } as const,
    { event: 'kill', advertSeconds, rounds } as const,
  ]);
}

export async function measureFreeze(parts: Parts, freeze: Freeze): Promise<FreezeOutcome> {
  const rounds = await inRounds(freeze.rounds, likePairs, (pair) => measure(parts, pair, freeze));
  return { ...freeze, measured: [...rounds].map(([pair, list]) => ({ pair, rounds: list })) };
}

async function measure(parts: Parts, pair: Pair, freeze: Freeze): Promise<Round | undefined> {
  const { probe } = parts;
  const { advertSeconds } = freeze;
  const running = await startPair(parts, pair, (priority) =>
    configText([{ name: 'BENCH', vrid, priority, advertSeconds, address: `${vip}/24` }]),
  );
  const fromMs = monotonicMs();
  await signalDaemon(running, pair, freeze.event === 'hang' ? 'STOP' : 'KILL');
  await probe.waitForService({ host: running.second.name });
  await sleep(watchMs);
  const { overlapMs, gapMs, stallMs } = await probe.report({ fromMs, toMs: monotonicMs() });
  // Also where the round does not count: what is stopped cannot be taken down.
  const takenBack =
    freeze.event === 'hang' ? await wake(parts, running, { pair, advertSeconds }) : undefined;
  return stallMs > stallMaxMs ? undefined : { overlapMs, gapMs, takenBack };
}

/** Wakes the daemon and sees who serves until it could have been elected. */
async function wake(
  { probe }: Parts,
  running: RunningPair,
  { pair, advertSeconds }: { readonly pair: Pair; readonly advertSeconds: number },
): Promise<'yes' | 'no'> {
  let takenBack: 'yes' | 'no' = 'no';
  const forget = probe.onChange(() => {
    if (probe.serving === running.first.name) takenBack = 'yes';
  });
  await signalDaemon(running, pair, 'CONT');
  await sleep(advertSeconds * 2500);
  forget();
  return takenBack;
}

export function reportFreezes(outcomes: readonly FreezeOutcome[]): void {
  if (outcomes.length === 0) return;
  const heads = ['event, advert_int', 'program', 'two hold it (median) ms', 'max'];
  printTable(
    [...heads, 'nobody (median) ms', 'max', 'taken back unelected', 'rounds'],
    outcomes.flatMap(({ event, advertSeconds, measured }) =>
      measured.map(({ pair, rounds }) => {
        const overlaps = rounds.map(({ overlapMs }) => overlapMs);
        const gaps = rounds.map(({ gapMs }) => gapMs);
        return [
          `${event}, ${advertSeconds} s`,
          pairName(pair),
          median(overlaps).toFixed(0),
          quantile(overlaps, 1).toFixed(0),
          median(gaps).toFixed(1),
          quantile(gaps, 1).toFixed(1),
          event === 'hang' ? `${takenBack(rounds)} of ${rounds.length}` : undefined,
          rounds.length,
        ];
      }),
    ),
  );
}

export function freezeBars(outcomes: readonly FreezeOutcome[]): readonly Bar[] {
  return outcomes.flatMap(({ event, advertSeconds, measured }) => {
    const name = `failover-${event}-${advertSeconds}s`;
    const of = (program: string): readonly Round[] =>
      measured.find(({ pair }) => pair.master === program)?.rounds ?? [];
    const ours = of('holdfast');
    const gap = (rounds: readonly Round[]): number => median(rounds.map(({ gapMs }) => gapMs));
    const longest = quantile(
      ours.map(({ overlapMs }) => overlapMs),
      1,
    );
    const bars = [
      judge(`${name}-two-hold-it-ms`, longest, overlapLimitMs),
      judge(`${name}-gap-beyond-keepalived-ms`, gap(ours) - gap(of('keepalived')), gapLimitMs),
    ];
    if (event === 'hang') bars.push(judge(`${name}-taken-back`, takenBack(ours), 0));
    return bars;
  });
}

function takenBack(rounds: readonly Round[]): number {
  return rounds.filter((round) => round.takenBack === 'yes').length;
}
