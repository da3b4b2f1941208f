/** What a virtual router wants to know of the proxies of one name. */
import type { ProxyFacts, ServerCounts } from '../track/proxies.ts';
import type { LiveConfig, LiveProxy, LiveServer } from './live.ts';
import { isUsable } from './usable.ts';

export function factsOf({ byName }: LiveConfig, proxy: string): ProxyFacts {
  const named = byName.get(proxy) ?? [];
  const fronts = named.filter(
    ({ front, config }) => front !== undefined && config.binds.length > 0,
  );
  const servers = named.flatMap(({ back }) => back?.servers ?? []);
  return {
    proxy,
    ...(fronts.length > 0 && { front: fronts.every(isOpen) ? 'open' : 'closed' }),
    ...(servers.length > 0 && { servers: countServers(servers) }),
  };
}

/** A full one is open: its clients wait, and would not be served sooner elsewhere. */
function isOpen({ state }: LiveProxy): boolean {
  return state === 'open';
}

function countServers(servers: readonly LiveServer[]): ServerCounts {
  const usable = servers.filter(isUsable);
  const unjudged = usable.filter(isUnjudged).length;
  return { all: servers.length, up: usable.length - unjudged, unjudged };
}

/** HAProxy takes it for up until its first check. */
function isUnjudged({ config, health }: LiveServer): boolean {
  return config.check !== undefined && health.last.status === 'INI';
}
