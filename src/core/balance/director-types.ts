/** What goes into the engine of virtual servers, and what comes out of it. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { LoadBalancing, VirtualServer } from '../../config/model/virtual-server.ts';
import type { ScriptCommand } from '../../config/model/vrrp.ts';
import type { KnownAnswer } from '../check/checker.ts';
import type { CheckId } from '../check/identity.ts';
import type { ProbeReport, ProbeRequest } from '../check/probe.ts';
import type { DesiredService, ServerId, ServiceId } from './plane.ts';

export type DirectorInput =
  /** At the start, and at each reload. */
  | { readonly kind: 'configured'; readonly model: LoadBalancing; readonly carried?: CarriedState }
  /** Between two of those: single virtual servers, each of one address and no group. */
  | ({ readonly kind: 'serversChanged' } & ServersChange)
  | { readonly kind: 'probed'; readonly probe: number; readonly report: ProbeReport }
  /** The addresses that this host has, for `ha_suspend`. */
  | { readonly kind: 'addressesChanged'; readonly present: ReadonlySet<IpAddress> }
  /** What a FILE_CHECK's file holds; absent where it cannot be read. */
  | { readonly kind: 'fileRead'; readonly file: string; readonly value?: number }
  | { readonly kind: 'sessionChanged'; readonly bfd: string; readonly state: 'up' | 'down' }
  | { readonly kind: 'ordered'; readonly order: ServerOrder }
  | { readonly kind: 'stopped' };

/** The others stay as they are. */
export interface ServersChange {
  /** Made, or changed into this; asked by checks that ask alone, and never suspended. */
  readonly changed: readonly VirtualServer[];
  readonly removed: readonly ServiceId[];
}

/** What an operator wants of one real server; of all services that have it where `service` is absent. */
export interface ServerOrder {
  readonly service?: ServiceId;
  readonly server: ServerId;
  readonly action: ServerAction;
}

export type ServerAction =
  /** Out of the service whatever its checks say: connections end by themselves, or at once. */
  | { readonly kind: 'disable'; readonly connections: 'drain' | 'cut' }
  | { readonly kind: 'enable' }
  /** Absent: the configured one again. */
  | { readonly kind: 'weigh'; readonly weight?: number };

export type DirectorEffect =
  /** Begin a probe; its number comes back with the finding. */
  | { readonly kind: 'probe'; readonly probe: number; readonly request: ProbeRequest }
  | { readonly kind: 'abandonProbe'; readonly probe: number }
  /** Everything that one input changes comes in one such effect. */
  | {
      readonly kind: 'realize';
      readonly desired: readonly DesiredService[];
      readonly removed: readonly ServiceId[];
    }
  | { readonly kind: 'notify'; readonly notice: DirectorNotice }
  /** For the VRRP process. */
  | {
      readonly kind: 'trackJudged';
      readonly name: string;
      readonly verdict: 'up' | 'down';
      readonly detail: string;
    }
  | { readonly kind: 'record'; readonly event: DirectorEvent };

/** What is told to programs: scripts, FIFOs and mail, each where it is wanted. */
export interface DirectorNotice {
  readonly subject: 'real-server' | 'quorum';
  readonly state: 'up' | 'down';
  readonly service: ServiceId;
  /** Of a real server. */
  readonly server?: ServerId;
  readonly script?: ScriptCommand;
  readonly mail: boolean;
  /** Of a real server: what changed it; absent at the end. */
  readonly cause?: ServerCause;
  /** Of a quorum: what it was reckoned from; absent at the end. */
  readonly sum?: QuorumSum;
}

export interface QuorumSum {
  readonly weight: number;
  readonly quorum: number;
  readonly hysteresis: number;
}

/** Why something changed; what the log, the history and the metrics are made from. */
export type DirectorEvent = { readonly at: Micros } & (
  | {
      readonly kind: 'checkJudged';
      /** In words: `TCP_CHECK [192.0.2.7]:3306`. */
      readonly check: string;
      readonly verdict: 'up' | 'down';
      /** What was found, in words. */
      readonly detail: string;
      readonly latency: Micros;
      /** Attempts in a row that failed. */
      readonly failures: number;
    }
  /** Not a change of verdict: one attempt of several. */
  | {
      readonly kind: 'attemptFailed';
      readonly check: string;
      readonly detail: string;
      readonly latency: Micros;
    }
  | {
      readonly kind: 'serverChanged';
      readonly service: ServiceId;
      readonly server: ServerId;
      readonly state: 'up' | 'down';
      readonly cause: ServerCause;
      readonly weight: number;
    }
  | {
      readonly kind: 'weightChanged';
      readonly service: ServiceId;
      readonly server: ServerId;
      readonly from: number;
      readonly to: number;
      readonly cause: ServerCause;
    }
  | {
      readonly kind: 'quorumChanged';
      readonly service: ServiceId;
      readonly state: 'up' | 'down';
      readonly weight: number;
      readonly quorum: number;
      readonly hysteresis: number;
    }
  | {
      readonly kind: 'sorryServerChanged';
      readonly service: ServiceId;
      readonly server: ServerId;
      readonly state: 'in' | 'out';
    }
  | { readonly kind: 'suspended' | 'resumed'; readonly service: ServiceId }
);

export type ServerCause =
  | { readonly kind: 'check'; readonly check: string; readonly detail: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'bfd'; readonly instance: string }
  | { readonly kind: 'operator' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'start' };

/** What outlives the process: written to disk at each change, read by the next one. Plain data. */
export interface CarriedState {
  readonly checks: readonly CarriedCheck[];
  readonly orders: readonly ServerOrder[];
  /** Between two thresholds it matters what was before. */
  readonly quorums: readonly (readonly [ServiceId, 'up' | 'down'])[];
}

export interface CarriedCheck extends KnownAnswer {
  readonly check: CheckId;
}
