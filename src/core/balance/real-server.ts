/** One real server of one virtual server: what its checks and operators say adds up to. */
import type { Micros } from '../../base/time.ts';
import type { RealServer } from '../../config/model/virtual-server.ts';
import type { ServerAction, ServerCause } from './director-types.ts';
import { type ServerId, serverId } from './plane.ts';

const WEIGHT_MAX = 65_535;

/** What the kernel takes. */
export function weightOf(sum: number): number {
  return Math.min(WEIGHT_MAX, Math.max(0, sum));
}

/** What one check says of a server. */
export interface CheckOpinion {
  /** Whether it counts against the server. */
  readonly state: 'passes' | 'fails';
  /** Added to the weight. */
  readonly contribution: number;
}

export class PoolServer {
  model: RealServer;
  readonly id: ServerId;
  /** What each of its checks says, by the index of the check; nobody else's. */
  readonly #opinions: CheckOpinion[];
  disabled: Extract<ServerAction, { kind: 'disable' }> | undefined;
  /** An operator's weight stands in place of the configured one and of what checks make of it. */
  override: number | undefined;
  state: 'up' | 'down';
  since: Micros;
  cause: ServerCause;

  constructor(
    model: RealServer,
    opinions: CheckOpinion[],
    begin: { readonly now: Micros; readonly cause: ServerCause },
  ) {
    this.model = model;
    this.id = serverId(model.address, model.port);
    this.#opinions = opinions;
    this.state = this.#judge();
    this.since = begin.now;
    this.cause = begin.cause;
  }

  /** Whether checks and operators let it take part. */
  get isLive(): boolean {
    return this.state === 'up' && this.disabled === undefined;
  }

  get weight(): number {
    let weight = this.override ?? this.model.weight;
    if (this.override === undefined)
      for (const { contribution } of this.#opinions) weight += contribution;
    return weightOf(weight);
  }

  /** Says whether it comes up or goes down by this. */
  note(check: number, opinion: CheckOpinion): 'up' | 'down' | undefined {
    this.#opinions[check] = opinion;
    const state = this.#judge();
    if (state === this.state) return undefined;
    this.state = state;
    return state;
  }

  /** What the kernel should have of it; undefined: nothing. `use`: a sorry server stands in for it. */
  desiredWeight(use: 'in use' | 'stood in for'): number | undefined {
    const { disabled } = this;
    if (disabled?.connections === 'cut') return undefined;
    if (this.state === 'up' && disabled !== undefined) return 0;
    if (this.state === 'up' && use === 'in use') return this.weight;
    return this.model.inhibitOnFailure ? 0 : undefined;
  }

  #judge(): 'up' | 'down' {
    return this.#opinions.every(({ state }) => state === 'passes') ? 'up' : 'down';
  }
}
