/** Pools for a new configuration, which know what was known before of the same servers. */
import type { Micros } from '../../base/time.ts';
import type { HealthCheck } from '../../config/model/health-check.ts';
import type {
  LoadBalancing,
  RealServer,
  VirtualServer,
} from '../../config/model/virtual-server.ts';
import type { BoardOrders, CheckBoard, WantedCheck } from '../check/check-board.ts';
import { type CheckId, checkId } from '../check/identity.ts';
import { isAsking } from '../check/requests.ts';
import type { CarriedState, ServerCause } from './director-types.ts';
import { servicesOf } from './expand.ts';
import type { OrderBook } from './order-book.ts';
import { type ServiceId, serverId } from './plane.ts';
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

export interface BuiltPool {
  readonly pool: Pool;
  /** The one of the configuration before. */
  readonly old: Pool | undefined;
}

export function buildPools(
  model: LoadBalancing,
  surroundings: PoolSurroundings,
): readonly BuiltPool[] {
  const { now, board, told, carried, share, boardOrders } = surroundings;
  const uses = new Uses(model);
  const known = new Map(carried?.checks.map(({ check, ...answer }) => [check, answer]));
  board.configure(now, uses.wanted, known, share, boardOrders);
  told.forgetUsers();
  const groups = new Map(model.groups.map((group) => [group.name, group]));
  const before = new Map(surroundings.before.map((pool) => [pool.id, pool]));
  const quorums = new Map(carried?.quorums);
  const claimed = new Set<ServiceId>();
  return model.virtualServers.map((virtual) => {
    const services = servicesOf(virtual, groups);
    const pool = new Pool(virtual, services, claimed);
    const old = before.get(pool.id);
    pool.begin(
      virtual.realServers.map((real) => buildServer(real, { pool, old, uses }, surroundings)),
      old?.quorum ?? quorums.get(pool.id),
    );
    pool.isSuspended = old?.isSuspended ?? false;
    return { pool, old };
  });
}

interface Place {
  readonly pool: Pool;
  readonly old: Pool | undefined;
  readonly uses: Uses;
}

function buildServer(
  model: RealServer,
  { pool, old, uses }: Place,
  { now, cause, board, told, orders }: PoolSurroundings,
): PoolServer {
  const before = old?.server(serverId(model.address, model.port));
  const opinions = model.checks.map((check): CheckOpinion => {
    if (!isAsking(check)) return told.opinion(check);
    const checker = board.entry(uses.idOf(check))?.checker;
    const unanswered = before?.state ?? (check.alpha ? 'down' : 'up');
    return opinionOf(checker, { unanswered, weight: model.weight });
  });
  const server = new PoolServer(model, opinions, { at: now, cause });
  if (before?.state === server.state) {
    server.since = before.since;
    server.cause = before.cause;
  }
  orders.apply(pool, server);
  for (const [index, check] of model.checks.entries()) {
    const user = { kind: 'server', pool, server, check: index } as const;
    if (isAsking(check)) uses.add(check, user);
    else told.add(check, user);
  }
  return server;
}

interface Use {
  readonly id: CheckId;
  readonly users: CheckUser[];
}

/** Every check that asks, once; who uses it is filled in while the pools are built. */
class Uses {
  readonly wanted = new Map<CheckId, WantedCheck<CheckUser> & Pick<Use, 'users'>>();
  readonly #uses = new Map<HealthCheck, Use>();

  constructor({ virtualServers, trackChecks }: LoadBalancing) {
    for (const { name, check } of trackChecks) {
      this.#want(check, 'at once');
      this.add(check, { kind: 'track', name });
    }
    for (const check of checksOf(virtualServers)) this.#want(check, 'after warm-up');
  }

  idOf(check: HealthCheck): CheckId {
    return this.#uses.get(check)?.id ?? checkId(check);
  }

  add(check: HealthCheck, user: CheckUser): void {
    this.#uses.get(check)?.users.push(user);
  }

  #want(check: HealthCheck, urgency: WantedCheck<CheckUser>['urgency']): void {
    if (!isAsking(check)) return;
    const id = checkId(check);
    const failures = check.logAllFailures ? 'all told' : 'told while up';
    const before = this.wanted.get(id);
    // Equal checks have the same list of users.
    const users = before?.users ?? [];
    this.#uses.set(check, { id, users });
    if (before === undefined) this.wanted.set(id, { check, users, urgency, failures });
    else if (before.failures !== failures && failures === 'all told') {
      this.wanted.set(id, { ...before, failures });
    }
  }
}

function* checksOf(virtualServers: readonly VirtualServer[]): Iterable<HealthCheck> {
  for (const { realServers } of virtualServers) {
    for (const { checks } of realServers) yield* checks;
  }
}
