/** Conditions of haproxy.cfg, and what they decide about. */
import type { Micros } from '../../base/time.ts';

/** `hdr(host),lower`: what is taken of a connection or a request, and what is made of it. */
export interface Sample {
  readonly fetch: string;
  readonly args: readonly string[];
  readonly converters: readonly { readonly name: string; readonly args: readonly string[] }[];
}

/** Alternatives, each of which holds where all its terms do. `unless` is turned into terms. */
export type Condition = readonly (readonly ConditionTerm[])[];

export interface ConditionTerm {
  readonly negated: boolean;
  /** All lines of one name, or the one anonymous one: one that matches suffices. */
  readonly acls: readonly Acl[];
}

export interface Acl {
  readonly sample: Sample;
  readonly method: MatchMethod;
  readonly ignoreCase: boolean;
  /** Files are read. None: whether there is such a thing at all. */
  readonly patterns: readonly string[];
}

export type MatchMethod =
  | 'found'
  | 'bool'
  | 'int'
  | 'ip'
  | 'str'
  | 'beg'
  | 'end'
  | 'sub'
  | 'dir'
  | 'dom'
  | 'reg'
  | 'len'
  | 'bin';

export interface TcpRule {
  readonly on: 'connection' | 'session' | 'content' | 'response';
  readonly action: 'accept' | 'reject';
  readonly when?: Condition;
}

/** Text with `%[sample]` in it, as log-format has it. */
export type HttpRule = HttpAction & { readonly when?: Condition };

export type HttpAction =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny' | 'tarpit'; readonly status: number; readonly delay?: Micros }
  | { readonly kind: 'set-header' | 'add-header'; readonly name: string; readonly format: string }
  | { readonly kind: 'del-header'; readonly name: string }
  | { readonly kind: 'set-path' | 'set-uri' | 'set-method' | 'set-query'; readonly format: string }
  | {
      readonly kind: 'replace-path' | 'replace-uri';
      readonly pattern: string;
      readonly format: string;
    }
  | {
      readonly kind: 'redirect';
      readonly to: 'location' | 'prefix' | 'scheme';
      readonly format: string;
      readonly status: 301 | 302 | 303 | 307 | 308;
      readonly dropQuery: boolean;
      readonly appendSlash: boolean;
    }
  | {
      readonly kind: 'return';
      readonly status: number;
      readonly body: string;
      readonly type?: string;
    }
  | { readonly kind: 'auth'; readonly realm?: string }
  | { readonly kind: 'set-status'; readonly status: number; readonly reason?: string }
  | { readonly kind: 'use-service'; readonly service: 'prometheus-exporter' };
