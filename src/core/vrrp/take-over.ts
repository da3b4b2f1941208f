/**
 * Whether a backup takes over at once from the master that names it (docs/peer-protocol.md): only
 * where the election would end with it too, so that the message saves time and decides nothing.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { PeerMessage, PeerState } from '../../wire/peer-types.ts';
import { isAhead, type PeerTable } from './peers.ts';

export interface TakeOverQuestion {
  readonly now: Micros;
  /** Found fresh by the table, and noted there. */
  readonly message: PeerMessage;
  readonly own: { readonly priority: number; readonly address: IpAddress };
  readonly state: PeerState;
  /** The master whose adverts were accepted last. */
  readonly following: IpAddress | undefined;
  /** Whether an advert of lower priority would be followed now: nopreempt, or its delay. */
  readonly mayPreempt: 'yes' | 'no';
  readonly peers: PeerTable;
}

export type TakeOverAnswer =
  | 'yes'
  | 'nobody-leaves'
  | 'another-is-named'
  | 'not-a-backup'
  | 'not-our-master'
  | 'not-above-it'
  | 'may-not-preempt'
  /** Somebody that may take part is no peer. */
  | 'stranger'
  | 'another-is-ahead';

export function mayTakeOver(question: TakeOverQuestion): TakeOverAnswer {
  const { now, message, own, state, following, mayPreempt, peers } = question;
  const { resignation, sender, priority } = message;
  if (resignation === undefined) return 'nobody-leaves';
  const { successor, why } = resignation;
  if (successor !== own.address) return 'another-is-named';
  if (state !== 'backup') return 'not-a-backup';
  if (following !== sender) return 'not-our-master';
  if (why === 'lowered') {
    if (own.priority <= priority) return 'not-above-it';
    if (mayPreempt === 'no') return 'may-not-preempt';
  }
  if (peers.hasStranger(now)) return 'stranger';
  const best = peers.best(now, { why, above: 0, except: sender });
  return best !== undefined && isAhead(best, own) ? 'another-is-ahead' : 'yes';
}
