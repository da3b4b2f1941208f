import type { LiveBack, LiveConfig, LiveFront, LiveProxy, LiveServer } from '../live.ts';
import {
  joinAverages,
  type ProxyTally,
  type SideTally,
  sumCounters,
  sumRates,
  type Tally,
} from './tally.ts';

type Draft<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** The graph of the leading process with what all have counted; states are its own. Made anew for each answer. */
export function mergeLive(own: LiveConfig, tallies: readonly Tally[]): LiveConfig {
  if (tallies.length === 0) return own;
  const add = (name: 'current' | 'connections' | 'requests'): number =>
    tallies.reduce((sum, tally) => sum + tally[name], own[name]);
  const proxies = own.proxies.map((proxy, index) =>
    mergeProxy(
      proxy,
      tallies.flatMap((tally) => tally.proxies[index] ?? []),
    ),
  );
  const twins = new Map(own.proxies.map((proxy, index) => [proxy, proxies[index]]));
  const byName = new Map(
    [...own.byName].map(
      ([name, some]) => [name, some.flatMap((proxy) => twins.get(proxy) ?? [])] as const,
    ),
  );
  return {
    ...own,
    ...{ proxies, byName },
    current: add('current'),
    connections: add('connections'),
    requests: add('requests'),
  };
}

/** What in `own` the same is in a graph that was merged from it. */
export function serverIn(own: LiveConfig, { config, proxy }: LiveServer): LiveServer {
  const found = proxyIn(own, proxy).back?.servers.find((server) => server.config === config);
  if (found === undefined) throw new Error(`${config.name} is of another configuration`);
  return found;
}

export function proxyIn(own: LiveConfig, { config }: LiveProxy): LiveProxy {
  const found = own.proxies.find((proxy) => proxy.config === config);
  if (found === undefined) throw new Error(`${config.name} is of another configuration`);
  return found;
}

function mergeProxy(own: LiveProxy, others: readonly ProxyTally[]): LiveProxy {
  const merged: Draft<LiveProxy> = { ...own };
  const { front, back } = own;
  if (front !== undefined)
    merged.front = mergeFront(
      front,
      others.flatMap((each) => each.front ?? []),
    );
  if (back !== undefined)
    merged.back = mergeBack(
      back,
      merged,
      others.flatMap((each) => each.back ?? []),
    );
  return merged;
}

function mergeFront(
  own: LiveFront,
  others: readonly NonNullable<ProxyTally['front']>[],
): LiveFront {
  const rates = (index: 0 | 1 | 2) => others.map((each) => each.rates[index]);
  return {
    ...own,
    counters: sumCounters(
      own.counters,
      others.map((each) => each.counters),
    ),
    sessionRate: sumRates(own.sessionRate, rates(0)),
    connectionRate: sumRates(own.connectionRate, rates(1)),
    requestRate: sumRates(own.requestRate, rates(2)),
    listeners: own.listeners.map((listener, index) => ({
      ...listener,
      counters: sumCounters(
        listener.counters,
        others.flatMap(({ listeners }) => (listeners[index] ? [listeners[index]] : [])),
      ),
    })),
  };
}

function mergeBack(
  own: LiveBack,
  proxy: LiveProxy,
  others: readonly NonNullable<ProxyTally['back']>[],
): LiveBack {
  return {
    ...own,
    ...mergeSide(own, others),
    servers: own.servers.map((server, index) => ({
      ...server,
      proxy,
      ...mergeSide(
        server,
        others.flatMap(({ servers }) => servers[index] ?? []),
      ),
    })),
  };
}

function mergeSide(
  own: LiveBack | LiveServer,
  others: readonly SideTally[],
): Pick<LiveServer, 'counters' | 'sessionRate' | 'averages'> {
  return {
    counters: sumCounters(
      own.counters,
      others.map(({ counters }) => counters),
    ),
    sessionRate: sumRates(
      own.sessionRate,
      others.map(({ rate }) => rate),
    ),
    averages: joinAverages(own, others),
  };
}
