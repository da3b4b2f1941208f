/** What the kernel should balance: the engine's wish, whichever data plane carries it out. */
import type { IpAddress, IpFamily } from '../../base/ip.ts';
import type {
  Persistence,
  RealServer,
  SchedulerFlag,
  TransportProtocol,
} from '../../config/model/virtual-server.ts';

/** Names a service everywhere: `tcp 192.0.2.100:80`, `udp [2001:db8::1]:53`, `mark 7 ipv4`. */
export type ServiceId = string & { readonly kind: 'service-id' };

/** Names a server within its service: `192.0.2.7:8080`, `[2001:db8::7]:8080`. */
export type ServerId = string & { readonly kind: 'server-id' };

/** Which packets are balanced. */
export type ServiceMatch =
  | {
      readonly kind: 'address';
      readonly protocol: TransportProtocol;
      readonly address: IpAddress;
      /** 0: all ports, of a persistent service. */
      readonly port: number;
    }
  | { readonly kind: 'mark'; readonly mark: number; readonly family: IpFamily };

export interface DesiredService {
  readonly id: ServiceId;
  readonly match: ServiceMatch;
  /** As the kernel names its modules: `wlc`. */
  readonly scheduler: string;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly onePacket: boolean;
  readonly persistence?: Persistence;
  /** What becomes of connections to a server that leaves, where the data plane has a choice. */
  readonly removedConnections: 'drain' | 'cut';
  /** In the order of the configuration, the sorry server last; without those that are taken out. */
  readonly servers: readonly DesiredServer[];
}

/** Its weight is 0..65535; with 0 it keeps its connections and gets no new ones. */
export interface DesiredServer
  extends Pick<
    RealServer,
    'address' | 'port' | 'weight' | 'forwarding' | 'upperThreshold' | 'lowerThreshold'
  > {
  readonly id: ServerId;
}

export function serviceId(match: ServiceMatch): ServiceId {
  if (match.kind === 'mark') return `mark ${match.mark} ipv${match.family}` as ServiceId;
  return `${match.protocol} ${endpoint(match.address, match.port)}` as ServiceId;
}

export function serverId(address: IpAddress, port: number): ServerId {
  return endpoint(address, port) as ServerId;
}

function endpoint(address: IpAddress, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
