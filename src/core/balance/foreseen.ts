/**
 * What a start comes to where nothing is known of anybody and all begin as up: the same as the pools will say, which
 * take longer to make than to say this. The kernel balances meanwhile.
 */
import type {
  LoadBalancing,
  RealServer,
  VirtualServer,
} from '../../config/model/virtual-server.ts';
import { isAsking } from '../check/requests.ts';
import { desiredServices } from './desired.ts';
import { servicesOf } from './expand.ts';
import { type DesiredServer, type DesiredService, type ServiceId, serverId } from './plane.ts';
import { nextQuorum } from './quorum.ts';
import { weightOf } from './real-server.ts';

/** Undefined where only the pools can tell. */
export function foreseeServices({
  virtualServers,
  groups,
}: Pick<LoadBalancing, 'virtualServers' | 'groups'>): readonly DesiredService[] | undefined {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const claimed = new Set<ServiceId>();
  const services: DesiredService[] = [];
  for (const virtual of virtualServers) {
    if (virtual.purpose !== 'balanced') continue;
    const servers = foreseeServers(virtual);
    if (servers === undefined) return undefined;
    const served = servicesOf(virtual, byName).filter(({ id }) => !claimed.has(id));
    for (const { id } of served) claimed.add(id);
    services.push(...desiredServices(served, virtual, servers, virtual.removedConnections));
  }
  return services;
}

function foreseeServers(virtual: VirtualServer): readonly DesiredServer[] | undefined {
  const servers: DesiredServer[] = [];
  let sum = 0;
  for (const server of virtual.realServers) {
    if (!beginsUp(server)) return undefined;
    const { address, port, forwarding, upperThreshold, lowerThreshold } = server;
    const weight = weightOf(server.weight);
    sum += weight;
    const id = serverId(address, port);
    servers.push({ id, address, port, weight, forwarding, upperThreshold, lowerThreshold });
  }
  const isUsual = nextQuorum('down', sum, virtual) === 'up' && virtual.sorryServer === undefined;
  return isUsual ? servers : undefined;
}

function beginsUp({ checks }: RealServer): boolean {
  for (const check of checks) if (!isAsking(check) || check.alpha) return false;
  return true;
}
