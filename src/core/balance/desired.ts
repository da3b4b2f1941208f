import type { VirtualServer } from '../../config/model/virtual-server.ts';
import type { Service } from './expand.ts';
import type { DesiredServer, DesiredService } from './plane.ts';

/** Each of the services of a virtual server, with all of `servers`. */
export function desiredServices(
  services: readonly Service[],
  { scheduler, schedulerFlags, onePacket, persistence }: VirtualServer,
  servers: readonly DesiredServer[],
  removedConnections: DesiredService['removedConnections'],
): readonly DesiredService[] {
  return services.map(({ id, match }) => ({
    id,
    match,
    scheduler,
    schedulerFlags,
    onePacket,
    ...(persistence !== undefined && { persistence }),
    removedConnections,
    servers,
  }));
}
