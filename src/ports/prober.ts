import type { ProbeReport, ProbeRequest } from '../core/check/probe.ts';

/** Asks what the engine wants to know. */
export interface Prober {
  /**
   * Begins one probe; `onEnd` is called once, never before this returns, unless it is abandoned. A
   * probe ends by itself at its time limit.
   */
  probe(request: ProbeRequest, onEnd: (report: ProbeReport) => void): RunningProbe;
  close(): void;
}

export interface RunningProbe {
  /** Nobody wants the answer any more; `onEnd` is not called. A script is ended. */
  abandon(): void;
}
