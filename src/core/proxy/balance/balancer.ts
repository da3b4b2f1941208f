import type { Rng } from '../../../base/rng.ts';
import type { LiveBack, LiveProxy, LiveServer } from '../live.ts';
import { candidatesOf, effectiveWeight } from '../usable.ts';
import { shareOf } from '../workers/place.ts';
import { Ring } from './hashing.ts';
import { roundOf, Turns } from './stride.ts';

export interface BalanceRequest {
  /** Of what the algorithm hashes; absent where there is no such thing: then by turns. */
  readonly hash?: number;
  /** Failed just now: somebody else, if there is. */
  readonly not?: LiveServer;
}

/** Chooses servers of one backend. */
export interface Balancer {
  /** Undefined: nobody is in service. Whoever is chosen may be full: then one waits for it. */
  choose(request: BalanceRequest): LiveServer | undefined;
  /** The set of those in service, or a weight, has changed. */
  refresh(): void;
}

type Pick = (servers: readonly LiveServer[], request: BalanceRequest) => LiveServer | undefined;

export function createBalancer(proxy: LiveProxy, back: LiveBack, rng: Rng): Balancer {
  let candidates: readonly LiveServer[] | undefined;
  let algorithm = createAlgorithm(proxy, rng);
  const known = (): readonly LiveServer[] => {
    candidates ??= candidatesOf(proxy, back);
    return candidates;
  };
  return {
    choose: (request) => {
      const all = known();
      const { not } = request;
      const others = not === undefined ? all : all.filter((server) => server !== not);
      return algorithm.pick(others.length > 0 ? others : all, request);
    },
    refresh: () => {
      candidates = undefined;
      algorithm = algorithm.refreshed();
    },
  };
}

interface Algorithm {
  readonly pick: Pick;
  /** What it has built upon the servers is built anew. */
  refreshed(): Algorithm;
}

function createAlgorithm({ config }: LiveProxy, rng: Rng): Algorithm {
  const turns = new Turns();
  const byTurns: Pick = (servers) => turns.next(free(servers));
  const { balance } = config;
  switch (balance.kind) {
    case 'roundrobin':
    case 'static-rr':
      return lasting(byTurns);
    case 'leastconn':
      return lasting(longestAgo());
    case 'first':
      return lasting((servers) => servers.find(hasSlot) ?? servers[0]);
    case 'random':
      return lasting((servers) => randomOf(servers, balance.draws, rng));
    default:
      return balance.hash === 'consistent' ? consistent(byTurns) : mapBased(byTurns);
  }
}

function lasting(pick: Pick): Algorithm {
  const algorithm: Algorithm = { pick, refreshed: () => algorithm };
  return algorithm;
}

function mapBased(otherwise: Pick): Algorithm {
  const rounds = new Map<readonly LiveServer[], readonly LiveServer[]>();
  return {
    pick: (servers, request) => {
      if (request.hash === undefined) return otherwise(servers, request);
      const round = rounds.get(servers) ?? roundOf(servers);
      // A list without the one that failed is made for one question only.
      if (request.not === undefined) rounds.set(servers, round);
      return round[request.hash % round.length];
    },
    refreshed: () => mapBased(otherwise),
  };
}

function consistent(otherwise: Pick): Algorithm {
  let ring: Ring | undefined;
  return {
    pick: (servers, request) => {
      if (request.hash === undefined) return otherwise(servers, request);
      if (request.not !== undefined) return new Ring(servers).find(request.hash);
      ring ??= new Ring(servers);
      return ring.find(request.hash);
    },
    refreshed: () => consistent(otherwise),
  };
}

/** A limit that grows with the load of the backend, between `minconn` and `maxconn`; this process's share. */
export function slotsOf(server: LiveServer): number {
  if (server.maxconn === 0) return Number.POSITIVE_INFINITY;
  const { back, config, place } = server.proxy;
  const maxconn = shareOf(server.maxconn, place);
  const minconn = shareOf(server.config.minconn, place);
  const full = shareOf(config.fullconn ?? 0, place);
  if (minconn === 0 || minconn >= maxconn || full === 0 || back === undefined) return maxconn;
  const load = Math.min(1, back.counters.current / full);
  return Math.max(minconn, Math.floor(maxconn * load));
}

export const hasSlot = (server: LiveServer): boolean =>
  server.counters.current < slotsOf(server) && server.counters.queued === 0;

/** Those with a free slot, or all where nobody has one. */
function free(servers: readonly LiveServer[]): readonly LiveServer[] {
  if (servers.every(hasSlot)) return servers;
  const others = servers.filter(hasSlot);
  return others.length > 0 ? others : servers;
}

function leastLoaded(servers: readonly LiveServer[]): readonly LiveServer[] {
  const loads = servers.map(loadOf);
  const least = Math.min(...loads);
  return servers.filter((_, index) => loads[index] === least);
}

/** Among equals who was chosen longest ago, whatever its weight. */
function longestAgo(): Pick {
  const chosenAt = new Map<LiveServer, number>();
  let count = 0;
  return (servers) => {
    const [first, ...others] = leastLoaded(servers);
    if (first === undefined) return undefined;
    const rank = (server: LiveServer): number => chosenAt.get(server) ?? 0;
    const best = others.reduce((a, b) => (rank(b) < rank(a) ? b : a), first);
    count += 1;
    chosenAt.set(best, count);
    return best;
  };
}

function loadOf(server: LiveServer): number {
  const { current, queued } = server.counters;
  return (current + queued) / effectiveWeight(server);
}

function randomOf(servers: readonly LiveServer[], draws: number, rng: Rng): LiveServer | undefined {
  let best: LiveServer | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const drawn = drawByWeight(servers, rng);
    if (drawn === undefined) return undefined;
    if (best === undefined || loadOf(drawn) < loadOf(best)) best = drawn;
  }
  return best;
}

function drawByWeight(servers: readonly LiveServer[], rng: Rng): LiveServer | undefined {
  const total = servers.reduce((sum, server) => sum + effectiveWeight(server), 0);
  let rest = rng.next() * total;
  return servers.find((server) => {
    rest -= effectiveWeight(server);
    return rest < 0;
  });
}
