/** Pools for a new configuration, which know what was known before of the same servers. */
import type { Micros } from '../../base/time.ts';
import type {
  LoadBalancing,
  RealServer,
  VirtualServer,
} from '../../config/model/virtual-server.ts';
import type { BoardOrders, CheckBoard, WantedCheck } from '../check/check-board.ts';
import { type CheckId, checkId } from '../check/identity.ts';
import { isAsking } from '../check/requests.ts';
import type { CarriedState, ServerCause } from './director-types.ts';
import { matchesOf } from './expand.ts';
import type { OrderBook } from './order-book.ts';
import { serverId, serviceId } from './plane.ts';
import { Pool } from './pool.ts';
import { type CheckOpinion, PoolServer } from './real-server.ts';
import type { ToldChecks } from './told-checks.ts';
import { type CheckUser, opinionOf } from './users.ts';

export interface PoolSurroundings {
  readonly now: Micros;
  readonly cause: ServerCause;
  readonly board: CheckBoard<CheckUser>;
  readonly told: ToldChecks;
  readonly orders: OrderBook;
  readonly before: readonly Pool[];
  readonly carried: CarriedState | undefined;
  share(): number;
  readonly boardOrders: BoardOrders<CheckUser>;
}

export function buildPools(model: LoadBalancing, surroundings: PoolSurroundings): readonly Pool[] {
  const { now, board, told, carried, share, boardOrders } = surroundings;
  const users = new Map<CheckId, CheckUser[]>();
  const wanted = wantedChecks(model, users);
  const known = new Map(carried?.checks.map(({ check, verdict }) => [check, verdict]));
  board.configure(now, wanted, (id) => known.get(id), share, boardOrders);
  told.forgetUsers();
  const groups = new Map(model.groups.map((group) => [group.name, group]));
  const before = new Map(surroundings.before.map((pool) => [pool.id, pool]));
  const quorums = new Map(carried?.quorums);
  return model.virtualServers.map((virtual) => {
    const matches = matchesOf(virtual, groups);
    const [first] = matches;
    const id = first && serviceId(first);
    const old = id === undefined ? undefined : before.get(id);
    const quorum = old?.quorum ?? (id === undefined ? undefined : quorums.get(id));
    const servers = virtual.realServers.map((real) => buildServer(real, old, surroundings));
    const pool = new Pool(virtual, matches, servers, quorum);
    for (const server of servers) {
      surroundings.orders.apply(pool, server);
      server.model.checks.forEach((check, index) => {
        const user = { kind: 'server', pool, server, check: index } as const;
        if (isAsking(check)) users.get(checkId(check))?.push(user);
        else told.add(check, user);
      });
    }
    if (quorum === undefined) pool.begin();
    return pool;
  });
}

function buildServer(
  model: RealServer,
  old: Pool | undefined,
  { now, cause, board, told }: PoolSurroundings,
): PoolServer {
  const opinions = model.checks.map((check): CheckOpinion => {
    if (!isAsking(check)) return told.opinion(check);
    const checker = board.entry(checkId(check))?.checker;
    return checker === undefined
      ? { state: 'passes', contribution: 0 }
      : opinionOf(checker, model.weight);
  });
  const server = new PoolServer(model, opinions, { at: now, cause });
  const before = old?.servers.find(({ id }) => id === serverId(model.address, model.port));
  if (before?.state === server.state) {
    server.since = before.since;
    server.cause = before.cause;
  }
  return server;
}

/** Every check that asks, once; `users` is filled while the pools are built. */
function wantedChecks(
  { virtualServers, trackChecks }: LoadBalancing,
  users: Map<CheckId, CheckUser[]>,
): ReadonlyMap<CheckId, WantedCheck<CheckUser>> {
  const wanted = new Map<CheckId, WantedCheck<CheckUser>>();
  const want = (check: VirtualServer['realServers'][number]['checks'][number]): CheckId => {
    const id = checkId(check);
    if (users.has(id) || !isAsking(check)) return id;
    const list: CheckUser[] = [];
    users.set(id, list);
    wanted.set(id, { check, users: list, urgency: 'after warm-up' });
    return id;
  };
  for (const { name, check } of trackChecks) {
    const id = want(check);
    users.get(id)?.push({ kind: 'track', name });
    const entry = wanted.get(id);
    if (entry !== undefined) wanted.set(id, { ...entry, urgency: 'at once' });
  }
  for (const { realServers } of virtualServers) {
    for (const { checks } of realServers) for (const check of checks) want(check);
  }
  return wanted;
}
