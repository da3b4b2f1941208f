import type { IpAddress, IpFamily } from '../../base/ip.ts';
import type { Secret } from '../../base/secret.ts';
import type { Micros } from '../../base/time.ts';
import type { HealthCheck } from './health-check.ts';
import type { ServerOutline } from './server-outline.ts';
import type { ScriptCommand } from './vrrp.ts';

/**
 * Everything about IPVS and its health checks, every default filled in and every rule of the language
 * applied. It stands beside the Model, not in it: nothing that runs carries it yet.
 */
export interface LoadBalancing {
  readonly settings: LoadBalancingSettings;
  readonly groups: readonly VirtualServerGroup[];
  /** May be made of `outlines` when somebody asks. */
  readonly virtualServers: readonly VirtualServer[];
  /** The same in short, in their order, where that is known sooner. */
  readonly outlines?: readonly ServerOutline[];
  /** Checks that drive virtual routers, without any virtual server. */
  readonly trackChecks: readonly TrackCheck[];
  /** Files whose numbers FILE_CHECKs follow. */
  readonly trackedFiles: readonly TrackedFile[];
  /** What SSL_GET shows to a server that asks; nothing where absent. */
  readonly tlsClient?: TlsClient;
}

/** `track_check`: up while its check passes. */
export interface TrackCheck {
  readonly name: string;
  readonly check: HealthCheck;
}

export interface TrackedFile {
  readonly name: string;
  readonly path: string;
}

export interface LoadBalancingSettings {
  /** What balances; `auto`: IPVS where the kernel has it, else nftables. */
  readonly dataPlane: 'ipvs' | 'nftables' | 'auto';
  /** Idle times of connections; the kernel's own where absent. 0 leaves one as it is. */
  readonly tcpTimeout?: Micros;
  readonly tcpFinTimeout?: Micros;
  readonly udpTimeout?: Micros;
  readonly flushAtStart: boolean;
  /** `own`: only the virtual servers of this configuration are removed, one by one. */
  readonly flushAtStop: 'off' | 'everything' | 'own';
  readonly syncDaemon?: SyncDaemon;
  /** Whether the first state of each real server is notified as well. */
  readonly notifyInitialStates: boolean;
  readonly virtualServerStatsInterval: Micros;
  readonly realServerStatsInterval: Micros;
  /** Groups through one firewall mark each, which nftables sets, instead of a service per address. */
  readonly nftables?: { readonly table: string; readonly priority: number; readonly mark: number };
  /** Network namespace of IPVS, `initial` for that of process 1; the daemon's own where absent. */
  readonly namespace?: string | 'initial';
}

/** The kernel's synchronisation of connections between directors. */
export interface SyncDaemon {
  readonly interface: string;
  /** The instance whose state decides whether it sends or listens; it does both where absent. */
  readonly instance?: string;
  /** 0..255; the VRID of the instance, or 0, where absent. */
  readonly id?: number;
  readonly maxLength?: number;
  readonly group?: IpAddress;
  readonly port?: number;
  readonly ttl?: number;
}

export interface VirtualServerGroup {
  readonly name: string;
  readonly entries: readonly GroupEntry[];
}

/** What is beyond it in one range is not balanced; a range may be as wide as IPv6. */
export const RANGE_ADDRESSES_MAX = 65_536;

export type GroupEntry =
  | {
      readonly kind: 'addresses';
      /** Both ends belong to it; one and the same for a single address. */
      readonly first: IpAddress;
      readonly last: IpAddress;
      /** 0: all ports, for a persistent service. */
      readonly port: number;
    }
  | { readonly kind: 'mark'; readonly mark: number; readonly family?: IpFamily };

/** What a packet must have to be balanced. */
export type ServiceKey =
  | { readonly kind: 'address'; readonly address: IpAddress; readonly port: number }
  | { readonly kind: 'mark'; readonly mark: number }
  | { readonly kind: 'group'; readonly group: string };

export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

export interface VirtualServer {
  readonly key: ServiceKey;
  readonly family: IpFamily;
  /** `checked`: its servers are checked, and nothing is forwarded (`lvs_method none`). */
  readonly purpose: 'balanced' | 'checked';
  /** What becomes of connections to a server that is taken out, where the data plane has a choice. */
  readonly removedConnections: 'drain' | 'cut';
  /** Absent for marks, which have none. */
  readonly protocol?: TransportProtocol;
  /** rr, wlc and such, as the kernel names its modules. */
  readonly scheduler: string;
  /** IP_VS_SVC_F_SCHED1 is `flag-1`: sh-fallback and mh-fallback; SCHED2 `flag-2`: sh-port and mh-port. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Each datagram is scheduled by itself. */
  readonly onePacket: boolean;
  readonly persistence?: Persistence;
  /** Least weight of live servers for the service to count as up, at least 1. */
  readonly quorum: number;
  /** Below the quorum. */
  readonly hysteresis: number;
  readonly quorumUp?: ScriptCommand;
  readonly quorumDown?: ScriptCommand;
  /** Nothing is checked while the address is not on this host. */
  readonly suspendWithoutAddress: boolean;
  /** Down scripts are run at the end as well. */
  readonly notifyAtStop: boolean;
  readonly mail: boolean;
  readonly snmpName?: string;
  readonly sorryServer?: SorryServer;
  /** At least one. */
  readonly realServers: readonly RealServer[];
}

export type SchedulerFlag = 'flag-1' | 'flag-2' | 'flag-3';

export interface Persistence {
  readonly timeout: Micros;
  /** Bits of the client's address that count: 32 or 128 for the whole. IPv4 masks need not be prefixes. */
  readonly mask: { readonly netmask: IpAddress } | { readonly prefixLength: number };
  readonly engine?: string;
}

/** How packets reach a server. */
export type Forwarding =
  | { readonly method: 'masquerade' }
  | { readonly method: 'direct' }
  | { readonly method: 'tunnel'; readonly tunnel: Tunnel };

export interface Tunnel {
  readonly type: 'ipip' | 'gue' | 'gre';
  /** For gue. */
  readonly port?: number;
  readonly checksum: 'none' | 'full' | 'remote';
}

/** What answers while too few servers live. */
export interface SorryServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: Forwarding;
  /** Kept with weight 0 when it is not needed, instead of removed. */
  readonly inhibit: boolean;
}

export interface RealServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  /** Most and least connections; 0: no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Kept with weight 0 when it fails, instead of removed. */
  readonly inhibitOnFailure: boolean;
  readonly notifyUp?: ScriptCommand;
  readonly notifyDown?: ScriptCommand;
  readonly mail: boolean;
  readonly snmpName?: string;
  /** All must pass; a server without any is always up. */
  readonly checks: readonly HealthCheck[];
}

export interface TlsClient {
  readonly password?: Secret;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}
