/** Who asks what after some pools have taken the place of others, without a look at all the rest. */
import type { BoardChange, CheckBoard, WantedCheck } from '../check/check-board.ts';
import { type CheckId, checkId } from '../check/identity.ts';
import { isAsking } from '../check/requests.ts';
import type { Pool } from './pool.ts';
import type { CheckUser } from './users.ts';

type Wanted = WantedCheck<CheckUser>;

export interface ChangedPools {
  /** They are no more. */
  readonly left: ReadonlySet<Pool>;
  /** What those ask that have come. */
  readonly asked: ReadonlyMap<CheckId, Wanted>;
}

export function changedChecks(
  board: Pick<CheckBoard<CheckUser>, 'entry' | 'foreseeOne'>,
  { left, asked }: ChangedPools,
): BoardChange<CheckUser> {
  const wanted = new Map<CheckId, Wanted>();
  const gone: CheckId[] = [];
  for (const id of new Set([...checksOf(left), ...asked.keys()])) {
    const entry = board.entry(id);
    const want = asked.get(id);
    const others = entry?.users.filter((one) => one.kind === 'track' || !left.has(one.pool)) ?? [];
    const users = [...others, ...(want?.users ?? [])];
    const check = want?.check ?? entry?.checker.check;
    if (users.length === 0 || check === undefined) gone.push(id);
    else {
      const tracked = others.some(({ kind }) => kind === 'track') ? entry?.failures : undefined;
      const failures = users.some(tellsAll) ? 'all told' : (tracked ?? 'told while up');
      wanted.set(id, { check, users, urgency: want?.urgency ?? 'after warm-up', failures });
    }
  }
  return { wanted, gone, foreseen: (id) => board.foreseeOne(id) };
}

function checksOf(pools: Iterable<Pool>): readonly CheckId[] {
  return [...pools].flatMap(({ servers }) =>
    servers.flatMap(({ model }) => model.checks.filter(isAsking).map(checkId)),
  );
}

function tellsAll(user: CheckUser): boolean {
  if (user.kind === 'track') return false;
  const check = user.server.model.checks[user.check];
  return check !== undefined && isAsking(check) && check.logAllFailures;
}
