/**
 * What the leading process and those that follow it say to each other, as JSON. Numbers are places in the
 * configuration.
 */
import type { Observation } from '../../../core/proxy/health/types.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { SessionView } from '../../../core/proxy/stats/session-list.ts';
import type { Standing } from '../../../core/proxy/workers/standing.ts';
import type { Tally } from '../../../core/proxy/workers/tally.ts';

export interface ServerPlace {
  readonly proxy: number;
  readonly server: number;
}

export type Told = ServerPlace & { readonly standing: Standing };

export interface FrontendState {
  readonly proxy: number;
  readonly state: LiveProxy['state'];
  /** Of all processes together. */
  readonly maxconn: number;
}

export type LeadMessage =
  /** Until then nobody is accepted. */
  | {
      readonly kind: 'begin';
      readonly servers: readonly Told[];
      readonly frontends: readonly FrontendState[];
      readonly maxconn?: number;
      /** Base64. */
      readonly tickets: string;
    }
  | { readonly kind: 'servers'; readonly servers: readonly Told[] }
  | ({ readonly kind: 'frontend' } & FrontendState)
  | { readonly kind: 'maxconn'; readonly maxconn: number }
  | ({ readonly kind: 'kill'; readonly why: 'K' | 'D' | 'U' } & ServerPlace)
  | { readonly kind: 'killSession'; readonly id: string }
  | { readonly kind: 'clearCounters'; readonly what: 'maxima' | 'all' }
  | { readonly kind: 'pause' | 'resume' | 'stop' }
  | { readonly kind: 'ask'; readonly question: number };

/** What statistics tell of one process and can be added. */
export interface Figures {
  readonly tally: Tally;
  readonly memoryBytes: number;
  readonly tlsConnections: number;
  readonly sessions: number;
  readonly idlePercent: number;
  readonly bytesOutPerSecond: number;
  readonly droppedLogs: number;
}

export type MateMessage =
  /** Of what it has read: the numbers of both have to mean the same. */
  | { readonly kind: 'ready'; readonly fingerprint: string }
  | { readonly kind: 'figures'; readonly figures: Figures }
  | {
      readonly kind: 'answer';
      readonly question: number;
      readonly figures: Figures;
      readonly sessions: readonly SessionView[];
    }
  | ({ readonly kind: 'observed'; readonly seen: Observation } & ServerPlace);
