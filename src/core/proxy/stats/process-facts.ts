/** What statistics tell of the process itself, and what only the process knows. */
import type { Micros } from '../../../base/time.ts';
import type { LiveConfig } from '../live.ts';

export interface ProcessFacts {
  readonly product: string;
  readonly version: string;
  /** `2026/11/26` */
  readonly releaseDate: string;
  readonly pid: number;
  readonly hostName: string;
  readonly maxDescriptors: number;
  /** Of connections: what is configured or was set; and what descriptors allow at most. */
  readonly maxconn: number;
  readonly hardMaxconn: number;
  readonly memoryBytes: number;
  /** Timers, checks and connections that are looked after. */
  readonly tasks: number;
  readonly idlePercent: number;
  readonly state: 'running' | 'stopping';
  readonly droppedLogs: number;
  readonly failedResolutions: number;
  readonly bytesOutPerSecond: number;
  /** TLS connections now, both sides together. */
  readonly tlsConnections: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One moment: everything that an answer is made of. */
export interface StatsMoment {
  readonly live: LiveConfig;
  readonly now: Micros;
  /** The same moment since 1970, and the host's zone in minutes east of Greenwich. */
  readonly wallMs: number;
  readonly zoneMinutes: number;
  readonly facts: ProcessFacts;
}
