/** States of servers and backends as statistics show them. */
import { isInDrain, isInMaintenance } from '../health/server-watch.ts';
import type { LiveBack, LiveProxy, LiveServer } from '../live.ts';
import { candidatesOf, isUsable } from '../usable.ts';

/** `going-down`: up, but some checks failed; `going-up`: down, but some passed. */
export type ServerState =
  | 'maint'
  | 'down'
  | 'going-up'
  | 'up'
  | 'going-down'
  | 'nolb'
  | 'drain'
  | 'no-check';

export function serverState(server: LiveServer): ServerState {
  const { health } = server;
  if (isInMaintenance(health)) return 'maint';
  const isWatched = hasChecks(server) || server.config.track !== undefined;
  if (health.operational === 'stopped')
    return hasChecks(server) && health.health > 0 && health.health < health.rise
      ? 'going-up'
      : 'down';
  if (health.operational === 'stopping') return 'nolb';
  if (isInDrain(health)) return 'drain';
  if (!isWatched) return 'no-check';
  return isFaltering(server) ? 'going-down' : 'up';
}

function isFaltering(server: LiveServer): boolean {
  const { health, rise, fall } = server.health;
  return hasChecks(server) && health < rise + fall - 1;
}

/** Whether its checks go on, and what they say is worth showing. */
export function hasChecks({ config, health }: LiveServer): boolean {
  return config.check !== undefined && health.last.status !== 'UNK';
}

/** Whether its checks go on now: they pause in maintenance. */
export function isChecked(server: LiveServer): boolean {
  return hasChecks(server) && !isInMaintenance(server.health);
}

/** `UP 2/3`: two more failures and it is down. */
export function serverStatusText(server: LiveServer): string {
  const { health, rise, fall, admin, agent } = server.health;
  const steps = isFaltering(server) ? ` ${health - rise + 1}/${fall}` : '';
  switch (serverState(server)) {
    case 'maint': {
      const { track } = server.config;
      if (admin.has('inherited-maint') && track !== undefined)
        return `MAINT (via ${track.proxy}/${track.server})`;
      return admin.has('name') ? 'MAINT (resolution)' : 'MAINT';
    }
    case 'down':
      return agent !== undefined && agent.health < agent.rise ? 'DOWN (agent)' : 'DOWN';
    case 'going-up':
      return `DOWN ${health}/${rise}`;
    case 'going-down':
    case 'up':
      return `UP${steps}`;
    case 'nolb':
      return `NOLB${steps}`;
    case 'drain':
      return `DRAIN${steps}`;
    case 'no-check':
      return 'no check';
  }
}

/** With or without new traffic. */
export function isUp(server: LiveServer): boolean {
  return !['maint', 'down', 'going-up'].includes(serverState(server));
}

/** Whether a backend can serve: somebody has weight, or it has no servers at all. */
export function isBackendUp(proxy: LiveProxy, back: LiveBack): boolean {
  return back.servers.length === 0 || candidatesOf(proxy, back).length > 0;
}

export interface BackendTotals {
  /** Usable ones with weight. */
  readonly active: number;
  readonly backup: number;
  /** Of those that are chosen among now. */
  readonly weight: number;
}

export function backendTotals(proxy: LiveProxy, back: LiveBack): BackendTotals {
  const usable = back.servers.filter(isUsable);
  const backup = usable.filter(({ config }) => config.backup).length;
  const weights = candidatesOf(proxy, back).map(shownWeight);
  return {
    active: usable.length - backup,
    backup,
    weight: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

/** What it has of its weight, rounded up. */
export function shownWeight({ health, userWeight }: LiveServer): number {
  return Math.ceil((userWeight * health.throttle) / 100);
}
