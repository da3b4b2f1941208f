/** What a virtual router leaves to the program that takes over from this one: plain data. */
import type { Micros } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ConditionsState } from './conditions.ts';
import type { DeadlinesState } from './deadlines.ts';
import type { FollowingState } from './following.ts';
import type { HealingState } from './healing.ts';
import type { JournalState } from './journal.ts';
import type { PeerTalkState } from './peer-talk.ts';
import type { Pieces, VrrpDeadline } from './pieces.ts';
import type { RivalryState } from './rivalry.ts';
import type { RouterFacts } from './snapshot.ts';
import type { SplitBrainState } from './split-brain.ts';
import type { Restraint } from './standing.ts';
import type { Cause, VrrpState, VrrpStatistics } from './types.ts';

export interface RouterState {
  readonly state: VrrpState;
  readonly started: boolean;
  readonly listenFrom: Micros;
  readonly effectivePriority: number;
  readonly lastTransition?: { readonly at: Micros; readonly cause: Cause } | undefined;
  readonly conditions: ConditionsState;
  readonly deadlines: DeadlinesState;
  readonly following: FollowingState;
  readonly guardRenewed?: Micros | undefined;
  /** Absent where an earlier program knew nothing of it. */
  readonly healing?: HealingState | undefined;
  readonly journal: JournalState;
  readonly rivalry: RivalryState;
  readonly rivals: SplitBrainState;
  readonly standing: { readonly restraint: Restraint; readonly priority?: number | undefined };
  readonly statistics: Readonly<VrrpStatistics>;
  readonly talk: PeerTalkState;
  readonly checksum: VrrpInstanceModel['checksum'];
}

/** Those of a settled router: a departure, and what lingers after it, is over soon. */
const LASTING_DEADLINES: readonly VrrpDeadline[] = [
  ...(['masterDown', 'advert', 'preemptDelay', 'rivalry', 'renew', 'heal'] as const),
  ...(['announceAgain', 'announceRefresh', 'announceLowerPriority'] as const),
];

export function exportRouter(pieces: Pieces, facts: RouterFacts): RouterState {
  const { standing } = pieces;
  return {
    state: facts.state,
    started: facts.started,
    listenFrom: facts.listenFrom,
    effectivePriority: facts.effectivePriority,
    lastTransition: facts.lastTransition,
    conditions: pieces.conditions.exportState(),
    deadlines: pieces.deadlines.exportState(),
    following: pieces.following.exportState(),
    guardRenewed: pieces.holdings.guard.renewedAt,
    healing: pieces.holdings.healing.exportState(),
    journal: pieces.journal.exportState(),
    rivalry: pieces.rivalry.exportState(),
    rivals: pieces.rivals.exportState(),
    standing: { restraint: standing.restraint, priority: standing.priority },
    statistics: { ...pieces.statistics },
    talk: pieces.talk.exportState(),
    checksum: pieces.voice.checksum,
  };
}

/** Into the pieces of a new router of the same model. */
export function importRouter(pieces: Pieces, state: RouterState): void {
  const { restraint, priority } = state.standing;
  pieces.conditions.importState(state.conditions);
  pieces.deadlines.importState(state.deadlines, LASTING_DEADLINES);
  pieces.following.importState(state.following);
  if (state.guardRenewed !== undefined) pieces.holdings.guard.hold(state.guardRenewed);
  if (state.healing !== undefined) pieces.holdings.healing.importState(state.healing);
  pieces.journal.importState(state.journal);
  pieces.rivalry.importState(state.rivalry);
  pieces.rivals.importState(state.rivals);
  pieces.standing.restore({ restraint, priority });
  Object.assign(pieces.statistics, state.statistics);
  pieces.talk.importState(state.talk);
  pieces.voice.checksum = state.checksum;
}
