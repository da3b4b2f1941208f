/** What is known of a virtual router at one moment, for status and tests. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { PeerFacts } from './peers.ts';
import type { Pieces } from './pieces.ts';
import { describeFaults } from './reconfigure.ts';
import type { Restraint } from './standing.ts';
import type { TrackerPart } from './trackers.ts';
import type { Cause, DepartureReason, Guard, VrrpState, VrrpStatistics } from './types.ts';

export interface VrrpSnapshot {
  readonly name: string;
  readonly state: VrrpState;
  readonly effectivePriority: number;
  /** The operator's in place of the configured one. */
  readonly operatorPriority: number | undefined;
  /** What each tracker adds or says. */
  readonly trackers: readonly TrackerPart[];
  /** An owner that has given way to another owner. */
  readonly gaveWay: boolean;
  readonly restraint: Restraint;
  readonly departure: DepartureReason | undefined;
  /** Addresses given up that still answer until the successor does. */
  readonly lingering: number;
  readonly guard: Guard;
  readonly guardRenewed: Micros | undefined;
  readonly master: IpAddress | undefined;
  readonly masterPriority: number;
  readonly masterAdvertInterval: Micros;
  /** How long it would wait for the master that it follows. */
  readonly masterDownInterval: Micros;
  /** When the next advert goes out, or the master counts as gone. */
  readonly due: Micros | undefined;
  readonly source: IpAddress | undefined;
  /** Other holdfasts of the group, as of the last they said. */
  readonly peers: readonly PeerFacts[];
  /** Who may take part in elections without telling us how. */
  readonly strangers: readonly IpAddress[];
  readonly lastTransition: Micros | undefined;
  readonly lastCause: Cause | undefined;
  readonly faults: readonly string[];
  readonly statistics: Readonly<VrrpStatistics>;
}

/** Everything that is known of a virtual router: what it keeps itself, and its pieces. */
export interface RouterFacts {
  readonly name: string;
  readonly state: VrrpState;
  readonly started: boolean;
  readonly listenFrom: Micros;
  readonly effectivePriority: number;
  readonly lastTransition: { readonly at: Micros; readonly cause: Cause } | undefined;
}

export function describeRouter(pieces: Pieces, facts: RouterFacts): VrrpSnapshot {
  const { conditions, following, holdings, standing, talk } = pieces;
  const { lastTransition } = facts;
  return {
    name: facts.name,
    state: facts.state,
    effectivePriority: facts.effectivePriority,
    operatorPriority: standing.priority,
    trackers: conditions.trackers.parts(),
    gaveWay: pieces.rivalry.gaveWay,
    restraint: standing.restraint,
    departure: pieces.departure.why,
    lingering: holdings.lingering,
    guard: holdings.guard.guard,
    guardRenewed: holdings.guard.renewedAt,
    master: following.master,
    masterPriority: following.masterPriority,
    masterAdvertInterval: following.advertInterval,
    masterDownInterval: pieces.patience.wait('master-down'),
    due: pieces.deadlines.get('advert') ?? pieces.deadlines.get('masterDown'),
    source: conditions.source,
    peers: talk.peers(),
    strangers: talk.strangers(),
    lastTransition: lastTransition?.at,
    lastCause: lastTransition?.cause,
    faults: describeFaults(conditions.faults()),
    statistics: pieces.statistics,
  };
}
