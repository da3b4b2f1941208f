/** The holder loses its power, or is stopped in order. */
import { configText } from '../support/config.ts';
import { type Bar, judge, median, printTable, quantile } from '../support/figures.ts';
import type { BenchOptions } from '../support/options.ts';
import {
  allPairs,
  inRounds,
  likePairs,
  type Pair,
  type Parts,
  pairName,
  stallLimitMs,
  startPair,
  until,
  vip,
  vrid,
} from './pair.ts';

/** Of keepalived's median. */
const crashLimit = 1.05;
const stopLimitMs = 5;

export interface Outage {
  readonly event: 'crash' | 'stop';
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

export interface OutageOutcome extends Outage {
  readonly measured: readonly { readonly pair: Pair; readonly rounds: readonly Round[] }[];
}

export function outages({ pace }: BenchOptions): readonly Outage[] {
  const quick = pace === 'quick';
  return [
    { event: 'crash', advertSeconds: 1, rounds: quick ? 2 : 7 },
    { event: 'crash', advertSeconds: 0.1, rounds: quick ? 3 : 15 },
    { event: 'crash', advertSeconds: 0.01, rounds: quick ? 7 : 41 },
    { event: 'stop', advertSeconds: 1, rounds: quick ? 2 : 7 },
    { event: 'stop', advertSeconds: 0.1, rounds: quick ? 2 : 9 },
    { event: 'stop', advertSeconds: 0.01, rounds: quick ? 3 : 15 },
  ];
}

export async function measureOutage(parts: Parts, outage: Outage): Promise<OutageOutcome> {
  const pairs = outage.event === 'stop' ? allPairs : likePairs;
  const rounds = await inRounds(outage.rounds, pairs, (pair) => measure(parts, pair, outage));
  return { ...outage, measured: [...rounds].map(([pair, list]) => ({ pair, rounds: list })) };
}

async function measure(parts: Parts, pair: Pair, outage: Outage): Promise<Round | undefined> {
  const { tap, probe } = parts;
  const { advertSeconds } = outage;
  const { first, second, master, isOwn } = await startPair(parts, pair, (priority) =>
    configText([{ name: 'BENCH', vrid, priority, advertSeconds, address: `${vip}/24` }]),
  );
  const report = await probe.gapAround(
    async () => {
      await tap.next(isOwn);
      const advert = await tap.next(isOwn);
      if (outage.event === 'stop') {
        master.signal('SIGTERM');
        return;
      }
      await until(advert.atMs + advertSeconds * 500);
      await first.powerOff();
    },
    { to: second.name },
  );
  const next = tap.seen.find((advert) => advert.from === second.address(4));
  // Where nobody was silent for longer than between two probes, the gap is anywhere.
  const isSilence = report.gapFromMs + report.gapMs >= (next?.atMs ?? 0);
  const servedMs = isSilence ? report.gapFromMs + report.gapMs : (next?.atMs ?? 0);
  const last = tap.seen.findLast((advert) => isOwn(advert) && advert.atMs < servedMs);
  if (last === undefined || next === undefined) throw new Error('the tap has missed adverts');
  if (report.stallMs > stallLimitMs(report.gapMs)) return undefined;
  const { gapMs } = report;
  return { gapMs, fromAdvertMs: servedMs - last.atMs, electionMs: next.atMs - last.atMs };
}

export function reportOutages(outcomes: readonly OutageOutcome[]): void {
  if (outcomes.length === 0) return;
  const heads = ['event, advert_int', 'programs', 'gap (median) ms', 'min', 'max', 'p90'];
  printTable(
    [...heads, 'since last advert', 'of which election', 'ratio of gaps', 'rounds'],
    outcomes.flatMap(({ event, advertSeconds, measured }) =>
      measured.map(({ pair, rounds }) => {
        const gaps = rounds.map(({ gapMs }) => gapMs);
        return [
          `${event}, ${advertSeconds} s`,
          pairName(pair),
          median(gaps).toFixed(1),
          quantile(gaps, 0).toFixed(1),
          quantile(gaps, 1).toFixed(1),
          quantile(gaps, 0.9).toFixed(1),
          median(rounds.map(({ fromAdvertMs }) => fromAdvertMs)).toFixed(1),
          median(rounds.map(({ electionMs }) => electionMs)).toFixed(1),
          pair.master === 'keepalived' ? undefined : ratio(measured, pair).toFixed(3),
          gaps.length,
        ];
      }),
    ),
  );
}

export function outageBars(outcomes: readonly OutageOutcome[]): readonly Bar[] {
  return outcomes.flatMap(({ event, advertSeconds, measured }) => {
    const name = `failover-${event}-${advertSeconds}s`;
    const ours = measured.filter(({ pair }) => pair.master === 'holdfast');
    if (event === 'crash') {
      return ours.map(({ pair }) => judge(`${name}-ratio`, ratio(measured, pair), crashLimit));
    }
    if (advertSeconds !== 1) return [];
    return ours.map(({ pair, rounds }) =>
      judge(`${name}-gap-to-${pair.successor}-ms`, gapOf(rounds), stopLimitMs),
    );
  });
}

function gapOf(rounds: readonly Round[]): number {
  return median(rounds.map(({ gapMs }) => gapMs));
}

function ratio(measured: OutageOutcome['measured'], pair: Pair): number {
  const gapOfPair = (wanted: (one: Pair) => boolean): number =>
    gapOf(measured.find((one) => wanted(one.pair))?.rounds ?? []);
  return gapOfPair((one) => one === pair) / gapOfPair(({ master }) => master === 'keepalived');
}
