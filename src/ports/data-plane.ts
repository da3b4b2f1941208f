import type { Micros } from '../base/time.ts';
import type { SyncDaemon } from '../config/model/virtual-server.ts';
import type { DesiredService, ServerId, ServiceId } from '../core/balance/plane.ts';
import type { SysError } from './sys-error.ts';

/** What balances in the kernel. Entries that are not ours are seen by no method of it. */
export interface DataPlane {
  readonly kind: 'ipvs' | 'nftables';
  /** What it cannot do of a service, in words for the operator; such a service is not realized. */
  refusal(service: DesiredService): string | undefined;
  /**
   * Brings the kernel to what is desired, in as few changes as will do; connections to servers that
   * stay are not disturbed. Services that are not named stay as they are.
   */
  realize(change: PlaneChange): readonly PlaneFailure[];
  /** Figures of all services of ours, read after the call; connections may take a while to count. */
  statistics(): Promise<readonly ServiceStatistics[] | SysError>;
  /** Idle times of connections; the kernel's own where absent. */
  setTimeouts(timeouts: PlaneTimeouts): SysError | undefined;
  /** The kernel's synchronisation of connections: what should run, of what was begun by us. */
  setSync(roles: readonly SyncRole[], daemon: SyncDaemon | undefined): SysError | undefined;
  /** Removes what others made as well (`lvs_flush`). */
  flush(): SysError | undefined;
  /** `keep`: the kernel goes on forwarding, and the next process takes over. */
  close(fate: 'keep' | 'remove'): void;
}

export type SyncRole = 'master' | 'backup';

export interface PlaneChange {
  /** Made, or changed into this. */
  readonly desired: readonly DesiredService[];
  readonly removed: readonly ServiceId[];
}

/** What the kernel refused; the rest of the change was carried out. */
export interface PlaneFailure {
  readonly service: ServiceId;
  readonly server?: ServerId;
  readonly error: SysError;
}

export interface PlaneTimeouts {
  readonly tcp?: Micros;
  readonly tcpFin?: Micros;
  readonly udp?: Micros;
}

export interface ServiceStatistics extends TrafficCounters {
  readonly service: ServiceId;
  readonly servers: readonly ServerStatistics[];
}

export interface ServerStatistics extends TrafficCounters {
  readonly server: ServerId;
  /** As the kernel has it. */
  readonly weight: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
}

/** Since the entry was made. */
export interface TrafficCounters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}
