/** What `holdfast servers` is told: virtual servers, their real servers, and why they are up or down. */

export interface ServersResult {
  /** What balances; `none` where nothing is to be balanced. */
  readonly dataPlane: 'ipvs' | 'nftables' | 'none';
  readonly services: readonly ServiceStatus[];
  readonly trackChecks: readonly TrackCheckStatus[];
}

export interface ServiceStatus {
  /** `tcp 192.0.2.100:80`, `mark 7 ipv4`. */
  readonly service: string;
  readonly scheduler: string;
  /** `checked`: nothing is forwarded (`lvs_method none`); `refused`: the data plane cannot do it. */
  readonly purpose: 'balanced' | 'checked' | 'refused';
  /** Why, where it is refused. */
  readonly refusal: string | null;
  readonly persistenceSeconds: number | null;
  readonly quorum: {
    readonly state: 'up' | 'down';
    /** Of live servers. */
    readonly weight: number;
    readonly quorum: number;
    readonly hysteresis: number;
  };
  /** Not checked while its address is elsewhere (`ha_suspend`). */
  readonly suspended: boolean;
  readonly servers: readonly ServerStatus[];
  readonly sorryServer: { readonly server: string; readonly inUse: boolean } | null;
  readonly traffic: TrafficStatus | null;
}

export interface ServerStatus {
  /** `192.0.2.7:8080`. */
  readonly server: string;
  readonly method: 'NAT' | 'DR' | 'TUN' | 'none';
  readonly state: 'up' | 'down' | 'disabled';
  readonly weight: { readonly effective: number; readonly configured: number };
  /** ISO 8601. */
  readonly since: string;
  /** In words: what its state comes from. */
  readonly reason: string;
  readonly checks: readonly CheckStatus[];
  readonly connections: {
    readonly active: number;
    readonly inactive: number;
    readonly persistent: number;
  } | null;
  readonly traffic: TrafficStatus | null;
}

export interface CheckStatus {
  /** `TCP_CHECK [192.0.2.7]:3306`. */
  readonly check: string;
  readonly verdict: 'up' | 'down' | 'unknown';
  /** Of the last probe: when it ended, how long it took, what it found. */
  readonly lastAt: string | null;
  readonly latencyMs: number | null;
  readonly detail: string;
  /** Failures in a row. */
  readonly failures: number;
}

export interface TrackCheckStatus extends CheckStatus {
  readonly name: string;
}

/** Since the entry was made. Exact below 2^53. */
export interface TrafficStatus {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What has come of an order about one server. */
export interface ServerOrderResult {
  /** The services that have the server. */
  readonly services: readonly string[];
  readonly server: string;
}

export interface ServersChangeResult {
  /** `other-reading`: the files were read anew since, so nothing was changed. */
  readonly outcome: 'changed' | 'other-reading';
  /** Names the reading that is in force. */
  readonly reading: string;
  /** SHA-256, in hexadecimal digits, of the configuration file as it was read then. */
  readonly digest: string;
}
