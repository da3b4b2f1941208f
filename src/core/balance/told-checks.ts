/** Checks that do not ask, but are told: the numbers in files, and sessions of BFD. */
import type { HealthCheck } from '../../config/model/health-check.ts';
import type { DirectorInput, ServerCause } from './director-types.ts';
import type { PoolUser } from './pool.ts';
import type { CheckOpinion } from './real-server.ts';
import { fileOpinion, sessionOpinion } from './users.ts';

type ToldCheck = Extract<HealthCheck, { kind: 'file' | 'bfd' }>;
type Fact = Extract<DirectorInput, { kind: 'fileRead' | 'sessionChanged' }>;

export interface ToldOpinion {
  readonly user: PoolUser;
  readonly opinion: CheckOpinion;
  readonly cause: ServerCause;
}

export class ToldChecks {
  readonly #files = new Map<string, number | undefined>();
  readonly #sessions = new Map<string, 'up' | 'down'>();
  #users: { readonly check: ToldCheck; readonly user: PoolUser }[] = [];

  /** Before the users of a new configuration are named. */
  forgetUsers(): void {
    this.#users = [];
  }

  add(check: ToldCheck, user: PoolUser): void {
    this.#users.push({ check, user });
  }

  opinion(check: ToldCheck): CheckOpinion {
    return check.kind === 'file'
      ? fileOpinion(check, this.#files.get(check.file))
      : sessionOpinion(check, this.#sessions.get(check.instance));
  }

  /** Who hears of it, and what it means for each. */
  note(fact: Fact): readonly ToldOpinion[] {
    if (fact.kind === 'fileRead') this.#files.set(fact.file, fact.value);
    else this.#sessions.set(fact.bfd, fact.state);
    return this.#users
      .filter(({ check }) =>
        check.kind === 'file'
          ? fact.kind === 'fileRead' && fact.file === check.file
          : fact.kind === 'sessionChanged' && fact.bfd === check.instance,
      )
      .map(({ check, user }) => ({ user, opinion: this.opinion(check), cause: causeOf(check) }));
  }
}

function causeOf(check: ToldCheck): ServerCause {
  return check.kind === 'file'
    ? { kind: 'file', file: check.file }
    : { kind: 'bfd', instance: check.instance };
}
