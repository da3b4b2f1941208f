/** The answer to `metrics`: raw figures, counted since the start of the process. */

export interface MetricsResult {
  readonly program: 'holdfast';
  readonly version: string;
  readonly nodeVersion: string;
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedSeconds: number;
  readonly serving: 'serving' | 'drained';
  readonly process: {
    readonly cpuUserUs: number;
    readonly cpuSystemUs: number;
    readonly residentBytes: number;
    readonly heapBytes: number;
  };
  /** Adverts that belong to no instance. */
  readonly strays: { readonly undecodable: number; readonly unknownVrids: number };
  /** How late the engine's timer ran. */
  readonly timerLateness: Histogram;
  /** Since the start; by `kind` of event. */
  readonly events: Readonly<Record<string, number>>;
  readonly reloads: { readonly applied: number; readonly refused: number };
  readonly control: {
    readonly connections: number;
    readonly requests: number;
    /** By error code; `dropped`: connections that were cut. */
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly instances: readonly InstanceMetrics[];
  readonly scripts: readonly ScriptMetrics[];
}

export interface Histogram {
  readonly count: number;
  readonly sumUs: number;
  readonly maxUs: number;
  /** Counts up to and including each bound, ascending; the rest are above the last. */
  readonly buckets: readonly { readonly leUs: number; readonly count: number }[];
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
  readonly addressesConfigured: number;
  readonly addressesHeld: number;
  /** The engine's counters by name: `advertsReceived`, `advertsSent`, `checksumErrors` … */
  readonly statistics: Readonly<Record<string, number>>;
  /** Changes of state by what caused them: `masterDown`, `advert`, `tracker`, `operator` … */
  readonly transitions: readonly {
    readonly from: string;
    readonly to: string;
    readonly cause: string;
    readonly count: number;
  }[];
  /** Sightings of another host that acts as master, by how: `answers`, `adverts`. */
  readonly rivals: Readonly<Record<string, number>>;
  /** Addresses that something else removed and that were put back. */
  readonly addressesRestored: number;
  /** Hand-overs by outcome: `taken-over`, `nobody`, `cut-short`. */
  readonly handovers: Readonly<Record<string, number>>;
}

export interface ScriptMetrics {
  readonly name: string;
  readonly verdict: 'unknown' | 'up' | 'down';
  readonly runs: number;
  readonly failures: number;
  readonly timeouts: number;
  readonly durations: Histogram;
  readonly lastDurationUs: number | null;
}
