/** Services and servers for the tests beside this file. */
import type { IpAddress } from '../../../base/ip.ts';
import {
  type DesiredServer,
  type DesiredService,
  type ServiceMatch,
  serverId,
  serviceId,
} from '../plane.ts';

const ip = (text: string) => text as IpAddress;

export function server(index: number, change: Partial<DesiredServer> = {}): DesiredServer {
  const address = ip(`10.0.0.${index}`);
  return {
    id: serverId(address, change.port ?? 80),
    address,
    port: 80,
    weight: 1,
    forwarding: { method: 'masquerade' },
    upperThreshold: 0,
    lowerThreshold: 0,
    ...change,
  };
}

export function service(
  servers: readonly DesiredServer[],
  change: Partial<DesiredService> = {},
): DesiredService {
  const match: ServiceMatch = change.match ?? {
    kind: 'address',
    protocol: 'tcp',
    address: ip('192.0.2.100'),
    port: 80,
  };
  return {
    id: serviceId(match),
    match,
    scheduler: 'wrr',
    schedulerFlags: [],
    onePacket: false,
    removedConnections: 'drain',
    servers,
    ...change,
  };
}
