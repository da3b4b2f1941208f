/** What the health engine hears of servers, and what it has done about it. */
import type { CheckOutcome, LiveProxy, LiveServer } from '../live.ts';

/** A server is asked by its check, and by its agent, a program on it that says how it feels. */
export type CheckKind = 'check' | 'agent';

export type Verdict = 'passed' | 'conditional' | 'failed';

export interface CheckResult {
  /** `conditional`: alive, but without new traffic (404). */
  readonly verdict: Verdict;
  readonly outcome: CheckOutcome;
}

/** The line that an agent said, without its end; or why there is none. */
export type AgentReport =
  | { readonly kind: 'line'; readonly line: string; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly outcome: CheckOutcome };

/** What traffic shows of a server. */
export type Observation =
  | { readonly layer: 4; readonly result: 'success' | 'unsuccessful-connection' }
  | { readonly layer: 7; readonly result: AnswerSeen };

export type AnswerSeen =
  | 'success'
  | 'invalid-headers'
  | 'invalid-response'
  | 'wrong-response'
  | 'read-error'
  | 'read-timeout'
  | 'closed';

/** What an operator wants of one server, or an agent. */
export type ServerOrder =
  | { readonly kind: 'state'; readonly to: 'ready' | 'drain' | 'maint' }
  | { readonly kind: 'health'; readonly to: 'up' | 'stopping' | 'down' }
  | { readonly kind: 'agent'; readonly to: 'up' | 'down' }
  | { readonly kind: 'checks'; readonly what: CheckKind; readonly to: 'enabled' | 'disabled' }
  /** 0..256; or percent of the configured weight. */
  | { readonly kind: 'weight'; readonly weight: number }
  | { readonly kind: 'weight'; readonly percent: number };

export type HealthInput =
  /** Once, before all others. */
  | { readonly kind: 'started' }
  | { readonly kind: 'checked'; readonly server: LiveServer; readonly result: CheckResult }
  | { readonly kind: 'agentAnswered'; readonly server: LiveServer; readonly report: AgentReport }
  | { readonly kind: 'observed'; readonly server: LiveServer; readonly seen: Observation }
  /** Only of what `refusalOf` does not refuse. */
  | { readonly kind: 'ordered'; readonly server: LiveServer; readonly order: ServerOrder }
  /** Its name has an address (`LiveServer.ip`), or has none. */
  | { readonly kind: 'resolved' | 'unresolved'; readonly server: LiveServer }
  /** The proxy serves no longer; nobody needs to know about its servers. */
  | { readonly kind: 'stopped'; readonly proxy: LiveProxy };

export type HealthEffect =
  | {
      readonly kind: 'probe';
      readonly server: LiveServer;
      readonly what: CheckKind;
      /** Whether 404 is conditional where the configuration has it so: not of one that is down. */
      readonly notFound: 'conditional' | 'failure';
    }
  | { readonly kind: 'abandon'; readonly server: LiveServer; readonly what: CheckKind }
  | { readonly kind: 'judged'; readonly judgement: Judgement }
  | { readonly kind: 'changed'; readonly change: ServerChange }
  | { readonly kind: 'backendChanged'; readonly proxy: LiveProxy; readonly to: 'up' | 'down' }
  /** What it has of its weight, for the balancer; or its limit of sessions, by its agent. */
  | { readonly kind: 'weightChanged' | 'limitChanged'; readonly server: LiveServer }
  /** `down`: it serves no longer; `better`: a backup, and one that it stood in for is back. */
  | {
      readonly kind: 'shutdownSessions';
      readonly server: LiveServer;
      readonly because: 'down' | 'better';
    };

/** What came of a check, for the log. */
export interface Judgement {
  readonly server: LiveServer;
  readonly what: CheckKind;
  readonly result: CheckResult;
  /** `new`: its health or the status differs from before. */
  readonly news: 'new' | 'same';
  readonly health: number;
  readonly rise: number;
  readonly fall: number;
}

export interface ServerChange {
  readonly server: LiveServer;
  readonly event: ServerEvent;
  readonly cause: Cause;
  /** Of the backend, after it: servers that may have new traffic. */
  readonly active: number;
  readonly backup: number;
}

export type ServerEvent =
  | { readonly kind: 'up' | 'stopping' }
  /** `was`: `spared` is one that had no new traffic anyway. */
  | { readonly kind: 'down'; readonly was: 'serving' | 'spared' }
  | { readonly kind: 'enters-maintenance'; readonly was: 'serving' | 'spared' | 'down' }
  | {
      readonly kind: 'leaves-maintenance';
      readonly of: 'forced' | 'inherited' | 'name';
      readonly to: 'up' | 'down';
      readonly into: 'ready' | 'drain';
    }
  | { readonly kind: 'remains-in-maintenance'; readonly of: 'own' | 'inherited' }
  | { readonly kind: 'enters-drain'; readonly is: 'up' | 'down' }
  | { readonly kind: 'leaves-drain'; readonly is: 'up' | 'down' }
  | { readonly kind: 'remains-in-drain'; readonly of: 'forced' | 'inherited' };

export type Cause =
  | { readonly kind: CheckKind; readonly outcome: CheckOutcome }
  | { readonly kind: 'order' | 'name' | 'warmed-up' }
  /** Whom it tracks. */
  | { readonly kind: 'tracked'; readonly leader: LiveServer };
