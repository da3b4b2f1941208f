import type { Rng } from '../../../base/rng.ts';
import type { LiveBack, LiveProxy, LiveServer } from '../live.ts';
import { effectiveWeight, groupsOf } from '../usable.ts';
import { hasSlot } from './capacity.ts';
import { Ring } from './hashing.ts';
import { LeastLoaded } from './least-loaded.ts';
import { RoundWalk, roundOf } from './round.ts';
import { Turns } from './turns.ts';

export interface BalanceRequest {
  /** Of what the algorithm hashes; absent where there is no such thing: then by turns. */
  readonly hash?: number | undefined;
  /** Failed just now: somebody else, if there is. */
  readonly not?: LiveServer | undefined;
}

/** Chooses servers of one backend. */
export interface Balancer {
  /** Undefined: nobody is in service. Whoever is chosen may be full: then one waits for it. */
  choose(request: BalanceRequest): LiveServer | undefined;
  /** The set of those in service, or a weight, has changed. */
  refresh(): void;
  /** Somebody has got a slot of this server, given it back, or waits for it, or no longer. */
  loadChanged(server: LiveServer): void;
}

/** Of regular servers or of backups: each has turns of its own. */
interface Algorithm {
  /** `servers` are not empty. */
  pick(servers: readonly LiveServer[], request: BalanceRequest): LiveServer | undefined;
  refresh(servers: readonly LiveServer[]): void;
  loadChanged?(server: LiveServer): void;
}

export function createBalancer(proxy: LiveProxy, back: LiveBack, rng: Rng): Balancer {
  let groups = groupsOf(proxy, back);
  const regular = createAlgorithm(proxy, groups.regular, rng);
  const backups = createAlgorithm(proxy, groups.backups, rng);
  return {
    choose: (request) => {
      if (groups.regular.length > 0) return regular.pick(groups.regular, request);
      return groups.backups.length > 0 ? backups.pick(groups.backups, request) : undefined;
    },
    refresh: () => {
      groups = groupsOf(proxy, back);
      regular.refresh(groups.regular);
      backups.refresh(groups.backups);
    },
    loadChanged: (server) => (server.config.backup ? backups : regular).loadChanged?.(server),
  };
}

function createAlgorithm(
  { config }: LiveProxy,
  servers: readonly LiveServer[],
  rng: Rng,
): Algorithm {
  const { balance } = config;
  switch (balance.kind) {
    case 'roundrobin':
      return byTurns(new Turns(servers));
    case 'static-rr':
      return byTurns(new RoundWalk(servers));
    case 'leastconn':
      return leastLoaded(servers);
    case 'first':
      return unprepared((all, request) => openOf(all, request)[0] ?? all[0]);
    case 'random':
      return unprepared((all, request) => {
        const open = openOf(all, request);
        return randomOf(open.length > 0 ? open : all, balance.draws, rng);
      });
    default: {
      const otherwise = byTurns(new Turns(servers));
      return balance.hash === 'consistent' ? consistent(otherwise) : mapBased(servers, otherwise);
    }
  }
}

type IsOpen = (server: LiveServer) => boolean;

/** Who has a slot, and has not failed just now unless there is nobody else. */
function opening(servers: readonly LiveServer[], { not }: BalanceRequest): IsOpen {
  return not === undefined || servers.length === 1
    ? hasSlot
    : (server) => server !== not && hasSlot(server);
}

const openOf = (servers: readonly LiveServer[], request: BalanceRequest): readonly LiveServer[] =>
  servers.filter(opening(servers, request));

function unprepared(pick: Algorithm['pick']): Algorithm {
  return { pick, refresh: () => {} };
}

function byTurns(turns: {
  next(isOpen: IsOpen): LiveServer | undefined;
  refresh(servers: readonly LiveServer[]): void;
}): Algorithm {
  return {
    pick: (servers, request) => turns.next(opening(servers, request)) ?? servers[0],
    refresh: (servers) => turns.refresh(servers),
  };
}

function leastLoaded(first: readonly LiveServer[]): Algorithm {
  const loads = new LeastLoaded(first);
  return {
    pick: (servers, request) => loads.next(servers, opening(servers, request)) ?? servers[0],
    refresh: (servers) => loads.refresh(servers),
    loadChanged: (server) => loads.changed(server),
  };
}

/** A hash has one server, whether or not that has just failed. */
function mapBased(first: readonly LiveServer[], otherwise: Algorithm): Algorithm {
  let round = roundOf(first);
  return {
    pick: (servers, request) =>
      request.hash === undefined
        ? otherwise.pick(servers, request)
        : round[request.hash % round.length],
    refresh: (servers) => {
      round = roundOf(servers);
      otherwise.refresh(servers);
    },
  };
}

function consistent(otherwise: Algorithm): Algorithm {
  let ring: Ring | undefined;
  return {
    pick: (servers, request) => {
      const { hash, not } = request;
      if (hash === undefined) return otherwise.pick(servers, request);
      // A ring without the one that failed is made for one question only.
      if (not !== undefined && servers.length > 1)
        return new Ring(servers.filter((server) => server !== not)).find(hash);
      ring ??= new Ring(servers);
      return ring.find(hash);
    },
    refresh: (servers) => {
      ring = undefined;
      otherwise.refresh(servers);
    },
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
