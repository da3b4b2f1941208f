/**
 * What the control socket speaks: one JSON object a line each way (docs/control-protocol.md). Requests
 * are at most 4 KiB long, `change-servers` at most 1 MiB. Every answer carries
 * `schema`; fields are added, never changed in meaning.
 */

/** Version of what is said; grows when a field changes its meaning or goes. */
export const SCHEMA = 1;

/** The longest request, its newline included. */
export const REQUEST_BYTES_MAX = 4096;

/** The same on the socket of virtual servers, for those who may change something. */
export const SERVERS_REQUEST_BYTES_MAX = 1 << 20;

export type ReadRequest =
  /** `instance`: that one alone. */
  | { readonly op: 'status'; readonly instance?: string }
  /**
   * Events after number `since` (0: all that are kept), at most `limit` of them; with `follow` further
   * answers of the same shape, whenever there are any.
   */
  | {
      readonly op: 'events';
      readonly since?: number;
      readonly limit?: number;
      readonly follow?: boolean;
      readonly instance?: string;
    }
  | { readonly op: 'explain'; readonly instance: string }
  | { readonly op: 'metrics' }
  /** Of the checker process, which has a socket of its own (docs/control-protocol.md). */
  | { readonly op: 'servers' };

export type ChangeRequest =
  | { readonly op: 'handover'; readonly instance: string }
  | { readonly op: 'drain' }
  | { readonly op: 'undrain' }
  /** `priority` null: the configured one again. */
  | { readonly op: 'priority'; readonly instance: string; readonly priority: number | null }
  /** Of one real server, in all services or in one; `weight` null: the configured one again. */
  | ServerRequest
  | ServersChangeRequest
  | { readonly op: 'reload' }
  | { readonly op: 'upgrade' };

export type ServerRequest = {
  readonly op: 'server';
  readonly server: string;
  readonly service?: string;
} & (
  | { readonly action: 'disable'; readonly connections: 'drain' | 'cut' }
  | { readonly action: 'enable' }
  | { readonly action: 'weight'; readonly weight: number | null }
);

/** What a change of the file and a reload would come to for these virtual servers; root alone may ask for it. */
export interface ServersChangeRequest {
  readonly op: 'change-servers';
  /** The reading of the files that the change follows, as an answer has named it. */
  readonly reading: string;
  /** A keepalived.conf with the same global_defs, and of virtual servers those that are new or others. */
  readonly text: string;
  /** Those that are no more, as `servers` names them. */
  readonly removed: readonly string[];
}

export type Operation = (ReadRequest | ChangeRequest)['op'];

export type RequestId = number | string;

/** `id` comes back in the answer. */
export type Request = (ReadRequest | ChangeRequest) & { readonly id?: RequestId };

export type Answer =
  | {
      readonly schema: number;
      readonly id?: RequestId;
      readonly ok: true;
      readonly result: unknown;
    }
  | {
      readonly schema: number;
      readonly id?: RequestId;
      readonly ok: false;
      readonly error: AnswerError;
    };

export interface AnswerError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Of a reload that was refused. */
  readonly diagnostics?: readonly ReloadDiagnostic[];
}

export type ErrorCode =
  | 'malformed'
  | 'unknown-op'
  | 'invalid-argument'
  | 'no-such-instance'
  /** Neither root nor of the socket's group. */
  | 'forbidden'
  | 'busy'
  /** Understood, tried, and not achieved; the message says why. */
  | 'failed';

/** Another process serves already; within a second or two the one that was asked is the new program. */
export interface UpgradeResult {
  /** It stays. */
  readonly pid: number;
  readonly from: string;
  readonly to: string;
}

/** What each operation answers with. */
export interface Results {
  readonly status: StatusResult;
  readonly events: EventsResult;
  readonly explain: ExplainResult;
  readonly metrics: MetricsResult;
  readonly servers: ServersResult;
  readonly server: ServerOrderResult;
  readonly 'change-servers': ServersChangeResult;
  readonly handover: HandoverResult;
  readonly drain: DrainResult;
  readonly undrain: DrainResult;
  readonly priority: PriorityResult;
  readonly reload: ReloadResult;
  readonly upgrade: UpgradeResult;
}

export type { EventRecord, EventsResult } from './events.ts';
export type { ExplainResult, PeerReport, PriorityPart, TrackerState } from './explain.ts';
export type { InstanceMetrics, MetricsResult, ScriptMetrics } from './metrics.ts';
export type { GuardStatus, InstanceStatus, StatusResult } from './status.ts';

import type { EventsResult } from './events.ts';
import type { ExplainResult } from './explain.ts';
import type { MetricsResult } from './metrics.ts';
import type { ServerOrderResult, ServersChangeResult, ServersResult } from './servers.ts';
import type { InstanceStatus, StatusResult } from './status.ts';

export interface HandoverResult {
  readonly instance: string;
  /** `not-master`: there was nothing to hand over. */
  readonly outcome: 'taken-over' | 'nobody' | 'cut-short' | 'not-master';
  readonly to: string | null;
  readonly afterMs: number | null;
  /** The state of the instance in the end. */
  readonly state: InstanceStatus['state'];
  /** The same in words. */
  readonly text: string;
}

export interface DrainResult {
  readonly serving: 'drained' | 'serving';
  /** Whether it survives a restart: false where the file beside the pid file cannot be written. */
  readonly persisted: boolean;
  /** How each instance that was master was left; empty for `undrain`. */
  readonly instances: readonly HandoverResult[];
}

export interface PriorityResult {
  readonly instance: string;
  readonly priority: InstanceStatus['priority'];
}

export interface ReloadDiagnostic {
  readonly code: string;
  readonly severity: string;
  /** `FILE:LINE:COLUMN: severity code: message`. */
  readonly text: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a reload that was applied has changed. */
export interface ReloadResult {
  /** Warnings; errors would have refused it. */
  readonly diagnostics: readonly ReloadDiagnostic[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedInstance[];
  /** Names of the settings outside of instances that differ: `global.logUnknownVrids`, `script check`. */
  readonly settings: readonly string[];
  /** Instances that did not notice. */
  readonly unchanged: number;
}

export interface ChangedInstance {
  readonly instance: string;
  /** `replaced`: another one on the wire, so it was stopped and started. */
  readonly how: 'settings' | 'replaced';
  readonly fields: readonly FieldChange[];
}

export interface FieldChange {
  readonly field: string;
  /** As text; secrets read `(secret)`. */
  readonly before: string;
  readonly after: string;
}
