/** The words of a forecast: what stands on the nodes, what may fail, what comes of it. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';

export type Program = 'holdfast' | 'keepalived';

export interface ForecastNode {
  readonly name: string;
  readonly model: Model;
  readonly program: Program;
  /** Its own address on the link of each instance, where that is known from elsewhere. */
  readonly address?: IpAddress;
}

export const NODE_FAILURES = [
  'crash',
  'stop',
  'kill',
  'hang',
  'cable',
  'mute',
  'deaf',
  'slow',
] as const;

export type FailureKind = (typeof NODE_FAILURES)[number] | 'script' | 'partition';

export interface Failure {
  readonly kind: FailureKind;
  /** Whom it strikes; of a partition, who is on this side of it. */
  readonly nodes: readonly string[];
  /** Which script, check or proxy fails; which interface loses its cable. */
  readonly subject?: string;
}

/** Addresses that go together: the same instances hold them. */
export interface Service {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly members: readonly Member[];
}

export interface Member {
  readonly node: string;
  readonly instance: string;
}

/** Nodes that have to do with each other, and with nobody else. */
export interface Group {
  readonly nodes: readonly ForecastNode[];
  readonly services: readonly Service[];
}

/** In microseconds; `most` is absent where it does not end by itself. */
export interface Range {
  readonly least: Micros;
  readonly typical: Micros;
  readonly most: Micros;
}

/** Who serves from a moment on. */
export interface Change {
  /** Since the failure. */
  readonly at: Micros;
  readonly holders: readonly string[];
}

/** What one failure, or several at once, do to one service. */
export interface Outcome {
  readonly service: string;
  readonly before: readonly string[];
  /** Who serves in the end, while the failure lasts. */
  readonly after: readonly string[];
  /** The longest time in which nobody answers; absent where nobody does in the end. */
  readonly gap: Range | undefined;
  /** From the failure until somebody else answers; absent where nobody else does. */
  readonly takeover: Range | undefined;
  /** For how long two or more answer at once. */
  readonly overlap: Range;
  /** Who serves when all is mended. */
  readonly mended: readonly string[];
  readonly mendedGap: Micros;
  /** Of a failure at an ordinary moment, and then of the repair. */
  readonly timeline: readonly Change[];
  readonly mendedAt: Micros;
}

export interface Row {
  readonly failures: readonly Failure[];
  readonly outcomes: readonly Outcome[];
}

export interface GroupForecast {
  readonly nodes: readonly string[];
  readonly services: readonly Service[];
  /** Who serves each when all have started together, and after how long. */
  readonly start: readonly { readonly service: string; readonly holders: readonly string[] }[];
  readonly rows: readonly Row[];
}

/** The simulator's allowance for what a real host and its network take beside the protocol. */
export const ALLOWANCE = { early: 2000, late: 50_000 } as const;

export function describeFailure({ kind, nodes, subject }: Failure): string {
  const who = nodes.join('+');
  return subject === undefined ? `${kind} ${who}` : `${kind} ${subject} ${who}`;
}
