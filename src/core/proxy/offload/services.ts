/** A frontend as a service of the kernel's data plane. */
import type { IpAddress } from '../../../base/ip.ts';
import type { Balance } from '../../../config/model/proxy.ts';
import {
  type DesiredServer,
  type DesiredService,
  serverId,
  serviceId,
} from '../../balance/plane.ts';
import { findSide } from '../build-live.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../live.ts';
import { candidatesOf, effectiveWeight } from '../usable.ts';
import { offloadObstacles } from './obstacles.ts';

/** A frontend that the kernel carries, and whose servers it gets. */
export interface Offloaded {
  readonly front: LiveProxy;
  readonly back: LiveProxy;
}

export function offloadedOf(live: LiveConfig): readonly Offloaded[] {
  return live.proxies.flatMap((front) => {
    const { config } = front;
    if (front.front === undefined || !config.options.has('holdfast-offload')) return [];
    if (offloadObstacles(live.config, config).length > 0) return [];
    const { defaultBackend } = config;
    const back = defaultBackend === undefined ? front : findSide(live, defaultBackend, 'back');
    return back?.back === undefined ? [] : [{ front, back }];
  });
}

/** With those servers that may have new connections now; without any the kernel refuses who comes. */
export function servicesOf({ front, back }: Offloaded): readonly DesiredService[] {
  const servers = desiredServers(back);
  const { balance, servers: configured } = back.config;
  const cuts = configured.some(({ onMarkedDown }) => onMarkedDown === 'shutdown-sessions');
  // Who does not accept leaves it to its socket, at which clients wait.
  if (front.state !== 'open') return [];
  return addressesOf(front).map(({ ip, port }) => {
    const match = { kind: 'address', protocol: 'tcp', address: ip, port } as const;
    return {
      id: serviceId(match),
      match,
      scheduler: schedulers[balance.kind] ?? 'wrr',
      schedulerFlags: [],
      onePacket: false,
      removedConnections: cuts ? 'cut' : 'drain',
      servers,
    };
  });
}

const schedulers: Readonly<Partial<Record<Balance['kind'], string>>> = {
  roundrobin: 'wrr',
  'static-rr': 'wrr',
  leastconn: 'wlc',
  source: 'sh',
  random: 'random',
};

function addressesOf({ config }: LiveProxy): readonly { ip: IpAddress; port: number }[] {
  return config.binds.flatMap(({ addresses }) =>
    addresses.flatMap((address) => (address.kind === 'ip' ? [address] : [])),
  );
}

function desiredServers(proxy: LiveProxy): readonly DesiredServer[] {
  if (proxy.back === undefined) return [];
  const candidates = candidatesOf(proxy, proxy.back);
  // Sixteenths, only where one of them starts slowly.
  const isWhole = candidates.every(({ health }) => health.throttle === 100);
  return candidates.flatMap((server) => {
    const { ip, port } = server;
    if (ip === undefined || port === undefined) return [];
    return {
      id: serverId(ip, port),
      address: ip,
      port,
      weight: isWhole ? server.userWeight : effectiveWeight(server),
      forwarding: { method: 'masquerade' } as const,
      upperThreshold: 0,
      lowerThreshold: 0,
    };
  });
}

/** Whose a server of a service is. */
export function serverOf({ back }: Offloaded, id: string): LiveServer | undefined {
  return back.back?.servers.find(
    ({ ip, port }) => ip !== undefined && port !== undefined && serverId(ip, port) === id,
  );
}
