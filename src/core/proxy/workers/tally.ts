/** What one process has counted, as plain data: for the one that answers for all. */
import { createCounters, type SideCounters } from '../counters.ts';
import type { Averages, LiveConfig } from '../live.ts';
import { RateMeter, type RateState } from '../rate-meter.ts';

export interface Tally {
  readonly current: number;
  readonly connections: number;
  readonly requests: number;
  /** In the order of the configuration. */
  readonly proxies: readonly ProxyTally[];
}

export interface ProxyTally {
  readonly front?: {
    readonly counters: PackedCounters;
    /** Sessions, connections, requests. */
    readonly rates: readonly [RateState, RateState, RateState];
    readonly listeners: readonly PackedCounters[];
  };
  readonly back?: SideTally & { readonly servers: readonly SideTally[] };
}

export interface SideTally {
  readonly counters: PackedCounters;
  readonly rate: RateState;
  readonly averages: Averages;
}

/** Values without their names, in the order of `createCounters`. */
export type PackedCounters = readonly (number | readonly number[])[];

const names = Object.keys(createCounters()) as readonly (keyof SideCounters)[];

const gauges: readonly string[] = ['current', 'queued', 'idle'];

export function takeTally({ current, connections, requests, proxies }: LiveConfig): Tally {
  return {
    ...{ current, connections, requests },
    proxies: proxies.map(({ front, back }) => ({
      ...(front !== undefined && {
        front: {
          counters: pack(front.counters),
          rates: [
            front.sessionRate.export(),
            front.connectionRate.export(),
            front.requestRate.export(),
          ],
          listeners: front.listeners.map(({ counters }) => pack(counters)),
        },
      }),
      ...(back !== undefined && { back: { ...side(back), servers: back.servers.map(side) } }),
    })),
  };
}

/** Of a process that has ended: nothing is under way there any more. */
export function settleTally(tally: Tally): Tally {
  const settle = (packed: PackedCounters): PackedCounters =>
    packed.map((value, index) => (gauges.includes(names[index] as string) ? 0 : value));
  const settleSide = (of: SideTally): SideTally => ({ ...of, counters: settle(of.counters) });
  return {
    ...tally,
    current: 0,
    proxies: tally.proxies.map(({ front, back }) => ({
      ...(front !== undefined && {
        front: {
          ...front,
          counters: settle(front.counters),
          listeners: front.listeners.map(settle),
        },
      }),
      ...(back !== undefined && {
        back: { ...settleSide(back), servers: back.servers.map(settleSide) },
      }),
    })),
  };
}

function side(of: {
  readonly counters: SideCounters;
  readonly sessionRate: RateMeter;
  readonly averages: Averages;
}): SideTally {
  return {
    counters: pack(of.counters),
    rate: of.sessionRate.export(),
    averages: { ...of.averages },
  };
}

function pack(counters: SideCounters): PackedCounters {
  return names.map((name) => counters[name]);
}

/** The most at once of all is not known; the sum is what it was at most. */
export function sumCounters(own: SideCounters, others: readonly PackedCounters[]): SideCounters {
  const sum: Record<string, number | number[]> = { ...own, responses: [...own.responses] };
  for (const packed of others)
    for (const [index, name] of names.entries()) {
      const value = packed[index];
      const known = sum[name];
      if (typeof value === 'number' && typeof known === 'number')
        sum[name] = name === 'lastChosenUs' ? Math.max(known, value) : known + value;
      else if (Array.isArray(value) && Array.isArray(known))
        sum[name] = known.map((each, digit) => each + (value[digit] ?? 0));
    }
  return sum as unknown as SideCounters;
}

export function sumRates(own: RateMeter, others: readonly RateState[]): RateMeter {
  return RateMeter.sum([own.export(), ...others]);
}

/** Each as heavy as what it is the average of: its last 1024 sessions. */
export function joinAverages(
  own: { readonly averages: Averages; readonly counters: SideCounters },
  others: readonly SideTally[],
): Averages {
  const sessions = names.indexOf('sessions');
  const all = [
    { averages: own.averages, sessions: own.counters.sessions },
    ...others.map(({ averages, counters }) => ({ averages, sessions: Number(counters[sessions]) })),
  ].map((each) => ({ averages: each.averages, weight: Math.min(1024, each.sessions) }));
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (name: keyof Averages): number =>
    all.reduce((sum, { averages, weight }) => sum + averages[name] * weight, 0) /
    Math.max(1, total);
  const most = (name: keyof Averages): number =>
    Math.max(...all.map(({ averages }) => averages[name]));
  return {
    queue: mean('queue'),
    connect: mean('connect'),
    response: mean('response'),
    total: mean('total'),
    maxQueue: most('maxQueue'),
    maxConnect: most('maxConnect'),
    maxResponse: most('maxResponse'),
    maxTotal: most('maxTotal'),
  };
}
