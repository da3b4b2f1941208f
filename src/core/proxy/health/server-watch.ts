import type { AdminReason, LiveServer, ServerHealth } from '../live.ts';
import type { CheckKind } from './types.ts';

/** A question that is asked again and again, or the steps of a slow start. */
export interface Routine {
  readonly watch: ServerWatch;
  readonly what: CheckKind | 'warm-up';
  /** `off`: there is no such check, or it is disabled. */
  phase: 'off' | 'waiting' | 'asked';
}

/** One server, and what the engine has to remember of it beside its health. */
export class ServerWatch {
  readonly server: LiveServer;
  /** Whose state it has. */
  leader: ServerWatch | undefined;
  readonly followers: ServerWatch[] = [];
  readonly check: Routine = { watch: this, what: 'check', phase: 'off' };
  readonly agent: Routine = { watch: this, what: 'agent', phase: 'off' };
  readonly warmUp: Routine = { watch: this, what: 'warm-up', phase: 'off' };
  /** Errors in traffic, one after the other. */
  errors = 0;

  constructor(server: LiveServer) {
    this.server = server;
  }

  get health(): ServerHealth {
    return this.server.health;
  }
}

const maintenance: readonly AdminReason[] = ['maint', 'inherited-maint', 'config-maint', 'name'];
const drains: readonly AdminReason[] = ['drain', 'inherited-drain'];

export function isInMaintenance({ admin }: ServerHealth): boolean {
  return maintenance.some((reason) => admin.has(reason));
}

export function isInDrain({ admin }: ServerHealth): boolean {
  return drains.some((reason) => admin.has(reason));
}

/** Whether its own check and its agent let it be up. */
export function isWell({ health, rise, agent }: ServerHealth): boolean {
  return health >= rise && (agent === undefined || agent.health >= agent.rise);
}
