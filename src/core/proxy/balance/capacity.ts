import type { LiveServer } from '../live.ts';
import { shareOf } from '../workers/place.ts';

/** A limit that grows with the load of the backend, between `minconn` and `maxconn`; this process's share. */
export function slotsOf(server: LiveServer): number {
  if (server.maxconn === 0) return Number.POSITIVE_INFINITY;
  const { back, config, place } = server.proxy;
  const maxconn = shareOf(server.maxconn, place);
  const minconn = shareOf(server.config.minconn, place);
  const full = shareOf(config.fullconn ?? 0, place);
  if (minconn === 0 || minconn >= maxconn || full === 0 || back === undefined) return maxconn;
  const load = Math.min(1, back.counters.current / full);
  return Math.max(minconn, Math.floor(maxconn * load));
}

export const hasSlot = (server: LiveServer): boolean =>
  server.counters.current < slotsOf(server) && server.counters.queued === 0;
