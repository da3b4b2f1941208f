/** The pieces of a virtual router, put together: each knows one thing, and all share the deadlines. */
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { Conditions } from './conditions.ts';
import { Deadlines } from './deadlines.ts';
import { Departure } from './departure.ts';
import { Following } from './following.ts';
import { type HoldingDeadline, Holdings } from './holdings.ts';
import { Journal } from './journal.ts';
import { Patience } from './patience.ts';
import { PeerTalk } from './peer-talk.ts';
import { type Consequences, Reception, type ReceptionDeadline } from './reception.ts';
import { OwnerRivalry } from './rivalry.ts';
import { Rivals } from './rivals.ts';
import { Standing } from './standing.ts';
import { type Guard, newStatistics, type VrrpState, type VrrpStatistics } from './types.ts';
import { Voice } from './voice.ts';

export type VrrpDeadline =
  | 'masterDown'
  | 'advert'
  | 'departure'
  | ReceptionDeadline
  | HoldingDeadline;

export interface Pieces {
  readonly conditions: Conditions;
  readonly deadlines: Deadlines<VrrpDeadline>;
  readonly departure: Departure;
  readonly following: Following;
  readonly holdings: Holdings;
  readonly journal: Journal;
  readonly patience: Patience;
  readonly reception: Reception;
  readonly rivalry: OwnerRivalry;
  readonly rivals: Rivals;
  readonly standing: Standing;
  readonly statistics: VrrpStatistics;
  readonly talk: PeerTalk;
  readonly voice: Voice;
}

/** What the router itself keeps, as it is at the moment of asking. */
export interface RouterFacts {
  model(): VrrpInstanceModel;
  /** In force now. */
  priority(): number;
  state(): VrrpState;
}

export function assemblePieces(
  guard: Guard,
  { model, priority, state }: RouterFacts,
  consequences: Consequences,
): Pieces {
  const deadlines = new Deadlines<VrrpDeadline>();
  const conditions = new Conditions(model());
  const following = new Following(model().advertInterval);
  const journal = new Journal(model().name);
  const rivalry = new OwnerRivalry();
  const standing = new Standing();
  const statistics = newStatistics();
  const shared = {
    conditions,
    deadlines,
    following,
    journal,
    standing,
    statistics,
    model,
    priority,
  };
  const voice = new Voice(shared);
  const holdings = new Holdings(shared, guard);
  const held = (): ReturnType<Holdings['addresses']> => holdings.addresses();
  const rivals = new Rivals({ instance: model().name, held, ...shared });
  const departure = new Departure({ holdings, rivals, voice, ...shared });
  const phase = (): VrrpState | 'leaving' => (departure.why === undefined ? state() : 'leaving');
  const talk = new PeerTalk({ state: phase, ...shared });
  const reception = new Reception(
    { holdings, peers: talk.table, rivalry, rivals, voice, state: phase, ...shared },
    consequences,
  );
  const patience = new Patience(shared);
  return {
    conditions,
    deadlines,
    departure,
    following,
    holdings,
    journal,
    patience,
    reception,
    rivalry,
    rivals,
    standing,
    statistics,
    talk,
    voice,
  };
}
