/**
 * What a start comes to where nothing is known of anybody and all begin as up: the same as the pools will say, which
 * take longer to make than to say this. The kernel balances meanwhile.
 */
import { outlineOf, type ServerOutline } from '../../config/model/server-outline.ts';
import type { LoadBalancing, RealServer } from '../../config/model/virtual-server.ts';
import { isAsking } from '../check/requests.ts';
import { desiredServices } from './desired.ts';
import { servicesOf } from './expand.ts';
import { type DesiredServer, type DesiredService, type ServiceId, serverId } from './plane.ts';
import { nextQuorum } from './quorum.ts';
import { weightOf } from './real-server.ts';

/** Undefined where only the pools can tell. */
export function foreseeServices(
  model: Pick<LoadBalancing, 'virtualServers' | 'outlines' | 'groups'>,
): readonly DesiredService[] | undefined {
  const { groups, outlines = model.virtualServers.map(outlineOf) } = model;
  const byName = new Map(groups.map((group) => [group.name, group]));
  const claimed = new Set<ServiceId>();
  const services: DesiredService[] = [];
  for (const outline of outlines) {
    const { like } = outline;
    if (like.purpose !== 'balanced') continue;
    const servers = foreseeServers(outline);
    if (servers === undefined) return undefined;
    const all = servicesOf({ ...like, key: outline.key }, byName);
    const served = all.filter(({ id }) => !claimed.has(id));
    for (const { id } of served) claimed.add(id);
    services.push(...desiredServices(served, like, servers, like.removedConnections));
  }
  return services;
}

function foreseeServers({ like, places }: ServerOutline): readonly DesiredServer[] | undefined {
  const servers: DesiredServer[] = [];
  let sum = 0;
  for (const { address, port, like: server } of places) {
    if (!beginsUp(server)) return undefined;
    const { forwarding, upperThreshold, lowerThreshold } = server;
    const weight = weightOf(server.weight);
    sum += weight;
    const id = serverId(address, port);
    servers.push({ id, address, port, weight, forwarding, upperThreshold, lowerThreshold });
  }
  const isUsual = nextQuorum('down', sum, like) === 'up' && like.sorryServer === undefined;
  return isUsual ? servers : undefined;
}

function beginsUp({ checks }: RealServer): boolean {
  for (const check of checks) if (!isAsking(check) || check.alpha) return false;
  return true;
}
