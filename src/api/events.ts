/** The answer to `events`, and what a line of the events file is. */

export interface EventRecord {
  /** Counts from 1 since the start of the process. */
  readonly number: number;
  /** Wall clock, ISO 8601 with milliseconds, in UTC. */
  readonly time: string;
  /** CLOCK_MONOTONIC in microseconds: distances between events are exact. */
  readonly monotonicUs: number;
  /** `transition`, `priorityChanged` … */
  readonly kind: string;
  readonly instance: string | null;
  /** What has happened and why, one line. */
  readonly text: string;
  /** Why, in words; null where the event itself says it. */
  readonly cause: string | null;
  /** The event as the engine recorded it. */
  readonly event: Readonly<Record<string, unknown>>;
}

export interface EventsResult {
  readonly events: readonly EventRecord[];
  /** The number to ask after next. */
  readonly last: number;
  /** Whether there are further events by now. */
  readonly more: boolean;
  /** Events after `since` that were forgotten before they were read. */
  readonly lost: number;
}
