/**
 * Virtual servers in short, for whoever cannot wait for all of them: of ten thousand real servers that are like one
 * another nothing but the place, from which the whole follows.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { CheckTarget, HealthCheck } from './health-check.ts';
import type { RealServer, ServiceKey, VirtualServer } from './virtual-server.ts';

export interface ServerOutline {
  readonly key: ServiceKey;
  /** Itself, or what it is like in all but the key and the real servers. */
  readonly like: VirtualServer;
  readonly places: readonly RealServerPlace[];
}

export interface RealServerPlace {
  readonly address: IpAddress;
  readonly port: number;
  /** Itself, or what it is like in all but its place, and that of its checks. */
  readonly like: RealServer;
}

export function outlineOf(server: VirtualServer): ServerOutline {
  const places = server.realServers.map((like) => {
    const { address, port } = like;
    return { address, port, like };
  });
  return { key: server.key, like: server, places };
}

export function serverOf({ key, like, places }: ServerOutline): VirtualServer {
  return key === like.key ? like : { ...like, key, realServers: places.map(realServerOf) };
}

function realServerOf({ address, port, like }: RealServerPlace): RealServer {
  const checks = like.checks.map((check) => checkAt(check, address, port));
  return { ...like, address, port, checks };
}

function checkAt(check: HealthCheck, address: IpAddress, port: number): HealthCheck {
  if ('target' in check) return { ...check, target: { ...check.target, address, port } };
  if (!('targets' in check)) return check;
  const move = (target: CheckTarget): CheckTarget => ({ ...target, address, port });
  return { ...check, targets: check.targets.map(move) };
}
