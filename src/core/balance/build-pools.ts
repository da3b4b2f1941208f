/** Pools for a new configuration, which know what was known before of the same servers. */
import type { Micros } from '../../base/time.ts';
import type { HealthCheck } from '../../config/model/health-check.ts';
import type { LoadBalancing, RealServer } from '../../config/model/virtual-server.ts';
import type { WantedCheck } from '../check/check-board.ts';
import type { KnownAnswer } from '../check/checker.ts';
import { type CheckId, checkId } from '../check/identity.ts';
import { type AskingCheck, isAsking } from '../check/requests.ts';
import type { CarriedState, ServerCause } from './director-types.ts';
import { servicesOf } from './expand.ts';
import type { OrderBook } from './order-book.ts';
import { type ServiceId, serverId } from './plane.ts';
import { Pool } from './pool.ts';
import { type CheckOpinion, PoolServer } from './real-server.ts';
import type { ToldChecks } from './told-checks.ts';
import { type CheckUser, opinionOf } from './users.ts';

/** What is known of checks that ask, before it is looked at who is to ask anew. */
export interface KnownAnswers {
  of(check: AskingCheck): KnownAnswer | undefined;
}

export interface PoolSurroundings {
  readonly now: Micros;
  readonly cause: ServerCause;
  readonly answers: KnownAnswers;
  readonly told: Pick<ToldChecks, 'opinion'>;
  readonly orders: OrderBook;
  readonly before: readonly Pool[];
  readonly carried: CarriedState | undefined;
}

export interface BuiltPool {
  readonly pool: Pool;
  /** The one of the configuration before. */
  readonly old: Pool | undefined;
}

export function buildPools(
  model: Pick<LoadBalancing, 'virtualServers' | 'groups'>,
  surroundings: PoolSurroundings,
): readonly BuiltPool[] {
  const groups = new Map(model.groups.map((group) => [group.name, group]));
  const before = new Map(surroundings.before.map((pool) => [pool.id, pool]));
  const quorums = new Map(surroundings.carried?.quorums);
  const claimed = new Set<ServiceId>();
  return model.virtualServers.map((virtual) => {
    const services = servicesOf(virtual, groups);
    const pool = new Pool(virtual, services, claimed);
    const old = before.get(pool.id);
    pool.begin(
      virtual.realServers.map((real) => buildServer(real, { pool, old }, surroundings)),
      old?.quorum ?? quorums.get(pool.id),
    );
    pool.isSuspended = old?.isSuspended ?? false;
    return { pool, old };
  });
}

interface Place {
  readonly pool: Pool;
  readonly old: Pool | undefined;
}

function buildServer(
  model: RealServer,
  { pool, old }: Place,
  surroundings: PoolSurroundings,
): PoolServer {
  const { answers, told, orders } = surroundings;
  const before = old?.server(serverId(model.address, model.port));
  // An array that grows has room for seventeen.
  const opinions = model.checks.map((check): CheckOpinion => {
    if (!isAsking(check)) return told.opinion(check);
    const unanswered = before?.state ?? (check.alpha ? 'down' : 'up');
    return opinionOf(answers.of(check), unanswered, model.weight);
  });
  const server = new PoolServer(model, opinions, surroundings);
  if (before?.state === server.state) {
    server.since = before.since;
    server.cause = before.cause;
  }
  orders.apply(pool, server);
  return server;
}

/** Who wants to know what of the checks that ask, each once; whoever is told adds itself to `told`. */
export function usesOf(
  { trackChecks }: Pick<LoadBalancing, 'trackChecks'>,
  pools: readonly Pool[],
  told: Pick<ToldChecks, 'add'>,
): ReadonlyMap<CheckId, WantedCheck<CheckUser>> {
  const uses = new Uses();
  for (const { name, check } of trackChecks) {
    uses.add(check, 'at once', { kind: 'track', name });
  }
  for (const pool of pools) {
    for (const server of pool.servers) {
      for (const [index, check] of server.model.checks.entries()) {
        const user = { kind: 'server', pool, server, check: index } as const;
        if (isAsking(check)) uses.add(check, 'after warm-up', user);
        else told.add(check, user);
      }
    }
  }
  return uses.wanted;
}

interface Use extends WantedCheck<CheckUser> {
  readonly users: CheckUser[];
  failures: WantedCheck<CheckUser>['failures'];
}

class Uses {
  readonly wanted = new Map<CheckId, Use>();

  add(check: HealthCheck, urgency: Use['urgency'], user: CheckUser): void {
    if (!isAsking(check)) return;
    const id = checkId(check);
    const failures = check.logAllFailures ? 'all told' : 'told while up';
    const use = this.wanted.get(id);
    if (use === undefined) this.wanted.set(id, { check, users: [user], urgency, failures });
    else {
      use.users.push(user);
      if (failures === 'all told') use.failures = failures;
    }
  }
}
