/** The answer to `status`. Times are ISO 8601 with milliseconds, in UTC; nothing is left out, null says so. */

export interface StatusResult {
  readonly program: 'holdfast';
  readonly version: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  readonly configFile: string;
  /** When the configuration that runs was read. */
  readonly configuredAt: string;
  /** The last attempt to read it anew; null where there was none. */
  readonly lastReload: { readonly at: string; readonly outcome: 'applied' | 'refused' } | null;
  /** `drained`: an operator had this host give up everything, and take nothing. */
  readonly serving: 'serving' | 'drained';
  readonly phase: 'running' | 'stopping';
  /** Number of the last event. */
  readonly lastEvent: number;
  readonly instances: readonly InstanceStatus[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly state: 'init' | 'backup' | 'master' | 'fault';
  /** When it came into this state; null before its start. */
  readonly since: string | null;
  /** Why, in words. */
  readonly cause: string | null;
  readonly priority: {
    readonly effective: number;
    readonly configured: number;
    /** An operator's, in place of the configured one. */
    readonly override: number | null;
  };
  readonly interface: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly advertIntervalMs: number;
  /** Source address of its adverts. */
  readonly source: string | null;
  /** Who is master, as far as this host has heard; itself where it is. */
  readonly master: { readonly address: string; readonly priority: number } | null;
  readonly addresses: {
    readonly configured: number;
    /** Those that this host holds now, with prefix length. */
    readonly held: readonly string[];
  };
  readonly faults: readonly string[];
  /** Why a hand-over is under way (it serves, and waits for its successor): `handover`, `drain` … */
  readonly departure: string | null;
  /** By an operator: `handed-over` takes over only from silence, `drained` never. */
  readonly restraint: 'none' | 'handed-over' | 'drained';
  readonly guard: GuardStatus;
}

/** How the kernel takes the addresses away should this process stop. */
export type GuardStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'lifetime'; readonly afterMs: number }
  | { readonly kind: 'firewall'; readonly afterMs: number };
