/** What a virtual router wants to know of the proxies of one name. */
import type { ProxyFacts, ServerCounts } from '../track/proxies.ts';
import type { LiveConfig, LiveProxy, LiveServer } from './live.ts';
import { isUsable } from './usable.ts';

/** A server may follow one that follows another. */
const TRACK_DEPTH_MAX = 10;

/** Undefined where there are none. */
export function factsOf(live: LiveConfig, proxy: string): ProxyFacts | undefined {
  const named = live.byName.get(proxy);
  if (named === undefined) return undefined;
  const fronts = named.filter(
    ({ front, config }) => front !== undefined && config.binds.length > 0,
  );
  const servers = named.flatMap(({ back }) => back?.servers ?? []);
  return {
    proxy,
    ...(fronts.length > 0 && { front: fronts.every(isOpen) ? 'open' : 'closed' }),
    ...(servers.length > 0 && { servers: countServers(live, servers) }),
  };
}

/** A full one is open: its clients wait, and would not be served sooner elsewhere. */
function isOpen({ state }: LiveProxy): boolean {
  return state === 'open';
}

function countServers(live: LiveConfig, servers: readonly LiveServer[]): ServerCounts {
  const usable = servers.filter(isUsable);
  const unjudged = usable.filter((server) => isUnjudged(live, server, TRACK_DEPTH_MAX)).length;
  return { all: servers.length, up: usable.length - unjudged, unjudged };
}

/** HAProxy takes it for up until its first check. */
function isUnjudged(live: LiveConfig, { config, health }: LiveServer, depth: number): boolean {
  if (config.check !== undefined && health.last.status === 'INI') return true;
  const { track } = config;
  if (track === undefined || depth === 0) return false;
  const leader = (live.byName.get(track.proxy) ?? [])
    .flatMap(({ back }) => back?.servers ?? [])
    .find((server) => server.config.name === track.server);
  return leader !== undefined && isUnjudged(live, leader, depth - 1);
}
