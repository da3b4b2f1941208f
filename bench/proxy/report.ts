import {
  type Bar,
  groupBy,
  judgeLeast,
  median,
  printBars,
  printTable,
} from '../support/figures.ts';
import { type Mode, OFFLOAD, type ProxyName, proxies, type Way } from './ways.ts';

type Requests = 'kept' | 'new' | 'least';
type What = Requests | `${Requests}Cost` | 'bulk' | 'p50' | 'p99' | 'memory';

export interface Outcome {
  readonly mode: Mode;
  readonly what: What;
  readonly way: Way;
  readonly value: number;
}

/** Of these less is better, and the server itself has none. */
const costs: readonly What[] = ['keptCost', 'newCost', 'leastCost', 'memory'];

const units: Readonly<Record<What, string>> = {
  kept: 'requests/s, kept',
  keptCost: 'processor µs a request',
  new: 'new connections/s',
  newCost: 'processor µs a connection',
  least: 'least connections/s',
  leastCost: 'processor µs a least one',
  bulk: 'bulk MB/s',
  p50: 'added µs, p50',
  p99: 'added µs, p99',
  memory: 'KiB / 1000 connections',
};

/** How many times what HAProxy does has to be reached. */
const leastRatios: Readonly<Record<Mode, number>> = { tcp: 0.8, http: 0.5, tls: 0.8, https: 0.5 };
const OFFLOAD_RATIO = 1.5;
const PAIRS = [
  ['holdfast-1', 'haproxy-1'],
  ['holdfast-2', 'haproxy-2'],
] as const;

/** Medians of all rounds; ratios are the medians of each round's own. */
export function printOutcomes(outcomes: readonly Outcome[]): void {
  const groups = [...groupBy(outcomes, ({ mode, what }) => `${mode} ${what}`).values()];
  const rows = groups.map((some) => {
    const [{ mode, what } = { mode: 'tcp', what: 'kept' } as const] = some;
    const isAdded = what === 'p50' || what === 'p99';
    const direct = isAdded ? medianOf(some, 'direct') : 0;
    const shown = (way: Way): number => Math.round(medianOf(some, way) - direct);
    return [
      `${mode}: ${units[what]}`,
      costs.includes(what) ? undefined : Math.round(medianOf(some, 'direct')),
      ...proxies.map(shown),
      mode === 'tcp' && !costs.includes(what) ? shown(OFFLOAD) : undefined,
      // A difference to nearly nothing has no ratio that means anything.
      ...PAIRS.map(([holdfast, haproxy]) =>
        isAdded ? undefined : ratioOf(some, holdfast, haproxy).toFixed(2),
      ),
    ];
  });
  const ratios = PAIRS.map(([, haproxy]) => `ratio, ${haproxy.slice(-1)}`);
  printTable(['median of rounds', 'direct', ...proxies, OFFLOAD, ...ratios], rows);
  printBars(groups.flatMap(barsOf));
}

function barsOf(some: readonly Outcome[]): readonly Bar[] {
  const [first] = some;
  if (first === undefined || !['kept', 'new', 'least', 'bulk'].includes(first.what)) return [];
  const { mode, what } = first;
  const bar = (holdfast: ProxyName, haproxy: ProxyName, least: number): Bar =>
    judgeLeast(
      `${mode} ${what}: ${holdfast} / ${haproxy}`,
      ratioOf(some, holdfast, haproxy),
      least,
    );
  return [
    ...PAIRS.map(([holdfast, haproxy]) => bar(holdfast, haproxy, leastRatios[mode])),
    // Of new connections wrk and nginx leave not enough of the processors to see one and a half times.
    ...(mode === 'tcp' && what !== 'new'
      ? PAIRS.map(([, haproxy]) => bar(OFFLOAD, haproxy, OFFLOAD_RATIO))
      : []),
  ];
}

function medianOf(some: readonly Outcome[], way: Way): number {
  return median(valuesOf(some, way));
}

function valuesOf(some: readonly Outcome[], way: Way): readonly number[] {
  return some.filter((each) => each.way === way).map(({ value }) => value);
}

function ratioOf(some: readonly Outcome[], holdfast: ProxyName, haproxy: ProxyName): number {
  const others = valuesOf(some, haproxy);
  return median(valuesOf(some, holdfast).map((value, round) => value / (others[round] ?? 0)));
}
