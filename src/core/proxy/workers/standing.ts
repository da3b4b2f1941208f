/** What the leading process tells the others of a server: all that decides who gets traffic. */
import type { IpAddress } from '../../../base/ip.ts';
import type { AdminReason, LiveServer, ServerHealth } from '../live.ts';

/** Plain data, for a channel between processes. */
export interface Standing {
  readonly operational: ServerHealth['operational'];
  readonly admin: readonly AdminReason[];
  readonly throttle: number;
  readonly userWeight: number;
  readonly maxconn: number;
  readonly ip?: IpAddress;
  readonly port?: number;
}

export function standingOf({ health, userWeight, maxconn, ip, port }: LiveServer): Standing {
  const { operational, admin, throttle } = health;
  return {
    ...{ operational, admin: [...admin], throttle, userWeight, maxconn },
    ...(ip !== undefined && { ip }),
    ...(port !== undefined && { port }),
  };
}

export function applyStanding(server: LiveServer, standing: Standing): void {
  const { health } = server;
  health.operational = standing.operational;
  health.throttle = standing.throttle;
  health.admin.clear();
  for (const reason of standing.admin) health.admin.add(reason);
  server.userWeight = standing.userWeight;
  server.maxconn = standing.maxconn;
  server.ip = standing.ip;
  server.port = standing.port;
}
