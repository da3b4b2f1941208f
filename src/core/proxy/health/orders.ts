/** What operators, by the stats socket or page, and agents want of a server. */
import type { LiveServer, ServerHealth } from '../live.ts';
import type { ServerWatch } from './server-watch.ts';
import type { Transitions, Turn } from './transitions.ts';
import type { Cause, ServerOrder } from './types.ts';

export const WEIGHT_MAX = 256;

const ORDER: Cause = { kind: 'order' };

export class Orders {
  readonly #transitions: Transitions;

  constructor(transitions: Transitions) {
    this.#transitions = transitions;
  }

  /** All but `checks`, which is of the engine's timetable. */
  obey(turn: Turn, watch: ServerWatch, order: Exclude<ServerOrder, { kind: 'checks' }>): void {
    if (order.kind === 'state') this.setState(turn, watch, order.to);
    else if (order.kind === 'weight') this.weigh(turn, watch, order);
    else if (order.kind === 'health') this.#setHealth(turn, watch, order.to);
    else this.#setAgent(turn, watch, order.to);
  }

  setState(turn: Turn, watch: ServerWatch, to: 'ready' | 'drain' | 'maint'): void {
    const { admin } = watch.health;
    const transitions = this.#transitions;
    if (to === 'maint') {
      transitions.enterMaintenance(turn, watch, 'maint', ORDER);
      admin.delete('drain');
    } else if (to === 'ready') {
      transitions.leaveDrain(turn, watch, 'drain', ORDER);
      transitions.leaveMaintenance(turn, watch, 'maint', ORDER);
    } else if (admin.has('maint') || admin.has('config-maint')) {
      admin.add('drain');
      transitions.leaveMaintenance(turn, watch, 'maint', ORDER);
    } else {
      transitions.enterDrain(turn, watch, 'drain', ORDER);
    }
  }

  weigh(
    turn: Turn,
    watch: ServerWatch,
    wanted: { readonly weight: number } | { readonly percent: number },
  ): void {
    const { server } = watch;
    const weight = 'weight' in wanted ? wanted.weight : shareOf(server, wanted.percent);
    if (weight === server.userWeight) return;
    server.userWeight = weight;
    this.#transitions.weighAnew(turn, watch);
  }

  #setHealth(turn: Turn, watch: ServerWatch, to: 'up' | 'stopping' | 'down'): void {
    const { health } = watch;
    health.health = to === 'down' ? 0 : health.rise + health.fall - 1;
    if (to === 'down') this.#transitions.goDown(turn, watch, ORDER);
    else if (to === 'up') this.#transitions.goUp(turn, watch, ORDER);
    else this.#transitions.goStopping(turn, watch, ORDER);
  }

  #setAgent(turn: Turn, watch: ServerWatch, to: 'up' | 'down'): void {
    const { agent } = watch.health;
    if (agent === undefined) return;
    agent.health = to === 'up' ? agent.rise + agent.fall - 1 : 0;
    if (to === 'up') this.#transitions.goUp(turn, watch, ORDER);
    else this.#transitions.goDown(turn, watch, ORDER);
  }
}

function shareOf({ config }: LiveServer, percent: number): number {
  return Math.min(WEIGHT_MAX, Math.floor((config.weight * percent) / 100));
}

/** Why an order cannot be, in the words of `haproxy`'s socket. */
export function refusalOf(
  { config, health }: { readonly config: LiveServer['config']; readonly health: ServerHealth },
  order: ServerOrder,
): string | undefined {
  switch (order.kind) {
    case 'health':
      return config.track === undefined ? undefined : 'cannot change health on a tracking server.';
    case 'agent':
      return health.agent === undefined
        ? 'agent checks are not enabled on this server.'
        : undefined;
    case 'checks':
      if (order.to === 'disabled') return undefined;
      if (order.what === 'agent')
        return config.agent === undefined
          ? 'Agent was not configured on this server, cannot enable.'
          : undefined;
      return config.check === undefined
        ? 'Health check was not configured on this server, cannot enable.'
        : undefined;
    default:
      return undefined;
  }
}

/** A weight as an operator writes it, `20` or `50%`; a text says what is wrong with it. */
export function parseWeight(text: string): Extract<ServerOrder, { kind: 'weight' }> | string {
  if (text === '') return 'Require <weight> or <weight%>.';
  const match = /^\s*([+-]?\d+)(.*)$/.exec(text);
  if (match === null) return 'Empty weight string empty or preceded by garbage';
  const [, digits = '', rest = ''] = match;
  const value = Number(digits);
  if (rest === '%') {
    if (value < 0) return 'Relative weight must be positive.';
    return { kind: 'weight', percent: value };
  }
  if (rest !== '') return 'Trailing garbage in weight string';
  if (value < 0 || value > WEIGHT_MAX)
    return 'Absolute weight can only be between 0 and 256 inclusive.';
  return { kind: 'weight', weight: value };
}
