import type { Micros } from '../base/time.ts';

export interface Clock {
  /** CLOCK_MONOTONIC. */
  now(): Micros;
  /** Milliseconds since 1970, for people; never for arithmetic. */
  wallMs(): number;
}

/** The engine's one alarm. */
export interface Alarm {
  /**
   * Replaces the instant at which the callback runs; undefined disarms. An instant that has passed
   * fires on the next turn.
   */
  arm(at: Micros | undefined): void;
  close(): void;
}

export interface AlarmFactory {
  createAlarm(onDue: () => void): Alarm;
}
