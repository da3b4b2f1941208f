import type { AgentReport, CheckResult, HealthEffect } from '../core/proxy/health/types.ts';

type Question = Extract<HealthEffect, { kind: 'probe' }>;

/** Asks servers of the proxy what the health engine wants to know. */
export interface ProxyChecks {
  /**
   * Begins one check of a server; `onEnd` is called once, never before this returns, unless it is
   * abandoned. It ends by itself at its time limit.
   */
  check(question: Question, onEnd: (result: CheckResult) => void): RunningCheck;
  /** The same of its agent. */
  askAgent(question: Question, onEnd: (report: AgentReport) => void): RunningCheck;
  /** Abandons all of them. */
  close(): void;
}

export interface RunningCheck {
  /** Nobody wants the answer any more. */
  abandon(): void;
}
