/**
 * The answer to `metrics`: raw figures, counted since the start of the process, in units of its own.
 * What they are called for Prometheus stands in prometheus/table.ts.
 */

export interface MetricsResult {
  readonly program: 'holdfast';
  readonly version: string;
  readonly commit: string;
  readonly nodeVersion: string;
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedSeconds: number;
  readonly serving: 'serving' | 'drained';
  readonly process: ProcessMetrics;
  /** Adverts that belong to no instance. */
  readonly strays: { readonly undecodable: number; readonly unknownVrids: number };
  /** How late the engine's timers ran. */
  readonly timerLateness: Histogram;
  readonly reloads: { readonly applied: number; readonly refused: number };
  readonly control: ControlMetrics;
  /** How often the control child was started; 0 where the configuration needs none. */
  readonly controlChildStarts: number;
  readonly sideMessages: SideMessageMetrics;
  /** Which of the `statistics` counts adverts refused for which reason: `checksum`, `ttl` … */
  readonly refusalCounters: Readonly<Record<string, string>>;
  readonly instances: readonly InstanceMetrics[];
  readonly scripts: readonly ScriptMetrics[];
}

/** How often something happened, by kind. */
export type Counts = Readonly<Record<string, number>>;

export interface ProcessMetrics {
  readonly cpuUserUs: number;
  readonly cpuSystemUs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Open descriptors; null where the kernel does not say. */
  readonly descriptors: number | null;
  readonly scheduling: 'realtime' | 'normal';
}

export interface ControlMetrics {
  readonly connections: number;
  readonly requests: number;
  /** By error code; `dropped`: connections that were cut. */
  readonly refused: Counts;
}

/** What holdfasts say to each other beside VRRP. */
export interface SideMessageMetrics {
  readonly sent: number;
  readonly received: number;
  /** Times that reading was put off because so many came. */
  readonly floods: number;
  /** Not believed, by reason. */
  readonly refused: Counts;
}

export interface Histogram {
  /** Upper bounds, rising. */
  readonly boundsUs: readonly number[];
  /** One more than bounds, each of its own bucket alone; the last is of what lies above them all. */
  readonly counts: readonly number[];
  readonly sumUs: number;
  readonly maxUs: number;
}

export interface InstanceMetrics {
  readonly name: string;
  readonly interface: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly state: 'init' | 'backup' | 'master' | 'fault';
  /** Seconds since 1970 when it came into its state. */
  readonly sinceSeconds: number | null;
  readonly effectivePriority: number;
  readonly configuredPriority: number;
  /** In place of the configured one. */
  readonly operatorPriority: number | null;
  /** Whether it knows of a master, itself included. */
  readonly master: 'known' | 'unknown';
  /** The engine's counters by name: `advertsReceived`, `advertsSent` … */
  readonly statistics: Counts;
  /** Changes of state by what caused them: `masterDown`, `advert`, `tracker`, `operator` … */
  readonly transitions: readonly {
    readonly from: string;
    readonly to: string;
    readonly cause: string;
    readonly count: number;
  }[];
  /** How often another host than before was seen to be master. */
  readonly masterChanges: number;
  /** Sightings of another host that acts as master, by how: `answers`, `adverts`. */
  readonly rivals: Counts;
  /** Hand-overs by outcome: `taken-over`, `nobody`, `cut-short`. */
  readonly handovers: Counts;
  readonly addresses: AddressMetrics;
  /** Other holdfasts of the group that are heard now. */
  readonly peersKnown: number;
  /** Hosts that listen to the group and never said who they are: a keepalived, as a rule. */
  readonly listenersUnknown: number;
  readonly guard: GuardMetrics;
}

export interface AddressMetrics {
  readonly configured: number;
  /** Those that the kernel has now because of this instance. */
  readonly held: number;
  /** Removals by something else. */
  readonly lost: number;
  readonly restored: number;
  /** How often it was told that something removes one again and again. */
  readonly contested: number;
}

export interface GuardMetrics {
  readonly kind: 'none' | 'lifetime' | 'firewall';
  /** For how long a renewal is good. */
  readonly validityUs: number | null;
  readonly renewals: number;
}

export interface ScriptMetrics {
  readonly name: string;
  readonly kind: 'track' | 'notify';
  /** Of a vrrp_script. */
  readonly verdict: 'unknown' | 'up' | 'down' | null;
  /** Runs that have ended: `success`, `failure`, `signalled`, `not-started`. */
  readonly results: Counts;
  /** Runs that were due while the one before was not over. */
  readonly overruns: number;
  readonly durations: Histogram;
}
