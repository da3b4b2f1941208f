/** What the engine has a prober ask, and what comes back: facts, which the engine judges. */
import type { Micros } from '../../base/time.ts';
import type {
  CheckTarget,
  DnsRecordType,
  HttpRegex,
  UdpCheck,
} from '../../config/model/health-check.ts';
import type { ScriptCommand } from '../../config/model/vrrp.ts';

/** One question to one place; its time limit is part of it. */
export type ProbeRequest =
  | { readonly kind: 'tcp' | 'ping'; readonly target: CheckTarget }
  | HttpProbe
  | { readonly kind: 'smtp'; readonly target: CheckTarget; readonly heloName: string }
  | {
      readonly kind: 'dns';
      readonly target: CheckTarget;
      readonly recordType: DnsRecordType;
      readonly name: string;
    }
  | Pick<UdpCheck, 'kind' | 'target' | 'payload' | 'reply' | 'minReplyLength' | 'maxReplyLength'>
  | { readonly kind: 'script'; readonly command: ScriptCommand; readonly timeout: Micros };

/** One request of one path on a connection of its own. */
export interface HttpProbe {
  readonly kind: 'http' | 'https';
  readonly target: CheckTarget;
  readonly version: '1.0' | '1.0-close' | '1.1';
  readonly path: string;
  /** The text of the Host header, made by the engine: with the port only where it is the address. */
  readonly host: string;
  /** What TLS is to name; no name is sent where absent. */
  readonly serverName?: string;
  readonly strictTls: boolean;
  /** Whether the MD5 sum of the body is wanted. */
  readonly digest: 'wanted' | 'unneeded';
  readonly regex?: HttpRegex;
}

/** Why a probe failed, for counters and for people. */
export type FailureCause =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  /** It answered, but wrongly. */
  | 'answer'
  | 'tls'
  /** This host could not even ask: no such program, no free port, no such interface. */
  | 'local';

export type Finding =
  | { readonly kind: 'passed'; readonly detail: string }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly detail: string }
  | {
      readonly kind: 'http-answered';
      /** 100..999. */
      readonly status: number;
      /** MD5 of the body as 32 lower case hex digits, where wanted. */
      readonly digest?: string;
      /** Where a regex was given: whether it matches within its offsets. */
      readonly regex?: 'match' | 'no-match';
      readonly bodyBytes: number;
    }
  /** A script that ended by itself. */
  | { readonly kind: 'exited'; readonly status: number };

export interface ProbeReport {
  readonly finding: Finding;
  /** From the beginning of the probe to what decided it. */
  readonly latency: Micros;
}
